"""Who holds a role, in PostgreSQL: one statement a function."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor
from app.people.model import Role

GET_SUBJECT_NO = "SELECT subject_no FROM residents WHERE resident_id = $1 AND wrapped_key IS NOT NULL"


async def get_subject_no(db: Executor, resident_id: UUID) -> int | None:
    subject_no: int | None = await db.fetchval(GET_SUBJECT_NO, resident_id)
    return subject_no


HAS_ROLE = "SELECT EXISTS (SELECT FROM roles WHERE resident_id = $1 AND role = $2)"


async def has_role(db: Executor, resident_id: UUID, role: Role) -> bool:
    held: bool = await db.fetchval(HAS_ROLE, resident_id, role.value)
    return held
