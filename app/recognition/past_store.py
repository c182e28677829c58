"""Trust lists of before, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from app.database import Executor, Record

AS_OF = "SELECT sequence, jws FROM trust_lists WHERE created_at <= $1 ORDER BY sequence DESC LIMIT 1"


async def get_as_of(db: Executor, moment: datetime) -> Record | None:
    """The list that was published last by then."""
    return await db.fetchrow(AS_OF, moment)
