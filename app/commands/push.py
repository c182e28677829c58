"""`suixing push`: what messages are pushed through."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from app.commands.shared import fail, read_clock, with_settings
from app.settings import Settings

if TYPE_CHECKING:  # `--help` should not wait for imports
    from app.pushing.checking import Line


@click.group()
def push() -> None:
    """Apple, Firebase, WeChat and Alipay, through which messages are pushed."""


@push.command("check")
@with_settings
def check(settings: Settings) -> None:
    """Ask each provider whether it takes our keys, apps and templates, by messages that nobody gets.

    Begin with it whenever the file of SUIXING_PUSH has changed, before the workers are restarted. Exits with 1 where
    one does not; docs/push.md, "At night", has each reason.
    """
    import asyncio  # noqa: PLC0415  `--help` should not wait for imports

    from app.worker_channels import read_set_up  # noqa: PLC0415  likewise

    told, entries = read_set_up(settings)
    if told.apns is None and told.fcm is None and not told.templates:
        fail("nothing is set up to be pushed through: SUIXING_PUSH names no file, or one without apps")

    async def ask() -> list[Line]:
        from app.platforms.asking import Limits  # noqa: PLC0415  likewise
        from app.pushing.checking import check_lines  # noqa: PLC0415  likewise
        from app.pushing.opening import open_clients  # noqa: PLC0415  likewise

        limits = Limits(float(settings.provider_deadline), settings.provider_connections)
        lines: list[Line] = []
        async with open_clients(told, entries, limits, read_clock) as clients:
            async for line in check_lines(told, clients, read_clock):
                said = "takes us" if line.is_good else "does not take us"
                click.echo(f"{line.channel} {line.name}: {said} ({line.reason})")
                lines.append(line)
        return lines

    if not all(line.is_good for line in asyncio.run(ask())):
        sys.exit(1)
