"""`suixing keys`: signing keys, secrets, and what the ceremony at the offline root needs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from app.commands.progress import showing_progress
from app.commands.shared import database, read_clock, with_key_settings, with_settings
from app.errors import SettingsError
from app.provinces import PROVINCES
from app.secrets import Kind
from app.settings import Settings

if TYPE_CHECKING:
    from app.recognition.withdrawing import Withdrawal
    from codes import KeyRing

_FILE = click.Path(dir_okay=False, path_type=Path)
_SIGNING = ("code", "certificate", "paper", "licence", "list", "federation")
_SECRETS = ("master", "index", "token")


@click.group()
def keys() -> None:
    """Signing keys and secrets."""


@keys.command("create")
@with_key_settings
def create_keys(settings: Settings) -> None:
    """Make this deployment's first keys and secrets in SUIXING_KEYS. Keys that are there are kept."""
    from app.keeping import create_keys as create  # noqa: PLC0415

    ring = create(settings, development=not settings.is_production, now=read_clock())
    click.echo(f"keys of {PROVINCES[settings.province].zh} in {settings.keys_folder}")
    click.echo(f"root fingerprint {ring.root_fingerprint}")


@keys.command("rotate")
@click.option("--use", type=click.Choice([*_SIGNING, *_SECRETS]), default="code", show_default=True)
@click.option("--lead-hours", type=click.IntRange(0, 240), default=48, show_default=True, help="Until it is used.")
@with_key_settings
def rotate_keys(settings: Settings, *, use: str, lead_hours: int) -> None:
    """Add the next key: in use two days later. Signing keys are taken up live; for a secret, restart servers and
    workers within that.
    """
    lead = timedelta(hours=lead_hours)
    if use in _SIGNING:
        _rotate_signing_key(settings, use, lead)
    else:
        _rotate_secret(settings, cast("Kind", use), lead)


def _rotate_signing_key(settings: Settings, use: str, lead: timedelta) -> None:
    from codes import KeyRing, KeyUse  # noqa: PLC0415

    ring = KeyRing.load(settings.keys_folder).rotate(KeyUse(use), read_clock(), lead=lead)
    newest = max((epoch for epoch in ring.epochs if epoch.use == use), key=lambda epoch: epoch.signs_from)
    click.echo(f"{use} key {newest.kid.hex()} signs from {newest.signs_from:%Y-%m-%dT%H:%M:%SZ}")


def _rotate_secret(settings: Settings, use: Kind, lead: timedelta) -> None:
    from app.secrets import rotate_secret  # noqa: PLC0415

    makes_from = (read_clock() + lead).replace(microsecond=0)
    added = rotate_secret(settings.keys_folder, use, makes_from)
    click.echo(f"{use} secret {added.number} makes from {makes_from:%Y-%m-%dT%H:%M:%SZ}; restart before then")


@keys.command("withdraw")
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@with_settings
def withdraw_key(settings: Settings, *, kid: str, yes: bool) -> None:
    """Take the key KID out of use at once and for good: somebody else may hold it. What it signed is refused."""
    from codes import KeyRing  # noqa: PLC0415

    try:
        wanted = bytes.fromhex(kid)
    except ValueError:
        raise click.BadParameter("eight hexadecimal digits, as in the name of its file", param_hint="KID") from None
    ring = KeyRing.load(settings.keys_folder)
    use = next((epoch.use.value for epoch in ring.epochs if epoch.kid == wanted), "unknown to this folder")
    if not yes:
        click.confirm(f"Withdraw {kid} ({use}) for good? Every code, paper or list signed by it is refused", abort=True)
    with database(settings) as url:
        done = asyncio.run(_withdraw_key(settings, url, ring, wanted))
    click.echo(f"{done.use} key {kid} is withdrawn; trust list {done.sequence} names it no more")


