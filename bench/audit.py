"""Accesses committed a second, against the floor: one INSERT … SELECT that hashes the same rows inside PostgreSQL.

The floor writes as many leaves with the same keys and indexes, and sorts, chains and signs nothing.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from app.audit import commit_batch
from app.database import Pool, open_pool
from app.embedded import running_servers
from app.identifiers import new_id
from app.keeping import require_keys
from app.logs import configure_logs
from app.migrating import migrate
from app.settings import read_settings
from bench import Ratio
from codes import KeyRing

ACCESSES = 50_000
"""A minute of a big province."""
ROUNDS = 5
TARGET = 0.15
"""The floor sends no row anywhere; at this rate a big province's minute is still committed within some seconds."""
_LONG_SECONDS = 120.0

_COLUMNS = (
    "subject_no", "expires_at", "access_id", "cti", "kind", "issued_at", "recorded_at", "venue_id", "scanner_id",
    "purpose", "fields", "salt", "request_key",
)  # fmt: skip
_FLOOR = """
INSERT INTO bench_leaves (subject_no, entry_id, kind, batch_no, position, commitment)
SELECT subject_no, access_id, 'access', 1, row_number() OVER (), sha256(
    salt || int8send(subject_no) || uuid_send(access_id) || cti || kind::bytea || timestamptz_send(issued_at) ||
    timestamptz_send(expires_at) || timestamptz_send(recorded_at) || uuid_send(venue_id) || uuid_send(scanner_id) ||
    purpose::bytea || array_send(fields) || request_key)
FROM accesses
"""


def run() -> list[Ratio]:
    """Starts a durable PostgreSQL of its own and measures in turns."""
    configure_logs("warning")
    with tempfile.TemporaryDirectory(prefix="sxb", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        data.chmod(0o711)
        with running_servers(data) as servers:
            return asyncio.run(_run(data, servers.database_url))


async def _run(data: Path, url: str) -> list[Ratio]:
    settings = read_settings({"SUIXING_DATA": str(data)})
    ring = require_keys(settings, datetime.now(UTC))
    await migrate(url)
    pool = await open_pool(settings, url, size=2)
    try:
        await pool.execute("CREATE TABLE bench_leaves (LIKE access_leaves INCLUDING ALL)")
        floors, ours = [], []
        for _ in range(ROUNDS):  # in turn, so that both meet the machine's moods
            await _fill(pool)
            floors.append(await _time_floor(pool))
            ours.append(await _time_ours(pool, ring, data))
    finally:
        await pool.close()
    floor, rate = median(floors), median(rate for rate, _ in ours)
    cpu = median(cpu for _, cpu in ours)
    note = f"batches of {ACCESSES:,}; {cpu:.0f} µs of our CPU an access; floor: INSERT … SELECT sha256 of the same rows"
    return [
        Ratio(
            name="audit commit / hash in SQL",
            ours=rate,
            peer=floor,
            ratio=rate / floor,
            target=TARGET,
            better="higher",
            unit="accesses/s",
            note=note,
        )
    ]


async def _fill(pool: Pool) -> None:
    await pool.execute("TRUNCATE accesses, access_leaves, access_batches, bench_leaves", timeout=_LONG_SECONDS)
    now = datetime.now(UTC) - timedelta(minutes=1)
    venue_id, scanner_id = new_id(), new_id()
    rows = []
    for number in range(ACCESSES):
        at = now + timedelta(milliseconds=number // 1000)
        rows.append(
            (
                number % 20_000, at + timedelta(seconds=60), new_id(), os.urandom(24), "personal", at, at, venue_id,
                scanner_id, "metro-gate", ["kind"], os.urandom(16), os.urandom(32),
            )
        )  # fmt: skip
    async with pool.acquire() as connection:
        await connection.copy_records_to_table("accesses", records=rows, columns=_COLUMNS, timeout=_LONG_SECONDS)
    await pool.execute("VACUUM ANALYZE accesses", timeout=_LONG_SECONDS)
    await pool.execute("CHECKPOINT", timeout=_LONG_SECONDS)


async def _time_floor(pool: Pool) -> float:
    begun = time.perf_counter()
    assert await pool.execute(_FLOOR, timeout=_LONG_SECONDS) == f"INSERT 0 {ACCESSES}"
    return ACCESSES / (time.perf_counter() - begun)


async def _time_ours(pool: Pool, ring: KeyRing, data: Path) -> tuple[float, float]:
    """Accesses a second, and this process's microseconds of CPU for each."""
    witness = data / "bench-heads.jsonl"
    witness.unlink(missing_ok=True)
    begun, busy = time.perf_counter(), time.process_time()
    await commit_batch(pool, ring, now=datetime.now(UTC), witness=witness)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - busy
    assert await pool.fetchval("SELECT count(*) FROM access_leaves") == ACCESSES
    return ACCESSES / seconds, cpu / ACCESSES * 1e6


if __name__ == "__main__":
    for found in run():
        print(f"{found.name}: {found.ours:,.0f} / {found.peer:,.0f} {found.unit} = {found.ratio:.2f}; {found.note}")
