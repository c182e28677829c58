"""What roles have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record
from app.people.model import Role

HOLD_OFFICE = "SELECT office FROM offices WHERE office = 'operator' FOR UPDATE"


async def hold_office(db: Connection) -> None:
    """Whoever changes who is an operator takes turns from here to the transaction's end."""
    await db.execute(HOLD_OFFICE)


COUNT_HOLDERS = "SELECT count(*) FROM roles WHERE role = $1 AND resident_id <> $2"


async def count_others(db: Executor, role: Role, resident_id: UUID) -> int:
    """How many hold a role beside this resident."""
    count: int = await db.fetchval(COUNT_HOLDERS, role.value, resident_id)
    return count


INSERT_ROLE = """
INSERT INTO roles (resident_id, role, granted_at, granted_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1
"""


async def insert_role(db: Connection, resident_id: UUID, role: Role, *, granted_by: UUID | None, now: datetime) -> bool:
    """False where the resident holds it already."""
    return await db.fetchval(INSERT_ROLE, resident_id, role.value, now, granted_by) is not None


DELETE_ROLE = "DELETE FROM roles WHERE resident_id = $1 AND role = $2 RETURNING 1"


async def delete_role(db: Connection, resident_id: UUID, role: Role) -> bool:
    """False where the resident did not hold it."""
    return await db.fetchval(DELETE_ROLE, resident_id, role.value) is not None


HAS_FACTOR = "SELECT EXISTS (SELECT FROM staff_factors WHERE resident_id = $1 AND confirmed_at IS NOT NULL)"


async def has_factor(db: Executor, resident_id: UUID) -> bool:
    found: bool = await db.fetchval(HAS_FACTOR, resident_id)
    return found


LIST_HOLDERS = """
SELECT r.resident_id, r.wrapped_key, r.sealed_name, array_agg(o.role ORDER BY o.role) AS roles,
       min(o.granted_at) AS granted_at,
       EXISTS (SELECT FROM staff_factors AS f WHERE f.resident_id = r.resident_id AND f.confirmed_at IS NOT NULL)
       AS has_factor
FROM roles AS o JOIN residents AS r ON r.resident_id = o.resident_id
WHERE o.resident_id > $1 GROUP BY r.resident_id ORDER BY r.resident_id LIMIT $2
"""


async def list_holders(db: Executor, *, after: UUID, limit: int) -> list[Record]:
    """Everybody who holds a role, each once."""
    return await db.fetch(LIST_HOLDERS, after, limit)
