"""What receipts have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import Executor, Record

KEEP_TERMS = """
INSERT INTO look_terms (subject_no, access_id, kept_until, presentation)
SELECT a.subject_no, a.access_id, CASE WHEN $3 > 0 THEN a.recorded_at + make_interval(secs => 86400 * $3::integer) END,
       $4::bytea
FROM accesses AS a WHERE a.subject_no = $1 AND a.access_id = $2
ON CONFLICT DO NOTHING
"""


async def keep_terms(
    db: Executor, subject_no: int, access_id: UUID, *, kept_days: int, presentation: bytes | None
) -> None:
    """Once: what was agreed first stays."""
    await db.execute(KEEP_TERMS, subject_no, access_id, kept_days, presentation)


# The access's own columns are as app/audit hashes them: exact times, and every one of them.
GET_LOOK = """
SELECT a.subject_no, a.access_id, a.salt, a.cti, a.kind, timestamptz_send(a.issued_at) AS issued_at,
       timestamptz_send(a.expires_at) AS expires_at, timestamptz_send(a.recorded_at) AS recorded_at, a.venue_id,
       a.scanner_id, a.purpose, a.fields, a.request_key, a.staff_id, a.form,
       timestamptz_send(a.scanned_at) AS scanned_at, a.licence_type, a.licence_id,
       a.recorded_at AS looked_at, v.name AS venue_name, v.adcode, t.kept_until, t.presentation
FROM accesses AS a JOIN venues AS v ON v.venue_id = a.venue_id
LEFT JOIN look_terms AS t ON t.subject_no = a.subject_no AND t.access_id = a.access_id
WHERE a.subject_no = ANY($1::bigint[]) AND a.access_id = $2
"""


async def get_look(db: Executor, subject_nos: list[int], access_id: UUID) -> Record | None:
    """An access of one of these subjects, with its venue and its terms."""
    return await db.fetchrow(GET_LOOK, subject_nos, access_id)


# By their ids alone looks are found on every shard: a venue asks for its receipts again rarely.
LIST_TOLD = "SELECT subject_no, access_id FROM accesses WHERE access_id = ANY($1::uuid[]) AND venue_id = $2 ORDER BY 2"


async def list_told(db: Executor, access_ids: Sequence[UUID], venue_id: UUID) -> list[tuple[int, UUID]]:
    """Whom a venue's looks were at; those of somebody who was erased are gone."""
    return [(row["subject_no"], row["access_id"]) for row in await db.fetch(LIST_TOLD, list(access_ids), venue_id)]