async def _withdraw_key(settings: Settings, url: str, ring: KeyRing, kid: bytes) -> Withdrawal:
    from app.database import open_pool, transaction  # noqa: PLC0415
    from app.errors import NotFoundError  # noqa: PLC0415
    from app.recognition.withdrawing import withdraw_key as withdraw  # noqa: PLC0415

    lifetime = timedelta(seconds=settings.trust_list_lifetime)
    pool = await open_pool(settings, url, size=1)
    try:
        async with transaction(pool) as db:
            return await withdraw(db, ring, kid, lifetime=lifetime, now=read_clock())
    except NotFoundError:
        raise SettingsError(f"Neither {settings.keys_folder} nor the trust list has a key {kid.hex()}.") from None
    finally:
        await pool.close()


@keys.command("rewrap")
@with_settings
def rewrap_keys(settings: Settings) -> None:
    """Bring residents and lookups under the newest secrets. Interrupted, it is simply run again."""
    from app.database import open_pool  # noqa: PLC0415
    from app.devices.rewrapping import rewrap_addresses  # noqa: PLC0415
    from app.licences.rewrapping import rewrap_licences  # noqa: PLC0415
    from app.people.rewrapping import Rewrapped, rewrap  # noqa: PLC0415
    from app.sealing import Vault  # noqa: PLC0415
    from app.secrets import read_secrets  # noqa: PLC0415

    vault = Vault(read_secrets(settings.keys_folder))

    async def run(url: str) -> list[Rewrapped]:
        pool = await open_pool(settings, url, size=2)
        try:
            with showing_progress() as progress:
                every = (rewrap, rewrap_licences, rewrap_addresses)
                return [await each(pool, vault, progress.tell) for each in every]
        finally:
            await pool.close()

    with database(settings) as url:
        done = asyncio.run(run(url))
    click.echo(
        f"{sum(one.keys for one in done)} keys of residents, companies and files, and addresses, rewrapped, "
        f"{sum(one.lookups_added for one in done)} lookups added, "
        f"{sum(one.lookups_removed for one in done)} of retired keys removed"
    )


@keys.command("retire")
@click.option("--use", type=click.Choice(_SECRETS), required=True)
@with_settings
def retire_key(settings: Settings, *, use: Kind) -> None:
    """Take the oldest secret of a kind out of use, once nothing needs it any more; refused until then."""
    from app.retiring import retire_oldest  # noqa: PLC0415

    with database(settings) as url:
        number = asyncio.run(retire_oldest(settings, url, use, read_clock()))
    click.echo(f"{use} secret {number} is out of use: restart servers and workers")


@keys.command("request")
@click.option("--number", type=click.IntRange(1, 2), required=True, help="Which of the two list-signers.")
@click.argument("request", type=_FILE)
@with_key_settings
def request_signer(settings: Settings, *, number: int, request: Path) -> None:
    """Make a new list-signer's key here, and write the REQUEST to carry to the offline root."""
    from codes.ceremony import request_signer as ask  # noqa: PLC0415

    request.write_bytes(ask(settings.keys_folder, number))
    click.echo(f"carry {request} to the root, and bring its certificate back")


@keys.command("certify")
@click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.argument("request", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("certificate", type=_FILE)
@with_key_settings
def certify_signer(_settings: Settings, *, root: Path, request: Path, certificate: Path) -> None:
    """At the offline root: sign a list-signer's REQUEST with root-key.pem and root.pem of the folder ROOT."""
    from codes.ceremony import certify_request  # noqa: PLC0415

    certificate.write_bytes(certify_request(root, request.read_bytes(), read_clock()))
    click.echo(f"carry {certificate} back to the server that asked")


@keys.command("accept")
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_key_settings
def accept_certificate(settings: Settings, *, certificate: Path) -> None:
    """Put a new list-signer to use with the CERTIFICATE that the offline root made; workers take it up live."""
    from codes.ceremony import accept_certificate as accept  # noqa: PLC0415

    number = accept(settings.keys_folder, certificate.read_bytes(), read_clock())
    click.echo(f"list-signer {number} is renewed")
