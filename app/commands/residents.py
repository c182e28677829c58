"""`suixing residents`: bringing in those whom a city knows already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.imports import tell_outcome, telling_how_far
from app.commands.shared import read_clock, use_pool, with_settings
from app.settings import Settings

if TYPE_CHECKING:  # `--help` should not wait for imports
    from app.database import Pool


@click.group()
def residents() -> None:
    """Residents, many at once."""


@residents.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_settings
def import_residents(settings: Settings, *, file: Path) -> None:
    """Enter the residents of FILE: a JSON object a line, of phone, and name, id_number and verified_at where proven.

    Interrupted, run it again: it goes on where it was. Refused lines are told in FILE.refused.ndjson, by number, reason
    and field, never by what they say.
    """
    from app.loading.store import Standing  # noqa: PLC0415  `--help` should not wait for imports
    from app.people.importing import import_residents as run_import  # noqa: PLC0415
    from app.sealing import Vault  # noqa: PLC0415
    from app.secrets import read_secrets  # noqa: PLC0415

    vault = Vault(read_secrets(settings.keys_folder))

    async def run(pool: Pool) -> Standing:
        with telling_how_far(file) as tell:
            return await run_import(pool, vault, file, now=read_clock, tell=tell)

    tell_outcome(file, "residents", use_pool(settings, run))
