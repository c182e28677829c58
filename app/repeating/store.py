"""Answers kept for a repeated request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from app.database import Connection, Executor, Record
from app.purging import purge_pages, write_purge

CLAIM = """
INSERT INTO idempotent_answers (caller_id, key, request_hash, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (caller_id, key) DO NOTHING RETURNING 1
"""
WAIT_A_MOMENT = "SET LOCAL lock_timeout = '1s'"


async def claim(db: Connection, caller_id: UUID, key: str, *, request_hash: bytes, now: datetime) -> bool | None:
    """True where nobody has used this key; None where somebody is using it, and does not come to an end."""
    await db.execute(WAIT_A_MOMENT)
    try:
        async with db.transaction():
            return await db.fetchval(CLAIM, caller_id, key, request_hash, now) is not None
    except asyncpg.LockNotAvailableError:
        return None


GET = "SELECT request_hash, status, sealed_answer FROM idempotent_answers WHERE caller_id = $1 AND key = $2"


async def get(db: Executor, caller_id: UUID, key: str) -> Record | None:
    return await db.fetchrow(GET, caller_id, key)


REMEMBER = "UPDATE idempotent_answers SET status = $3, sealed_answer = $4 WHERE caller_id = $1 AND key = $2"


async def remember(db: Executor, caller_id: UUID, key: str, *, status: int, sealed_answer: bytes) -> None:
    await db.execute(REMEMBER, caller_id, key, status, sealed_answer)


PURGE = write_purge("idempotent_answers", "caller_id, key", "created_at < $1", by="created_at")


async def purge(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE, before)
