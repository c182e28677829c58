"""What the desk's looks at residents have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record

INSERT_LOOK = """
INSERT INTO staff_looks (operator_id, look_id, resident_id, sealed_case, looked_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_look(
    db: Connection,
    operator_id: UUID,
    look_id: UUID,
    *,
    resident_id: UUID,
    sealed_case: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    await db.execute(INSERT_LOOK, operator_id, look_id, resident_id, sealed_case, now, expires_at)


GET_LOOK = "SELECT resident_id, expires_at FROM staff_looks WHERE operator_id = $1 AND look_id = $2"


async def get_look(db: Executor, operator_id: UUID, look_id: UUID) -> Record | None:
    return await db.fetchrow(GET_LOOK, operator_id, look_id)


COUNT_TRUSTED = "SELECT count(*) FROM installations WHERE resident_id = $1 AND trusted_at IS NOT NULL"


async def count_trusted(db: Executor, resident_id: UUID) -> int:
    """Installations that the resident has proven presence on, or let in."""
    count: int = await db.fetchval(COUNT_TRUSTED, resident_id)
    return count
