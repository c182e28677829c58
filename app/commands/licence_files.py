"""`suixing licences import`: bringing in what a registry hands over as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from app.commands.imports import tell_outcome, telling_how_far
from app.commands.shared import read_clock, use_pool, with_settings
from app.errors import SettingsError
from app.settings import Settings

if TYPE_CHECKING:
    from app.database import Pool
    from app.licences.registries import RegistryEntry


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--registry", "registry_id", required=True, help="The registry whose licences these are, by its id.")
@click.option("--format", "form", type=click.Choice(["csv", "ndjson"]), help="Of the file; without it, by its name.")
@with_settings
def import_file(settings: Settings, *, file: Path, registry_id: str, form: Literal["csv", "ndjson"] | None) -> None:
    """Enter the licences of FILE: a JSON object or a CSV record a line, by the names of GB/T 36903.

    Holders may have no account yet. Interrupted, run it again: it goes on where it was. Refused lines are told in
    FILE.refused.ndjson, by number, reason and field, never by what they say. docs/registries.md has the columns.
    """
    from app.licences.importing import import_licences as run_import  # noqa: PLC0415  `--help` should not wait for imports
    from app.loading.store import Standing  # noqa: PLC0415
    from app.sealing import Vault  # noqa: PLC0415
    from app.secrets import read_secrets  # noqa: PLC0415

    registry = _require_registry(settings, registry_id)
    chosen = form or _guess_form(file)
    vault = Vault(read_secrets(settings.keys_folder))

    async def run(pool: Pool) -> Standing:
        with telling_how_far(file) as tell:
            return await run_import(
                pool,
                vault,
                file,
                registry,
                chosen,
                now=read_clock,
                tell=tell,
                keys_folder=settings.keys_folder,
            )

    tell_outcome(file, "licences", use_pool(settings, run))


def _guess_form(file: Path) -> Literal["csv", "ndjson"]:
    forms: dict[str, Literal["csv", "ndjson"]] = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
    if file.suffix.lower() not in forms:
        raise SettingsError(f"{file.name} says not what it is: give --format csv or --format ndjson.")
    return forms[file.suffix.lower()]


def list_registries(settings: Settings) -> list[RegistryEntry]:
    """Those of the settings' file; without one, a development server's inventions."""
    from app.licences.opening import list_entries  # noqa: PLC0415  `--help` should not wait for imports

    entries = list_entries(settings)
    if entries is None and not settings.is_production:
        from app.development.licence_book import invent_registries  # noqa: PLC0415  production never loads a stand-in

        entries = invent_registries(settings.url)
    return entries or []


def _require_registry(settings: Settings, registry_id: str) -> RegistryEntry:
    entries = list_registries(settings)
    found = next((one for one in entries if one.id == registry_id), None)
    if found is None:
        known = ", ".join(one.id for one in entries) or "none"
        raise SettingsError(f"There is no registry {registry_id}: SUIXING_LICENCE_REGISTRIES has {known}.")
    return found
