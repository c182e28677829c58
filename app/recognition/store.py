"""The trust lists that this province has published."""

from __future__ import annotations

from datetime import datetime

from app.database import Connection, Executor, Record

LATEST = "SELECT sequence, jws, created_at, expires_at FROM trust_lists ORDER BY sequence DESC LIMIT 1"


async def get_latest(db: Executor) -> Record | None:
    return await db.fetchrow(LATEST)


LOCK_PUBLISHING = "SELECT pg_advisory_xact_lock(0x7375697874727573)"


async def lock_publishing(db: Connection) -> None:
    """One publisher at a time, until the transaction ends. A hint only: the sequence is the table's key."""
    await db.execute(LOCK_PUBLISHING)


INSERT = "INSERT INTO trust_lists (sequence, jws, created_at, expires_at) VALUES ($1, $2, $3, $4)"


async def insert(db: Connection, sequence: int, jws: str, *, now: datetime, expires_at: datetime) -> None:
    await db.execute(INSERT, sequence, jws, now, expires_at)


PURGE = """
DELETE FROM trust_lists WHERE expires_at < $1 AND sequence < (SELECT max(sequence) FROM trust_lists)
"""


async def purge(db: Executor, before: datetime) -> None:
    await db.execute(PURGE, before)
