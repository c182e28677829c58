"""What judgements on venues have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection

JUDGE_VENUE = """
UPDATE venues SET judgement = $2, judged_at = $3, judgement_words = $4, approved_at = NULL, approved_by = NULL
WHERE venue_id = $1 AND (approved_at IS NOT NULL) = $5 AND ($5 OR judgement IS NULL) RETURNING manager_id
"""


async def judge_venue(
    db: Connection, venue_id: UUID, *, judgement: str, words: str, was_approved: bool, now: datetime
) -> UUID | None:
    """The venue's manager; None where the venue is not as it was thought to be."""
    manager_id: UUID | None = await db.fetchval(JUDGE_VENUE, venue_id, judgement, now, words, was_approved)
    return manager_id
