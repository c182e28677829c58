"""`suixing keys`: signing keys, secrets, and what the ceremony at the offline root needs."""

from __future__ import annotations

import click

from app.commands.shared import read_clock, with_settings
from app.settings import PROVINCES, Settings


@click.group()
def keys() -> None:
    """Signing keys and secrets."""


@keys.command("create")
@with_settings
def create_keys(settings: Settings) -> None:
    """Make this deployment's first keys and secrets in SUIXING_KEYS. Keys that are there are kept."""
    from app.keeping import create_keys as create  # noqa: PLC0415

    ring = create(settings, development=not settings.is_production, now=read_clock())
    click.echo(f"keys of {PROVINCES[settings.province]} in {settings.keys_folder}")
    click.echo(f"root fingerprint {ring.root_fingerprint}")


@keys.command("rotate")
@click.option("--use", type=click.Choice(["code", "federation"]), default="code", show_default=True)
@with_settings
def rotate_keys(settings: Settings, *, use: str) -> None:
    """Add the next key: in the next trust list, and signing two days later. Restart servers and workers within that."""
    from codes import KeyRing, KeyUse  # noqa: PLC0415

    ring = KeyRing.load(settings.keys_folder).rotate(KeyUse(use), read_clock())
    newest = max((epoch for epoch in ring.epochs if epoch.use == use), key=lambda epoch: epoch.signs_from)
    click.echo(f"{use} key {newest.kid.hex()} signs from {newest.signs_from:%Y-%m-%dT%H:%M:%SZ}")
