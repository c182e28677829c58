"""What disputed accesses have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record

# Over every subject: the desk's list, by an index that holds the disputed ones alone.
LIST_DISPUTED = """
SELECT m.subject_no, m.access_id, m.marked_at, m.sealed_reason, a.recorded_at, a.venue_id, v.name AS venue_name,
       v.manager_id, a.purpose, a.form, a.licence_type, a.fields, s.resident_id, d.outcome, d.sealed_words,
       d.answered_at
FROM access_marks AS m
JOIN accesses AS a ON a.subject_no = m.subject_no AND a.access_id = m.access_id
JOIN subjects AS s ON s.subject_no = m.subject_no
JOIN venues AS v ON v.venue_id = a.venue_id
LEFT JOIN dispute_answers AS d ON d.subject_no = m.subject_no AND d.access_id = m.access_id
WHERE m.mark = 'disputed' AND ($1::uuid IS NULL OR m.access_id < $1) AND (d.answered_at IS NOT NULL) = $2
ORDER BY m.access_id DESC LIMIT $3
"""


async def list_disputed(db: Executor, *, before: UUID | None, answered: bool, limit: int) -> list[Record]:
    """Disputed accesses, newest first."""
    return await db.fetch(LIST_DISPUTED, before, answered, limit)


LIST_OWN = """
SELECT m.subject_no, m.access_id, m.marked_at, m.sealed_reason, a.recorded_at, a.venue_id, v.name AS venue_name,
       v.manager_id, a.purpose, a.form, a.licence_type, a.fields, s.resident_id, d.outcome, d.sealed_words,
       d.answered_at
FROM access_marks AS m
JOIN accesses AS a ON a.subject_no = m.subject_no AND a.access_id = m.access_id
JOIN subjects AS s ON s.subject_no = m.subject_no
JOIN venues AS v ON v.venue_id = a.venue_id
LEFT JOIN dispute_answers AS d ON d.subject_no = m.subject_no AND d.access_id = m.access_id
WHERE m.subject_no = $1 AND m.mark = 'disputed' AND ($2::uuid IS NULL OR m.access_id < $2)
ORDER BY m.access_id DESC LIMIT $3
"""


async def list_own(db: Executor, subject_no: int, *, before: UUID | None, limit: int) -> list[Record]:
    """One subject's, newest first."""
    return await db.fetch(LIST_OWN, subject_no, before, limit)


# By the access's id alone: the desk knows no subject.
GET_DISPUTED = """
SELECT m.subject_no, m.access_id, m.marked_at, m.sealed_reason, a.recorded_at, a.venue_id, v.name AS venue_name,
       v.manager_id, a.purpose, a.form, a.licence_type, a.fields, s.resident_id, d.outcome, d.sealed_words,
       d.answered_at
FROM access_marks AS m
JOIN accesses AS a ON a.subject_no = m.subject_no AND a.access_id = m.access_id
JOIN subjects AS s ON s.subject_no = m.subject_no
JOIN venues AS v ON v.venue_id = a.venue_id
LEFT JOIN dispute_answers AS d ON d.subject_no = m.subject_no AND d.access_id = m.access_id
WHERE m.access_id = $1 AND m.mark = 'disputed'
"""


async def get_disputed(db: Executor, access_id: UUID) -> Record | None:
    return await db.fetchrow(GET_DISPUTED, access_id)


COUNT_UPHELD = "UPDATE venues SET disputes_upheld = disputes_upheld + 1 WHERE venue_id = $1"


async def count_upheld(db: Connection, venue_id: UUID) -> None:
    """One more, in the transaction that answers it."""
    await db.execute(COUNT_UPHELD, venue_id)


CLAIM_ANSWER = """
INSERT INTO dispute_answers (subject_no, access_id, outcome, sealed_words, answered_at, answered_by)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1
"""


async def claim_answer(
    db: Connection,
    subject_no: int,
    access_id: UUID,
    *,
    outcome: str,
    sealed_words: bytes | None,
    answered_by: UUID,
    now: datetime,
) -> bool:
    """False where somebody answered before."""
    row = await db.fetchval(CLAIM_ANSWER, subject_no, access_id, outcome, sealed_words, now, answered_by)
    return row is not None
