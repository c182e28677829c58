"""Codes on paper in PostgreSQL: one statement a function. What a paper reads is stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.credentials.model import Paper, Places, RevokedFor
from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge

INSERT_PAPER = """
INSERT INTO paper_codes (subject_no, paper_id, list_no, place, issued_at, expires_at, issued_by, issued_as, kid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_paper(db: Connection, paper: Paper, places: Places, kid: bytes) -> None:
    await db.execute(
        INSERT_PAPER,
        paper.subject_no,
        paper.paper_id,
        places.list_no,
        places.indexes[0],
        paper.issued_at,
        paper.expires_at,
        paper.issued_by,
        paper.issued_as.value,
        kid,
    )


REPLACE_PAPERS = """
UPDATE paper_codes SET revoked_at = $2, revoked_for = 'replaced'
WHERE subject_no = $1 AND revoked_at IS NULL AND expires_at > $2
"""


async def replace_papers(db: Connection, subject_no: int, now: datetime) -> None:
    """Ends those that are still good: a newer one is being printed."""
    await db.execute(REPLACE_PAPERS, subject_no, now)


LIST_PAPERS = """
SELECT subject_no, paper_id, issued_at, expires_at, issued_by, issued_as, revoked_at, revoked_for FROM paper_codes
WHERE subject_no = ANY($1::bigint[]) ORDER BY paper_id DESC LIMIT $2
"""


async def list_papers(db: Executor, subject_nos: Sequence[int], limit: int) -> list[Paper]:
    """The newest first."""
    rows = await db.fetch(LIST_PAPERS, list(subject_nos), limit)
    return msgspec.convert([dict(row) for row in rows], list[Paper])


GET_PAPER = """
SELECT subject_no, paper_id, issued_at, expires_at, issued_by, issued_as, revoked_at, revoked_for FROM paper_codes
WHERE subject_no = ANY($1::bigint[]) AND paper_id = $2
"""


async def get_paper(db: Executor, subject_nos: Sequence[int], paper_id: UUID) -> Paper | None:
    row = await db.fetchrow(GET_PAPER, list(subject_nos), paper_id)
    return msgspec.convert(dict(row), Paper) if row else None


CLAIM_REVOKING = """
UPDATE paper_codes SET revoked_at = $3, revoked_for = $4
WHERE subject_no = $1 AND paper_id = $2 AND revoked_at IS NULL RETURNING 1
"""


async def claim_revoking(db: Connection, subject_no: int, paper_id: UUID, why: RevokedFor, now: datetime) -> bool:
    """False where it was good no more already."""
    return await db.fetchval(CLAIM_REVOKING, subject_no, paper_id, now, why.value) is not None


LIST_LIVE = """
SELECT subject_no, paper_id FROM paper_codes
WHERE subject_no = ANY($1::bigint[]) AND revoked_at IS NULL AND expires_at > $2
"""


async def list_live(db: Executor, subject_nos: Sequence[int], now: datetime) -> list[tuple[int, UUID]]:
    return [(row["subject_no"], row["paper_id"]) for row in await db.fetch(LIST_LIVE, list(subject_nos), now)]


LIST_OF_KEY = """
SELECT subject_no, paper_id FROM paper_codes
WHERE kid = $1 AND revoked_at IS NULL AND expires_at > $2 AND (subject_no, paper_id) > ($3, $4)
ORDER BY subject_no, paper_id LIMIT $5
"""


async def list_of_key(
    db: Executor, kid: bytes, now: datetime, *, after: tuple[int, UUID], limit: int
) -> list[tuple[int, UUID]]:
    """The papers that a key signed and that are still good: a page after this one."""
    rows = await db.fetch(LIST_OF_KEY, kid, now, *after, limit, timeout=UPKEEP_SECONDS)
    return [(row["subject_no"], row["paper_id"]) for row in rows]


REVOKE_OF_SUBJECTS = """
UPDATE paper_codes AS p
SET revoked_at = $2,
    revoked_for = CASE WHEN s.ended_at IS NOT NULL OR s.ends_at <= $2 THEN 'withdrawn' ELSE 'locked' END
FROM subjects AS s
WHERE s.subject_no = p.subject_no AND p.revoked_at IS NULL AND p.expires_at > $2
  AND (s.papers_valid_from > $1 OR s.ended_at > $1 OR s.suspended_at > $1 OR (s.ends_at > $1 AND s.ends_at <= $2))
  AND (s.papers_valid_from > p.issued_at OR s.ended_at IS NOT NULL OR s.suspended_at IS NOT NULL OR s.ends_at <= $2)
"""


async def revoke_of_subjects(db: Executor, since: datetime, now: datetime) -> None:
    """What hangs on subjects that ended since, or whose papers were ended."""
    await db.execute(REVOKE_OF_SUBJECTS, since, now, timeout=UPKEEP_SECONDS)


LIST_ENDING = """
SELECT subject_no, paper_id, expires_at FROM paper_codes
WHERE expires_at > $1 AND expires_at <= $2 AND revoked_at IS NULL AND reminded_at IS NULL
ORDER BY expires_at LIMIT $3
"""


async def list_ending(db: Executor, now: datetime, until: datetime, limit: int) -> list[Record]:
    """Papers that end soon and whose holders were not told yet."""
    return await db.fetch(LIST_ENDING, now, until, limit, timeout=UPKEEP_SECONDS)


CLAIM_REMINDING = """
UPDATE paper_codes SET reminded_at = $3
WHERE subject_no = $1 AND paper_id = $2 AND revoked_at IS NULL AND reminded_at IS NULL RETURNING 1
"""


async def claim_reminding(db: Connection, subject_no: int, paper_id: UUID, now: datetime) -> bool:
    return await db.fetchval(CLAIM_REMINDING, subject_no, paper_id, now) is not None


LIST_UNLISTED = """
SELECT subject_no, paper_id, list_no, place FROM paper_codes
WHERE revoked_at IS NOT NULL AND listed_at IS NULL ORDER BY subject_no, paper_id LIMIT $1
"""


async def list_unlisted(db: Executor, limit: int) -> list[Record]:
    """What was revoked, and stands in no list yet."""
    return await db.fetch(LIST_UNLISTED, limit, timeout=UPKEEP_SECONDS)


MARK_LISTED = """
UPDATE paper_codes AS p SET listed_at = $3 FROM unnest($1::bigint[], $2::uuid[]) AS n (subject_no, paper_id)
WHERE p.subject_no = n.subject_no AND p.paper_id = n.paper_id
"""


async def mark_listed(db: Executor, papers: Sequence[Record], now: datetime) -> None:
    numbers, ids = [row["subject_no"] for row in papers], [row["paper_id"] for row in papers]
    await db.execute(MARK_LISTED, numbers, ids, now, timeout=UPKEEP_SECONDS)


PURGE = write_purge("paper_codes", "subject_no, paper_id", "expires_at < $1", by="expires_at")


async def purge(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE, before)
