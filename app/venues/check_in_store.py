"""What check-ins have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Executor, Record


class CheckInRow(msgspec.Struct, frozen=True):
    """One check-in as record_check_in takes it, in its parameters' order."""

    subject_no: int
    kind: str
    access_id: UUID
    cti: bytes
    expires_at: datetime
    """Until when another tap at the same venue is this check-in."""
    venue_id: UUID
    purpose: str
    fields: list[str]
    salt: bytes
    now: datetime
    notice_id: UUID
    second_notice_id: UUID
    venue_notice_id: UUID
    notice_expires_at: datetime


RECORD_CHECK_IN = """
SELECT outcome, access_id, recorded_at, fields
FROM record_check_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""


async def record_check_in(db: Executor, row: CheckInRow) -> Record:
    """An outcome ('accepted', 'repeated', 'revoked'), and the check-in that there is now."""
    found = await db.fetchrow(RECORD_CHECK_IN, *msgspec.structs.astuple(row))
    assert found is not None  # noqa: S101  the function always answers
    return found


GET_CHECK_IN = """
SELECT a.access_id, a.recorded_at, a.kind, a.fields, s.resident_id, s.principal_id, s.binding_id
FROM accesses AS a JOIN subjects AS s ON s.subject_no = a.subject_no
WHERE a.subject_no = $1 AND a.access_id = $2 AND a.venue_id = $3
"""


async def get_check_in(db: Executor, subject_no: int, access_id: UUID, venue_id: UUID) -> Record | None:
    """None where its subject was erased meanwhile."""
    return await db.fetchrow(GET_CHECK_IN, subject_no, access_id, venue_id)
