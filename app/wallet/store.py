"""What looks at licences have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Executor, Record


class LookRow(msgspec.Struct, frozen=True):
    """One look at a licence as record_licence_look takes it, in its parameters' order."""

    subject_no: int
    cti: bytes
    kind: str
    form: str
    issued_at: datetime
    expires_at: datetime
    licence_type: str
    licence_id: UUID
    access_id: UUID
    venue_id: UUID
    scanner_id: UUID | None
    staff_id: UUID | None
    """Who looked; of a licence in hand it is whoever is signed in on the scanner, whatever is said."""
    purpose: str
    fields: list[str]
    salt: bytes
    request_key: bytes | None
    now: datetime
    notice_id: UUID
    notice_expires_at: datetime
    requires_shift: bool = False


RECORD_LOOK = """
SELECT outcome, access_id, recorded_at, fields, licence_id, resident_id, principal_id, binding_id
FROM record_licence_look($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""


async def record_look(db: Executor, look: LookRow) -> Record:
    """An outcome ('accepted', 'repeated', 'used', 'revoked', 'no-shift'), and what was recorded first."""
    row = await db.fetchrow(RECORD_LOOK, *msgspec.structs.astuple(look))
    assert row is not None  # noqa: S101  the function always answers
    return row


FIND_HOLDER = """
SELECT resident_id, principal_id, binding_id FROM subjects WHERE subject_no = $1 AND kind = $2 AND ended_at IS NULL
"""


async def find_holder(db: Executor, subject_no: int, kind: str) -> Record | None:
    """Who shows licences as this subject, and for which company: resident_id, principal_id, binding_id."""
    return await db.fetchrow(FIND_HOLDER, subject_no, kind)


FIND_LOOK = """
SELECT a.access_id, a.recorded_at, a.fields, a.licence_id, s.resident_id, s.principal_id, s.binding_id
FROM accesses AS a JOIN subjects AS s ON s.subject_no = a.subject_no
WHERE a.subject_no = $1 AND a.expires_at = $2 AND a.cti = $3 AND a.request_key = $4 AND a.recorded_at > $5
"""


async def find_look(
    db: Executor, subject_no: int, *, expires_at: datetime, cti: bytes, request_key: bytes, since: datetime
) -> Record | None:
    """The look that this very request made before, if it did so lately: Look's fields."""
    return await db.fetchrow(FIND_LOOK, subject_no, expires_at, cti, request_key, since)
