"""`suixing matters`: what windows do, and the materials that each matter needs."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.shared import fail, read_clock, use_pool, with_settings
from app.settings import Settings

_ROLE = "command-line"


@click.group()
def matters() -> None:
    """Matters at windows: those that the program ships, and what was changed of them here."""


@matters.command("list")
@with_settings
def list_all(settings: Settings) -> None:
    """List every matter with the materials that it needs; those in brackets are not always needed."""
    from app.wallet.matter_book import list_matters  # noqa: PLC0415  `--help` should not wait for imports

    for matter in use_pool(settings, list_matters):
        needed = [one.id if one.required else f"[{one.id}]" for one in matter.materials]
        click.echo(f"{matter.id}  {matter.name.zh} {matter.name.en}: {' '.join(needed)}")


@matters.command("show")
@click.argument("matter_id", metavar="ID")
@with_settings
def show(settings: Settings, *, matter_id: str) -> None:
    """Print a matter as JSON, which `put` takes again."""
    import msgspec  # noqa: PLC0415  `--help` should not wait for imports

    from app.wallet.matter_book import list_matters  # noqa: PLC0415  likewise

    found = next((one for one in use_pool(settings, list_matters) if one.id == matter_id), None)
    if found is None:
        fail(f"there is no matter {matter_id}: `suixing matters list` has them all")
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


@matters.command("put")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_settings
def put(settings: Settings, *, file: Path) -> None:
    """Add the matter of FILE, or put it in the place of the one with its id."""
    from app.errors import InvalidError  # noqa: PLC0415  `--help` should not wait for imports
    from app.staff.founding import COMMAND_LINE  # noqa: PLC0415  likewise
    from app.wallet.changing_matters import decode_matter, put_matter  # noqa: PLC0415  likewise

    try:
        matter = decode_matter(file.read_bytes())
        use_pool(settings, lambda pool: put_matter(pool, COMMAND_LINE, _ROLE, matter, read_clock()))
    except InvalidError as error:
        fail(f"the matter is wrong at {error.pointer or 'its whole'}: {error.message}")
    click.echo(f"{matter.id} put; it is in the log of acts")


@matters.command("withdraw")
@click.argument("matter_id", metavar="ID")
@with_settings
def withdraw(settings: Settings, *, matter_id: str) -> None:
    """Take a matter away; `put` brings it back."""
    from app.errors import NotFoundError  # noqa: PLC0415  `--help` should not wait for imports
    from app.staff.founding import COMMAND_LINE  # noqa: PLC0415  likewise
    from app.wallet.changing_matters import withdraw_matter  # noqa: PLC0415  likewise

    try:
        use_pool(settings, lambda pool: withdraw_matter(pool, COMMAND_LINE, _ROLE, matter_id, read_clock()))
    except NotFoundError:
        fail(f"there is no matter {matter_id}: `suixing matters list` has them all")
    click.echo(f"{matter_id} withdrawn; it is in the log of acts")
