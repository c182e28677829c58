"""`suixing licences import` against plain COPY of the same sealed rows, and what memory it takes.

The floor is what rows made beforehand would cost: one COPY into the depot, checked by nobody. Ours reads, checks
holder, identifier and fields, seals, and enters; its process's memory is read at the half of the file and at its end.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import msgspec
from stdnum.iso7064 import mod_11_2, mod_37_36

from app.database import open_pool
from app.development.licence_book import invent_registries, type_code
from app.embedded import running_servers
from app.licences.importing import import_licences
from app.licences.registries import RegistryEntry
from app.licences.types import read_shipped
from app.migrating import migrate
from app.sealing import Vault
from app.secrets import create_secrets
from app.settings import read_settings
from bench import Ratio

LICENCES = int(os.environ.get("BENCH_LICENCES", "1000000"))
TARGET = 0.15
_TABLE = "depot_licences"
_ISSUER = "113100000000001903"


def write_licences(path: Path, count: int) -> None:
    """Invented driving licences, each of another holder."""
    code = type_code(read_shipped()["driving-licence"])
    own = {"KZ_ZJCX": "C1", "KZ_CCLZRQ": "2010-06-15", "KZ_ZZ": "示范区随行路1号", "KZ_XB": "女", "KZ_LJJF": "3"}
    issued = {"ZZBFJG": "示范市公安局交通警察支队", "ZZBFJGDM": _ISSUER, "ZZBFRQ": "2020-06-15", "ZZZTDM": "10"}
    with path.open("wb") as file:
        for number in range(count):
            year, month, day = 1950 + number // 335_664 % 60, 1 + number // 27_972 % 12, 1 + number // 999 % 28
            body = f"310101{year}{month:02}{day:02}{number % 999:03}"
            holder = body + mod_11_2.calc_check_digit(body)
            parts = (code, _ISSUER, f"{number:012}", "001")
            identifier = f"1.2.156.3005.2.{'.'.join(parts)}.{mod_37_36.calc_check_digit(''.join(parts))}"
            line: dict[str, Any] = {"ZZLXDM": code, "ZZBH": holder, "ZZBS": identifier, **issued, "CZZT": "李静怡"}
            line |= {"CZZTDM": holder, "CZZTDMLX": "111", "ZZYXQQSRQ": "2020-06-15", "ZZYXQJZRQ": "2030-06-14"}
            line |= {"BGSJ": "2026-01-02T03:04:05Z", **own}
            file.write(msgspec.json.encode(line) + b"\n")


class _Cost(NamedTuple):
    rate: float
    """Licences a second."""
    cpu_us: float
    """Of each, by this process and those that prepare lines for it."""
    rise: int
    """By how many KiB memory grew over the second half."""


async def _import(settings: Any, url: str, vault: Vault, path: Path, registry: RegistryEntry) -> _Cost:
    pool = await open_pool(settings, url, size=2)
    try:
        begun, begun_cpu, half = time.perf_counter(), _cpu_seconds(), [0]

        def tell(done: int, size: int) -> None:
            if not half[0] and done * 2 >= size:
                half[0] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        standing = await import_licences(
            pool,
            vault,
            path,
            registry,
            "ndjson",
            now=lambda: datetime.now(UTC),
            tell=tell,
            keys_folder=settings.keys_folder,
        )
        seconds, cpu = time.perf_counter() - begun, _cpu_seconds() - begun_cpu
    finally:
        await pool.close()
    assert (standing.entered, standing.refused) == (LICENCES, 0), standing
    rise = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - half[0]
    return _Cost(standing.entered / seconds, cpu / standing.entered * 1e6, rise)


def _cpu_seconds() -> float:
    """Of this process, and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


async def _copy(url: str, folder: Path) -> float:
    """The same rows out and in again."""
    connection = await asyncpg.connect(url)
    try:
        dumped = folder / "depot.copy"
        await connection.copy_from_table(_TABLE, output=dumped, format="binary")
        await connection.execute(f"TRUNCATE {_TABLE}")
        await connection.execute("CHECKPOINT")
        begun = time.perf_counter()
        await connection.copy_to_table(_TABLE, source=dumped, format="binary")
        return LICENCES / (time.perf_counter() - begun)
    finally:
        await connection.close()


async def _run(url: str, folder: Path) -> list[Ratio]:
    await migrate(url)
    settings = read_settings({"SUIXING_DATA": str(folder), "DATABASE_URL": url})
    vault = Vault(create_secrets(folder / "keys", development=True))
    registry = next(one for one in invent_registries("") if one.id == "traffic")
    licences = folder / "licences.ndjson"
    write_licences(licences, LICENCES)
    ours = await _import(settings, url, vault, licences, registry)
    floor = await _copy(url, folder)
    note = (
        f"{LICENCES:,} licences, durable; memory grew by {ours.rise / 1024:.1f} MiB over the second half; "
        f"{ours.cpu_us:.0f} µs of our CPU each"
    )
    return [
        Ratio(
            name="import of licences / plain COPY of the same sealed rows",
            ours=ours.rate,
            peer=floor,
            ratio=ours.rate / floor,
            target=TARGET,
            better="higher",
            unit="licences/s",
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
