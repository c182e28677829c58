"""`suixing licences`: which kinds there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.commands.licence_files import import_file, list_registries
from app.commands.shared import fail, read_clock, use_pool, with_settings
from app.settings import Settings

if TYPE_CHECKING:  # `--help` should not wait for imports
    from app.database import Pool
    from app.licences.changing import Changer
    from app.licences.model import LicenceType

T = TypeVar("T")


@click.group()
def licences() -> None:
    """Licences in residents' and companies' wallets."""


licences.add_command(import_file)


@licences.group()
def types() -> None:
    """Kinds of licences: those that the program ships, and what was changed of them here."""


@types.command("list")
@with_settings
def list_types(settings: Settings) -> None:
    """List every kind with its holder, its code (`?` where it is not certain) and where it comes from."""
    from app.licences.types import list_origins  # noqa: PLC0415  `--help` should not wait for imports

    rows = [
        (kind.id, kind.holder.value, _say_code(kind), origin.value, f"{kind.name.zh} {kind.name.en}")
        for kind, origin in use_pool(settings, list_origins)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo("  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]))


@types.command("show")
@click.argument("type_id", metavar="ID")
@with_settings
def show_type(settings: Settings, *, type_id: str) -> None:
    """Print a kind as JSON, which `put` takes again."""
    import msgspec  # noqa: PLC0415  `--help` should not wait for imports

    from app.licences.types import read_types  # noqa: PLC0415  likewise

    kind = use_pool(settings, read_types).get(type_id)
    if kind is None:
        fail(f"there is no kind {type_id}: `suixing licences types list` has them all")
    click.echo(msgspec.json.format(msgspec.json.encode(kind), indent=2).decode())


@types.command("put")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Though it breaks what relies on the kind as it is.")
@with_settings
def put_type(settings: Settings, *, file: Path, force: bool) -> None:
    """Add the kind of FILE, or put it in the place of the kind with its id. Servers see it within ten seconds."""
    from app.licences.changing import decode_type  # noqa: PLC0415  `--help` should not wait for imports
    from app.licences.changing import put_type as put  # noqa: PLC0415

    def read() -> LicenceType:
        return decode_type(file.read_bytes())

    kind = _in_clear_words(read)
    broken = _change(settings, lambda pool: put(pool, _changer(), kind, force=force, now=read_clock()))
    _tell("put; it is in the log of acts", kind.id, broken)
    if not any(kind.id in entry.types for entry in list_registries(settings)):
        click.echo("no registry has it: name it under `types` of one in SUIXING_LICENCE_REGISTRIES, and restart")


@types.command("withdraw")
@click.argument("type_id", metavar="ID")
@click.option("--force", is_flag=True, help="Though it breaks what relies on the kind.")
@with_settings
def withdraw_type(settings: Settings, *, type_id: str, force: bool) -> None:
    """Take a kind away: wallets show its licences no more. `put` brings it back, and they are there again."""
    from app.licences.changing import withdraw_type as withdraw  # noqa: PLC0415  `--help` should not wait for imports

    broken = _change(settings, lambda pool: withdraw(pool, _changer(), type_id, force=force, now=read_clock()))
    _tell("withdrawn; it is in the log of acts", type_id, broken)


def _say_code(kind: LicenceType) -> str:
    return "-" if kind.code is None else kind.code + ("" if kind.code_certain else "?")


def _tell(what: str, type_id: str, broken: list[str]) -> None:
    click.echo(f"{type_id} {what}")
    for one in broken:
        click.echo(f"broken: {one}")


def _changer() -> Changer:
    from app.licences.changing import Changer  # noqa: PLC0415  `--help` should not wait for imports
    from app.staff.founding import COMMAND_LINE  # noqa: PLC0415

    return Changer(COMMAND_LINE, "command-line")


def _change(settings: Settings, act: Callable[[Pool], Awaitable[list[str]]]) -> list[str]:
    """Does it; what stands against it is said line by line."""
    return _in_clear_words(lambda: use_pool(settings, act))


def _in_clear_words(act: Callable[[], T]) -> T:
    from app.errors import InvalidError, NotFoundError  # noqa: PLC0415  `--help` should not wait for imports
    from app.licences.changing import TypeBreaksError  # noqa: PLC0415

    try:
        return act()
    except InvalidError as error:
        fail(f"the kind is wrong at {error.pointer or 'its whole'}: {error.message}")
    except NotFoundError:
        fail("there is no such kind: `suixing licences types list` has them all")
    except TypeBreaksError as error:
        fail("\n  ".join(["this would break what relies on the kind; --force does it all the same:", *error.breaks]))
