"""Notices a second from row to recorded outcome, against the floor: bare FOR UPDATE SKIP LOCKED in batches of 50.

Both work the same table with the same indexes on a durable PostgreSQL, over the same pool, on rows like a scan's. The
floor claims and settles in one statement and delivers nothing; ours leases, writes the inbox's message, and records.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from app.embedded import running_servers
from app.migrating import migrate
from bench import Ratio
from push.dispatching import Dispatcher
from push.inbox import InboxChannel

NOTICES = 20_000
ROUNDS = 5
TARGET = 0.3

Pool = asyncpg.Pool

FLOOR = """
WITH due AS MATERIALIZED (
    SELECT routing_key, notice_id FROM outbox
    WHERE settled_at IS NULL AND channel = 'inbox' AND urgency = 1 AND due_at <= $1
    ORDER BY due_at LIMIT 50 FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET settled_at = $1, outcome = 'delivered'
FROM due WHERE o.routing_key = due.routing_key AND o.notice_id = due.notice_id
"""


def _now() -> datetime:
    return datetime.now(UTC)


async def _fill(pool: Pool, count: int) -> None:
    await pool.execute("TRUNCATE outbox, messages")
    now, expires_at = _now(), _now() + timedelta(days=1)
    rows = []
    for _ in range(count):
        notice_id: UUID = uuid7()
        access_id = uuid7()
        data = {"access_id": str(access_id), "venue_id": str(uuid7()), "purpose": "metro-gate", "at": now.isoformat()}
        key = notice_id.int % 2**62
        rows.append(
            (key, notice_id, uuid7(), "inbox", "code.scanned", f"scan:{access_id}", msgspec.json.encode(data).decode(),
             None, now, now, expires_at)
        )  # fmt: skip
    async with pool.acquire() as connection:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=str)
        await connection.executemany(
            "INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, sealed, "
            "created_at, due_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11)",
            rows,
        )
    await pool.execute("VACUUM ANALYZE outbox")
    await pool.execute("CHECKPOINT")


async def _work_floor(pool: Pool) -> None:
    async def work() -> None:
        async with pool.acquire() as connection:
            while await connection.execute(FLOOR, _now()) != "UPDATE 0":
                pass

    await asyncio.gather(work(), work())


async def _work_ours(pool: Pool) -> None:
    stopping = asyncio.Event()
    dispatcher = Dispatcher(pool, [InboxChannel(pool, now=_now)], now=_now)
    task = asyncio.create_task(dispatcher.run(stopping))
    while dispatcher.tally["inbox", "delivered"] < NOTICES:  # noqa: ASYNC110  the tally is a count, not an event
        await asyncio.sleep(0.005)
    stopping.set()
    await task


async def _measure(pool: Pool, work: Callable[[Pool], Awaitable[None]]) -> tuple[float, float]:
    """Notices a second, and this process's microseconds of CPU for each."""
    await _fill(pool, NOTICES)
    begun, cpu = time.perf_counter(), time.process_time()
    await work(pool)
    seconds, busy = time.perf_counter() - begun, time.process_time() - cpu
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE outcome = 'delivered'") == NOTICES
    return NOTICES / seconds, busy / NOTICES * 1e6


async def _run(url: str) -> list[Ratio]:
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=4, max_size=4) as pool:
        floors, ours = [], []
        for _ in range(ROUNDS):  # in turn, so that both meet the machine's moods
            floors.append(await _measure(pool, _work_floor))
            ours.append(await _measure(pool, _work_ours))
            assert await pool.fetchval("SELECT count(*) FROM messages") == NOTICES
    floor, rate = statistics.median(f for f, _ in floors), statistics.median(o for o, _ in ours)
    cpu = statistics.median(c for _, c in ours)
    return [
        Ratio(
            name="outbox: to the inbox / bare SKIP LOCKED",
            ours=rate,
            peer=floor,
            ratio=rate / floor,
            target=TARGET,
            better="higher",
            unit="1/s",
            note=f"row to recorded outcome; {cpu:.0f} µs of our CPU each",
        )
    ]


def run() -> list[Ratio]:
    """Starts a durable PostgreSQL of its own and measures."""
    with tempfile.TemporaryDirectory(prefix="sx-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101, S103  as root, the server runs as another user
        with running_servers(Path(folder)) as servers:
            return asyncio.run(_run(servers.database_url))


if __name__ == "__main__":
    for one in run():
        print(one)
