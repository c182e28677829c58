"""A registry's licences from a file, into the depot: sealed on the way in, and taken up again where it was cut off.

Holders may have no account here. Whoever has a wallet gets it brought up to date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

from app.database import Connection, Pool
from app.errors import SettingsError
from app.licences import depot_store
from app.licences.import_rows import (
    LONGEST_LINE,
    DepositLines,
    Form,
    LineError,
    Preparing,
    RecordParser,
    begin_preparing,
    make_preparing,
    refuse_older,
)
from app.licences.registries import RegistryEntry
from app.licences.sources import mark_due
from app.licences.types import get_types
from app.loading.files import Refusal
from app.loading.processes import Crew
from app.loading.running import Prepared, Progress, load_file
from app.loading.store import Standing
from app.people.finding import list_residents_by_index
from app.sealing import DataKey, Vault

BATCH = 2000
_WORTH_PROCESSES = 16 * 2**20
"""Of a shorter file, one process is done before others have begun."""
_COLUMNS = {"ZZLXDM", "ZZBH", "ZZBS", "ZZBFJG", "ZZBFJGDM", "CZZT", "CZZTDM", "CZZTDMLX", "ZZZTDM", "BGSJ"}
"""What the header of a CSV has at least."""


class _LicenceLoader:
    longest_line = LONGEST_LINE

    def __init__(self, registry_id: str, key_id: UUID, preparing: Preparing, ahead: int) -> None:
        self._registry_id = registry_id
        self._key_id = key_id
        self._preparing = preparing
        self.ahead = ahead

    def prepare(self, lines: Sequence[tuple[int, bytes]], now: datetime) -> Prepared[DepositLines]:
        return self._preparing(lines, now)

    async def enter(self, db: Connection, rows: DepositLines, now: datetime) -> list[Refusal]:
        if not len(rows):
            return []
        older = await depot_store.deposit(db, self._registry_id, self._key_id, rows.rows)
        fresh = [holder for at, holder in enumerate(rows.holders) if at not in older]
        residents = [index for holder in fresh if isinstance(holder, list) for index in holder]
        companies = {holder for holder in fresh if isinstance(holder, UUID)}
        holders = companies | set(await list_residents_by_index(db, residents) if residents else [])
        await mark_due(db, sorted(holders), self._registry_id, now)
        return [refuse_older(rows.line_nos[at]) for at in sorted(older)]


async def import_licences(
    pool: Pool,
    vault: Vault,
    path: Path,
    registry: RegistryEntry,
    form: Form,
    *,
    now: Callable[[], datetime],
    tell: Progress,
    batch: int = BATCH,
    keys_folder: Path | None = None,
) -> Standing:
    """Imports the file, or what is left of it; answers how many lines were entered and refused in all.

    With `keys_folder`, where the vault's secrets are, a long file is prepared by several processes.
    """
    header = read_header(path) if form == "csv" else None
    book = await get_types(pool)
    kinds = {code: book[type_id] for type_id, code in registry.types.items() if type_id in book}
    is_long = (await asyncio.to_thread(path.stat)).st_size >= _WORTH_PROCESSES
    with ExitStack() as stack:

        async def open_loader(file_hash: bytes) -> _LicenceLoader:
            key_id = UUID(bytes=file_hash[:16])
            key = await _open_key(pool, vault, key_id, registry.id, now())
            if keys_folder is None or not is_long:
                return _LicenceLoader(registry.id, key_id, make_preparing(vault, key, registry, kinds, header), 1)
            crew = stack.enter_context(closing(Crew(begin_preparing, keys_folder, key.raw, registry, kinds, header)))
            return _LicenceLoader(registry.id, key_id, crew.prepare, crew.size)

        scope = f"licences\0{registry.id}\0{form}".encode()
        return await load_file(pool, path, open_loader, now=now, tell=tell, batch=batch, scope=scope)


async def _open_key(pool: Pool, vault: Vault, key_id: UUID, registry_id: str, now: datetime) -> DataKey:
    """The file's key; where it is taken up again, the one that it was begun under."""
    await depot_store.add_key(pool, key_id, registry_id, vault.create_data_key(key_id)[1], now)
    return vault.open_data_key((await depot_store.get_keys(pool, [key_id]))[key_id], key_id)


def read_header(path: Path) -> bytes:
    """The first line of a CSV; raises SettingsError where it has not the columns that every licence has."""
    with path.open("rb") as file:
        line = file.readline(LONGEST_LINE).rstrip(b"\r\n")
    try:
        columns = set(RecordParser(line).columns)
    except LineError:
        columns = set[str]()
    if missing := sorted(_COLUMNS - columns):
        raise SettingsError(f"{path}: its first line lacks the columns {', '.join(missing)}.")
    return line
