"""`suixing residents import` against plain COPY of the same rows into the same tables, and what memory it takes.

The floor is what rows made beforehand would cost: five COPYs in one transaction, checked by nobody. Ours reads, checks,
seals, looks for duplicates and enters; its process's memory is read at the half of the file and at its end.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import msgspec
from stdnum.iso7064 import mod_11_2

from app.database import open_pool
from app.embedded import running_servers
from app.migrating import migrate
from app.people.importing import import_residents
from app.sealing import Vault
from app.secrets import create_secrets
from app.settings import read_settings
from bench import Ratio

PEOPLE = 20_000
ROUNDS = 3
TARGET = 0.15
_TABLES = ("residents", "logins", "phone_lookups", "identity_lookups", "subjects")
_EMPTY = f"TRUNCATE {', '.join(_TABLES)}, imports CASCADE"


def write_people(path: Path, count: int, *, first: int = 0) -> None:
    """Invented people, each with a phone and a proven identity."""
    names = ["王小明", "李静怡", "欧阳兰", "陈新", "周文", "孙丽"]
    with path.open("wb") as file:
        for number in range(first, first + count):
            year, month, day = 1950 + number // 335_664 % 60, 1 + number // 27_972 % 12, 1 + number // 999 % 28
            body = f"310101{year}{month:02}{day:02}{number % 999:03}"
            line: dict[str, Any] = {"phone": f"+86138{number:08}"}
            line |= {"name": names[number % 6], "id_number": body + mod_11_2.calc_check_digit(body)}
            line["verified_at"] = "2026-01-02T03:04:05Z"
            file.write(msgspec.json.encode(line) + b"\n")


async def _import(settings: Any, url: str, vault: Vault, path: Path, rise: list[int]) -> float:
    pool = await open_pool(settings, url, size=2)
    try:
        begun, half = time.perf_counter(), [0]

        def tell(done: int, size: int) -> None:
            if not half[0] and done * 2 >= size:
                half[0] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        standing = await import_residents(pool, vault, path, now=lambda: datetime.now(UTC), tell=tell)
        seconds = time.perf_counter() - begun
    finally:
        await pool.close()
    assert standing.entered + standing.refused == PEOPLE, standing
    rise.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - half[0])
    return standing.entered / seconds


async def _copy(url: str, dumped: dict[str, Path], entered: int) -> float:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_EMPTY)
        begun = time.perf_counter()
        async with connection.transaction():
            for table in _TABLES:
                await connection.copy_to_table(table, source=dumped[table], format="binary")
        return entered / (time.perf_counter() - begun)
    finally:
        await connection.close()


async def _dump(url: str, folder: Path) -> tuple[dict[str, Path], int]:
    connection = await asyncpg.connect(url)
    try:
        dumped = {table: folder / f"{table}.copy" for table in _TABLES}
        for table, path in dumped.items():
            await connection.copy_from_table(table, output=path, format="binary")
        return dumped, await connection.fetchval("SELECT count(*) FROM residents")
    finally:
        await connection.close()


async def _run(url: str, folder: Path) -> list[Ratio]:
    await migrate(url)
    settings = read_settings({"SUIXING_DATA": str(folder), "DATABASE_URL": url})
    vault = Vault(create_secrets(folder / "keys", development=True))
    people = folder / "people.ndjson"
    write_people(people, PEOPLE)
    ours: list[float] = []
    floors: list[float] = []
    rise: list[int] = []
    for _ in range(ROUNDS):
        connection = await asyncpg.connect(url)
        await connection.execute(_EMPTY)
        await connection.close()
        (folder / "people.ndjson.refused.ndjson").unlink(missing_ok=True)
        ours.append(await _import(settings, url, vault, people, rise))
        dumped, entered = await _dump(url, folder)
        floors.append(await _copy(url, dumped, entered))
    mine, floor = median(ours), median(floors)
    note = f"{PEOPLE:,} residents, five tables, durable; memory grew by {max(rise) / 1024:.1f} MiB over the second half"
    return [
        Ratio(
            name="import / plain COPY of the same rows",
            ours=mine,
            peer=floor,
            ratio=mine / floor,
            target=TARGET,
            better="higher",
            unit="residents/s",
            note=note,
        )
    ]


def run() -> list[Ratio]:
    """Starts a durable PostgreSQL of its own and measures."""
    with tempfile.TemporaryDirectory(prefix="sx-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101, S103  as root, the server runs as another user
        with running_servers(Path(folder)) as servers:
            return asyncio.run(_run(servers.database_url, Path(folder)))


if __name__ == "__main__":
    for one in run():
        print(one)
