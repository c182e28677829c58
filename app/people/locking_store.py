"""What a lock does to whatever a resident's credentials are, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record

END_PAPERS = """
UPDATE subjects SET papers_valid_from = greatest(papers_valid_from, $2) WHERE subject_no = ANY($1::bigint[])
"""


async def end_papers(db: Connection, subject_nos: Sequence[int], valid_from: datetime) -> None:
    """Every paper of these subjects that was issued before `valid_from` is refused from now on."""
    await db.execute(END_PAPERS, list(subject_nos), valid_from)


SUSPEND_SUBJECT = """
UPDATE subjects SET suspended_at = coalesce(suspended_at, $3), suspended_for = array_append(suspended_for, $2::uuid)
WHERE subject_no = $1 AND ended_at IS NULL AND NOT $2::uuid = ANY(suspended_for) RETURNING 1
"""


async def claim_suspension(db: Connection, subject_no: int, resident_id: UUID, now: datetime) -> bool:
    """False where it rests for this resident already, or is over."""
    return await db.fetchval(SUSPEND_SUBJECT, subject_no, resident_id, now) is not None


# In one statement on one row, so that of two who come back at once the second finds that nobody is away.
RESUME_SUBJECT = """
UPDATE subjects SET suspended_for = array_remove(suspended_for, $2::uuid),
                    suspended_at = CASE WHEN suspended_for <@ ARRAY[$2::uuid] THEN NULL ELSE suspended_at END
WHERE subject_no = $1 AND $2::uuid = ANY(suspended_for) RETURNING suspended_at IS NULL AND ended_at IS NULL
"""


async def claim_resumption(db: Connection, subject_no: int, resident_id: UUID) -> bool:
    """Whether the subject is good again by this resident's coming back: nobody else whom it concerns is away."""
    return bool(await db.fetchval(RESUME_SUBJECT, subject_no, resident_id))


MARK_RESTING = "UPDATE bindings SET rests_at = $3 WHERE resident_id = $1 AND binding_id = $2"


async def mark_resting(db: Connection, resident_id: UUID, binding_id: UUID, rests_at: datetime | None) -> None:
    await db.execute(MARK_RESTING, resident_id, binding_id, rests_at)


INSERT_NEWS = """
INSERT INTO company_news (company_id, news_id, topic, binding_id, happened_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_news(
    db: Connection, company_id: UUID, news_id: UUID, *, topic: str, binding_id: UUID, now: datetime
) -> None:
    await db.execute(INSERT_NEWS, company_id, news_id, topic, binding_id, now)


LIST_NEWS = """
SELECT company_id, news_id, topic, binding_id, happened_at FROM company_news ORDER BY news_id LIMIT $1
"""


async def list_news(db: Executor, limit: int) -> list[Record]:
    return await db.fetch(LIST_NEWS, limit)


DELETE_NEWS = "DELETE FROM company_news WHERE company_id = $1 AND news_id = $2 RETURNING 1"


async def claim_news(db: Connection, company_id: UUID, news_id: UUID) -> bool:
    """False where another worker has told it."""
    return await db.fetchval(DELETE_NEWS, company_id, news_id) is not None
