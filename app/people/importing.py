"""The first load of residents from a file of JSON lines, sealed on the way in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.database import Connection, Pool
from app.loading.files import Refusal
from app.loading.running import Prepared, Progress, load_file
from app.loading.store import Standing
from app.people import import_store as store
from app.people.import_lines import LONGEST_LINE, prepare_lines
from app.sealing import Vault

BATCH = 2000
_TAKEN = {"phone-taken": "/phone", "identity-taken": "/id_number"}


class _ResidentLoader:
    longest_line = LONGEST_LINE
    ahead = 1

    def __init__(self, vault: Vault, file_hash: bytes) -> None:
        self._vault = vault
        self._file_hash = file_hash

    def prepare(self, lines: Sequence[tuple[int, bytes]], now: datetime) -> Prepared[list[tuple[Any, ...]]]:
        return prepare_lines(self._vault, self._file_hash, lines, now)

    async def enter(self, db: Connection, rows: list[tuple[Any, ...]], now: datetime) -> list[Refusal]:
        await store.copy_lines(db, rows)
        refused = await store.enter_lines(db, self._file_hash, now)
        return [Refusal(row["line_no"], row["slug"], _TAKEN[row["slug"]]) for row in refused]


async def import_residents(
    pool: Pool, vault: Vault, path: Path, *, now: Callable[[], datetime], tell: Progress, batch: int = BATCH
) -> Standing:
    """Imports the file, or what is left of it; answers how many lines were entered and refused in all."""

    async def open_loader(file_hash: bytes) -> _ResidentLoader:
        return _ResidentLoader(vault, file_hash)

    return await load_file(pool, path, open_loader, now=now, tell=tell, batch=batch)
