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
    """Who looked, where no scanner did; else whoever is signed in on the scanner."""
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
