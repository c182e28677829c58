"""Answers kept for a repeated request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Executor, Record

CLAIM = """
INSERT INTO idempotent_answers AS held (caller_id, key, request_hash, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (caller_id, key) DO UPDATE SET request_hash = excluded.request_hash, created_at = excluded.created_at
WHERE held.status IS NULL AND held.created_at < $5
RETURNING 1
"""


async def claim(
    db: Executor, caller_id: UUID, key: str, *, request_hash: bytes, now: datetime, abandoned_before: datetime
) -> bool:
    """True where nobody has used this key, or whoever did went away before answering."""
    return await db.fetchval(CLAIM, caller_id, key, request_hash, now, abandoned_before) is not None


GET = "SELECT request_hash, status, sealed_answer FROM idempotent_answers WHERE caller_id = $1 AND key = $2"


async def get(db: Executor, caller_id: UUID, key: str) -> Record | None:
    return await db.fetchrow(GET, caller_id, key)


REMEMBER = "UPDATE idempotent_answers SET status = $3, sealed_answer = $4 WHERE caller_id = $1 AND key = $2"


async def remember(db: Executor, caller_id: UUID, key: str, *, status: int, sealed_answer: bytes) -> None:
    await db.execute(REMEMBER, caller_id, key, status, sealed_answer)


RELEASE = "DELETE FROM idempotent_answers WHERE caller_id = $1 AND key = $2 AND status IS NULL"


async def release(db: Executor, caller_id: UUID, key: str) -> None:
    await db.execute(RELEASE, caller_id, key)


PURGE = "DELETE FROM idempotent_answers WHERE created_at < $1"


async def purge(db: Executor, before: datetime) -> None:
    await db.execute(PURGE, before, timeout=UPKEEP_SECONDS)
