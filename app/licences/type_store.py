"""What operators changed of kinds and purposes, in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor
from app.licences.model import LicenceType
from app.licences.type_rules import Asked

PUT_TYPE = """
INSERT INTO licence_types (type_id, definition, changed_at, changed_by) VALUES ($1, $2::text::jsonb, $3, $4)
ON CONFLICT (type_id) DO UPDATE
SET definition = excluded.definition, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
    withdrawn_at = NULL
"""


async def put_type(db: Connection, kind: LicenceType, *, changed_by: UUID, now: datetime) -> None:
    await db.execute(PUT_TYPE, kind.id, msgspec.json.encode(kind).decode(), now, changed_by)


WITHDRAW_TYPE = """
INSERT INTO licence_types (type_id, definition, changed_at, changed_by, withdrawn_at)
VALUES ($1, $2::text::jsonb, $3, $4, $3)
ON CONFLICT (type_id) DO UPDATE
SET changed_at = excluded.changed_at, changed_by = excluded.changed_by, withdrawn_at = excluded.withdrawn_at
"""


async def withdraw_type(db: Connection, kind: LicenceType, *, changed_by: UUID, now: datetime) -> None:
    """A shipped kind gets a row of its own, which says that it is there no more."""
    await db.execute(WITHDRAW_TYPE, kind.id, msgspec.json.encode(kind).decode(), now, changed_by)


LIST_ASKED = "SELECT purpose, type_id, fields, kept_days FROM purpose_licences ORDER BY purpose, type_id"


async def list_asked(db: Executor) -> list[Asked]:
    """What every purpose may ask."""
    return [Asked(**row) for row in await db.fetch(LIST_ASKED)]


LIST_ALLOWED = "SELECT purpose, type_id, fields, kept_days FROM purpose_licences WHERE purpose = $1 ORDER BY type_id"


async def list_allowed(db: Executor, purpose: str) -> list[Asked]:
    """What one purpose may ask."""
    return [Asked(**row) for row in await db.fetch(LIST_ALLOWED, purpose)]


LIST_PURPOSES = "SELECT purpose FROM purposes ORDER BY purpose"


async def list_purposes(db: Executor) -> list[str]:
    return [row["purpose"] for row in await db.fetch(LIST_PURPOSES)]


PUT_ASKED = """
INSERT INTO purpose_licences (purpose, type_id, fields, kept_days) VALUES ($1, $2, $3, $4)
ON CONFLICT (purpose, type_id) DO UPDATE SET fields = excluded.fields, kept_days = excluded.kept_days
"""


async def put_asked(db: Connection, asked: Asked) -> None:
    await db.execute(PUT_ASKED, asked.purpose, asked.type_id, asked.fields, asked.kept_days)


DELETE_ASKED = "DELETE FROM purpose_licences WHERE purpose = $1 AND type_id = $2 RETURNING purpose"


async def delete_asked(db: Connection, purpose: str, type_id: str) -> bool:
    """Whether there was anything to take away."""
    return await db.fetchval(DELETE_ASKED, purpose, type_id) is not None
