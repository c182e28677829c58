"""What binds residents to subjects beyond their own, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor
from app.people.model import Binding, BindingKind

INSERT_BOUND_SUBJECT = """
INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at, binding_id, principal_id, ends_at,
                      withheld)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_subject(
    db: Connection,
    subject_no: int,
    *,
    kind: BindingKind,
    resident_id: UUID,
    valid_from: datetime,
    binding_id: UUID,
    principal_id: UUID,
    ends_at: datetime | None,
    withheld: Sequence[str],
    now: datetime,
) -> None:
    await db.execute(
        INSERT_BOUND_SUBJECT,
        subject_no,
        kind.value,
        resident_id,
        valid_from,
        now,
        binding_id,
        principal_id,
        ends_at,
        list(withheld),
    )


GET_OWN_SUBJECT_NO = "SELECT subject_no FROM residents WHERE resident_id = $1"
GET_WITHHELD = "SELECT withheld FROM subjects WHERE subject_no = $1"


async def get_withheld(db: Connection, resident_id: UUID) -> list[str]:
    """What no scan may answer of a resident."""
    subject_no = await db.fetchval(GET_OWN_SUBJECT_NO, resident_id)
    withheld: list[str] | None = await db.fetchval(GET_WITHHELD, subject_no)
    return withheld or []


INSERT_BINDING = """
INSERT INTO bindings (resident_id, binding_id, kind, part, subject_no, principal_id, bound_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_binding(db: Connection, resident_id: UUID, binding: Binding) -> None:
    await db.execute(
        INSERT_BINDING,
        resident_id,
        binding.binding_id,
        binding.kind.value,
        binding.part.value,
        binding.subject_no,
        binding.principal_id,
        binding.bound_at,
        binding.ends_at,
    )


GET_BINDING = """
SELECT binding_id, kind, part, subject_no, principal_id, bound_at, ends_at, ended_at, rests_at FROM bindings
WHERE resident_id = $1 AND binding_id = $2
"""


async def get_binding(db: Executor, resident_id: UUID, binding_id: UUID) -> Binding | None:
    row = await db.fetchrow(GET_BINDING, resident_id, binding_id)
    return msgspec.convert(dict(row), Binding) if row else None


LIST_BINDINGS = """
SELECT binding_id, kind, part, subject_no, principal_id, bound_at, ends_at, ended_at, rests_at FROM bindings
WHERE resident_id = $1 ORDER BY binding_id
"""


async def list_bindings(db: Executor, resident_id: UUID) -> list[Binding]:
    return msgspec.convert([dict(row) for row in await db.fetch(LIST_BINDINGS, resident_id)], list[Binding])


MOVE_END = "UPDATE bindings SET ends_at = $3 WHERE resident_id = $1 AND binding_id = $2 AND ended_at IS NULL"
MOVE_SUBJECT_END = "UPDATE subjects SET ends_at = $2 WHERE subject_no = $1 AND ended_at IS NULL"


async def move_end(db: Connection, resident_ids: Sequence[UUID], binding: Binding, ends_at: datetime | None) -> None:
    for resident_id in resident_ids:
        await db.execute(MOVE_END, resident_id, binding.binding_id, ends_at)
    await db.execute(MOVE_SUBJECT_END, binding.subject_no, ends_at)


END_BINDING = """
UPDATE bindings SET ended_at = $3 WHERE resident_id = $1 AND binding_id = $2 AND ended_at IS NULL RETURNING subject_no
"""
END_BOUND_SUBJECT = """
UPDATE subjects SET ended_at = coalesce(ended_at, $2), codes_valid_from = greatest(codes_valid_from, $2)
WHERE subject_no = $1
"""


async def end_binding(db: Connection, resident_id: UUID, binding_id: UUID, now: datetime) -> int | None:
    """Ends one resident's row of it; the subject that it led to, or None where it had ended."""
    subject_no: int | None = await db.fetchval(END_BINDING, resident_id, binding_id, now)
    return subject_no


async def end_subject(db: Connection, subject_no: int, now: datetime) -> None:
    await db.execute(END_BOUND_SUBJECT, subject_no, now)


LIST_SUBJECT_NOS = """
SELECT subject_no FROM residents WHERE resident_id = $1
UNION SELECT subject_no FROM bindings WHERE resident_id = $1
UNION SELECT merged_subject_no FROM mergers WHERE resident_id = $1
"""


async def list_subject_nos(db: Executor, resident_id: UUID) -> list[int]:
    return [row["subject_no"] for row in await db.fetch(LIST_SUBJECT_NOS, resident_id)]


LIST_NAMED_SUBJECT_NOS = """
SELECT subject_no FROM bindings
WHERE resident_id = $1 AND (part = 'is-shown' OR (kind = 'enterprise' AND part = 'shows'))
"""


async def list_named_subject_nos(db: Executor, resident_id: UUID) -> list[int]:
    return [row["subject_no"] for row in await db.fetch(LIST_NAMED_SUBJECT_NOS, resident_id)]


DELETE_BINDINGS = "DELETE FROM bindings WHERE resident_id = $1"


async def delete_bindings(db: Connection, resident_id: UUID) -> None:
    await db.execute(DELETE_BINDINGS, resident_id)
