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


INSERT_WITHDRAWN = """
INSERT INTO withdrawn_keys (kid, use, withdrawn_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def insert_withdrawn(db: Connection, kid: bytes, use: str, now: datetime) -> None:
    await db.execute(INSERT_WITHDRAWN, kid, use, now)


LIST_WITHDRAWN = "SELECT kid FROM withdrawn_keys"


async def list_withdrawn(db: Executor) -> list[bytes]:
    return [row["kid"] for row in await db.fetch(LIST_WITHDRAWN)]


LIST_UNSETTLED = """
SELECT kid, use, withdrawn_at FROM withdrawn_keys WHERE settled_at IS NULL ORDER BY withdrawn_at
"""


async def list_unsettled(db: Executor) -> list[Record]:
    """(kid, use, withdrawn_at) of keys of which something signed may live still."""
    return await db.fetch(LIST_UNSETTLED)


SETTLE_WITHDRAWN = "UPDATE withdrawn_keys SET settled_at = $3 WHERE kid = $1 AND use = $2"


async def settle_withdrawn(db: Executor, kid: bytes, use: str, now: datetime) -> None:
    await db.execute(SETTLE_WITHDRAWN, kid, use, now)
