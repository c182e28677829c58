"""Batches of certificates in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.credentials.model import Places
from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge

COUNT_LIVE = """
SELECT coalesce(sum(cardinality(places)), 0)::integer AS live, min(expires_at) AS first_ends_at FROM certificate_batches
WHERE subject_no = $1 AND session_id = $2 AND expires_at > $3 AND revoked_at IS NULL
"""


async def count_live(db: Connection, subject_no: int, session_id: UUID, now: datetime) -> tuple[int, datetime | None]:
    """How many certificates a session has that are still good, and when the first of them end."""
    row = await db.fetchrow(COUNT_LIVE, subject_no, session_id, now)
    assert row is not None  # noqa: S101  an aggregate has one row
    return row["live"], row["first_ends_at"]


INSERT_BATCH = """
INSERT INTO certificate_batches (subject_no, batch_id, session_id, list_no, places, issued_at, expires_at, kid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_batch(
    db: Connection,
    subject_no: int,
    batch_id: UUID,
    *,
    session_id: UUID,
    places: Places,
    issued_at: datetime,
    expires_at: datetime,
    kid: bytes,
) -> None:
    await db.execute(
        INSERT_BATCH, subject_no, batch_id, session_id, places.list_no, places.indexes, issued_at, expires_at, kid
    )


REVOKE_OF_SESSIONS = """
UPDATE certificate_batches SET revoked_at = $2
WHERE session_id = ANY($1::uuid[]) AND revoked_at IS NULL AND expires_at > $2
"""


async def revoke_of_sessions(db: Executor, session_ids: Sequence[UUID], now: datetime) -> None:
    await db.execute(REVOKE_OF_SESSIONS, list(session_ids), now, timeout=UPKEEP_SECONDS)


REVOKE_OF_SUBJECTS = """
UPDATE certificate_batches AS b SET revoked_at = $2 FROM subjects AS s
WHERE s.subject_no = b.subject_no AND b.revoked_at IS NULL AND b.expires_at > $2
  AND (s.codes_valid_from > $1 OR s.ended_at > $1 OR s.suspended_at > $1 OR (s.ends_at > $1 AND s.ends_at <= $2))
  AND (s.codes_valid_from > b.issued_at OR s.ended_at IS NOT NULL OR s.suspended_at IS NOT NULL OR s.ends_at <= $2)
"""


async def revoke_of_subjects(db: Executor, since: datetime, now: datetime) -> None:
    """What hangs on subjects that ended since, or whose codes were ended."""
    await db.execute(REVOKE_OF_SUBJECTS, since, now, timeout=UPKEEP_SECONDS)


LIST_OF_KEY = """
SELECT subject_no, batch_id FROM certificate_batches
WHERE kid = $1 AND revoked_at IS NULL AND expires_at > $2 AND (subject_no, batch_id) > ($3, $4)
ORDER BY subject_no, batch_id LIMIT $5
"""
REVOKE = """
UPDATE certificate_batches AS b SET revoked_at = $3 FROM unnest($1::bigint[], $2::uuid[]) AS n (subject_no, batch_id)
WHERE b.subject_no = n.subject_no AND b.batch_id = n.batch_id AND b.revoked_at IS NULL
"""


async def revoke_of_key(
    db: Executor, kid: bytes, now: datetime, *, after: tuple[int, UUID], limit: int
) -> tuple[int, UUID] | None:
    """A page of what a key signed, after this one; answers the last of it, None where nothing is left."""
    rows = await db.fetch(LIST_OF_KEY, kid, now, *after, limit, timeout=UPKEEP_SECONDS)
    if not rows:
        return None
    numbers, ids = [row["subject_no"] for row in rows], [row["batch_id"] for row in rows]
    await db.execute(REVOKE, numbers, ids, now, timeout=UPKEEP_SECONDS)
    return numbers[-1], ids[-1]


LIST_UNLISTED = """
SELECT subject_no, batch_id, list_no, places FROM certificate_batches
WHERE revoked_at IS NOT NULL AND listed_at IS NULL ORDER BY subject_no, batch_id LIMIT $1
"""


async def list_unlisted(db: Executor, limit: int) -> list[Record]:
    """What was revoked, and stands in no list yet."""
    return await db.fetch(LIST_UNLISTED, limit, timeout=UPKEEP_SECONDS)


MARK_LISTED = """
UPDATE certificate_batches AS b SET listed_at = $3 FROM unnest($1::bigint[], $2::uuid[]) AS n (subject_no, batch_id)
WHERE b.subject_no = n.subject_no AND b.batch_id = n.batch_id
"""


async def mark_listed(db: Executor, batches: Sequence[Record], now: datetime) -> None:
    numbers, ids = [row["subject_no"] for row in batches], [row["batch_id"] for row in batches]
    await db.execute(MARK_LISTED, numbers, ids, now, timeout=UPKEEP_SECONDS)


PURGE = write_purge("certificate_batches", "subject_no, batch_id", "expires_at < $1", by="expires_at")


async def purge(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE, before)
