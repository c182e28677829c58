"""The subjects that papers and certificates are issued for: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.credentials.model import SubjectStanding
from app.database import Connection, Executor

HOLD_SUBJECT = """
SELECT resident_id, kind, principal_id, codes_valid_from, nullif(papers_valid_from, '-infinity') AS papers_valid_from,
       ends_at, ended_at, suspended_at
FROM subjects WHERE subject_no = $1 FOR NO KEY UPDATE
"""


async def hold_subject(db: Connection, subject_no: int) -> SubjectStanding | None:
    """Until the transaction ends, nothing else is issued for it, and nobody ends it."""
    row = await db.fetchrow(HOLD_SUBJECT, subject_no)
    return msgspec.convert(dict(row), SubjectStanding) if row else None


GET_SUBJECT_NO = "SELECT subject_no FROM residents WHERE resident_id = $1"


async def get_subject_no(db: Executor, resident_id: UUID) -> int | None:
    subject_no: int | None = await db.fetchval(GET_SUBJECT_NO, resident_id)
    return subject_no


HAS_ENDED = "SELECT EXISTS (SELECT FROM session_endings WHERE session_id = $1)"


async def has_ended(db: Executor, session_id: UUID) -> bool:
    """Whether a session ended lately; what ended before, a worker has seen to."""
    found: bool = await db.fetchval(HAS_ENDED, session_id)
    return found


LIST_ENDINGS = "SELECT session_id FROM session_endings WHERE ended_at > $1"


async def list_ended_sessions(db: Executor, after: datetime) -> list[UUID]:
    return [row["session_id"] for row in await db.fetch(LIST_ENDINGS, after)]
