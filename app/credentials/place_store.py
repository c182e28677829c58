"""The lists in which things have places, in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime

from app.database import Executor, Record

CLAIM_BLOCK = """
UPDATE status_lists SET next_no = next_no + $2, last_expires_at = greatest(last_expires_at, $3)
WHERE list_no = (SELECT list_no FROM status_lists WHERE use = $1 AND size - next_no >= $2
                 ORDER BY opened_at DESC, list_no LIMIT 1)
  AND size - next_no >= $2
RETURNING list_no, size, permutation_key, next_no - $2 AS first_no
"""


async def claim_block(db: Executor, use: str, count: int, expires_at: datetime) -> Record | None:
    """The next numbers of the newest list that has so many left; None where none has."""
    return await db.fetchrow(CLAIM_BLOCK, use, count, expires_at)


OPEN_LIST = """
INSERT INTO status_lists (list_no, use, size, permutation_key, opened_at, last_expires_at)
VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING
"""


async def open_list(db: Executor, list_no: int, use: str, size: int, permutation_key: bytes, now: datetime) -> None:
    """A new list, unless another has the number."""
    await db.execute(OPEN_LIST, list_no, use, size, permutation_key, now)
