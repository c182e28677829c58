"""What venues have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Record
from app.venues.model import Access, Purpose, Venue

LIST_PURPOSES = "SELECT purpose, name_zh, name_en, fields, strict, checks_person FROM purposes ORDER BY purpose"


async def list_purposes(db: Executor) -> list[Purpose]:
    return [Purpose(**row) for row in await db.fetch(LIST_PURPOSES)]


HAS_PURPOSE = "SELECT EXISTS (SELECT FROM purposes WHERE purpose = $1)"


async def has_purpose(db: Executor, purpose: str) -> bool:
    known: bool = await db.fetchval(HAS_PURPOSE, purpose)
    return known


INSERT_VENUE = """
INSERT INTO venues (venue_id, name, purpose, adcode, address, manager_id, created_at, offline_policy)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING
"""


async def insert_venue(db: Executor, venue: Venue, now: datetime) -> None:
    await db.execute(
        INSERT_VENUE,
        venue.venue_id,
        venue.name,
        venue.purpose,
        venue.adcode,
        venue.address,
        venue.manager_id,
        now,
        venue.offline_policy,
    )


GET_VENUE = """
SELECT venue_id, name, purpose, adcode, address, manager_id, approved_at, requires_shift, closed_at, judgement,
       judgement_words, offline_policy, disputes_upheld
FROM venues WHERE venue_id = $1
"""


async def get_venue(db: Executor, venue_id: UUID) -> Venue | None:
    row = await db.fetchrow(GET_VENUE, venue_id)
    return Venue(**row) if row else None


GET_VENUES = """
SELECT venue_id, name, purpose, adcode, address, manager_id, approved_at, requires_shift, closed_at, judgement,
       judgement_words, offline_policy, disputes_upheld
FROM venues WHERE venue_id = ANY($1::uuid[])
"""


async def get_venues(db: Executor, venue_ids: Iterable[UUID]) -> dict[UUID, Venue]:
    """Those of them that there are, closed ones too."""
    return {row["venue_id"]: Venue(**row) for row in await db.fetch(GET_VENUES, list(set(venue_ids)))}


LIST_VENUES = """
SELECT venue_id, name, purpose, adcode, address, manager_id, approved_at, requires_shift, closed_at, judgement,
       judgement_words, offline_policy, disputes_upheld
FROM venues
WHERE venue_id > $1 AND closed_at IS NULL AND ($2::uuid IS NULL OR manager_id = $2)
  AND (NOT $3 OR (approved_at IS NULL AND judgement IS NULL))
ORDER BY venue_id LIMIT $4
"""


async def list_venues(db: Executor, *, after: UUID, manager_id: UUID | None, waiting: bool, limit: int) -> list[Venue]:
    rows = await db.fetch(LIST_VENUES, after, manager_id, waiting, limit)
    return [Venue(**row) for row in rows]


APPROVE_VENUE = """
UPDATE venues SET approved_at = $2, approved_by = $3, judgement = NULL, judgement_words = NULL
WHERE venue_id = $1 AND approved_at IS NULL AND closed_at IS NULL RETURNING 1
"""


async def approve_venue(db: Connection, venue_id: UUID, *, approved_by: UUID, now: datetime) -> bool:
    """False where it is approved already, closed, or not there."""
    return await db.fetchval(APPROVE_VENUE, venue_id, now, approved_by) is not None


UPDATE_VENUE = """
UPDATE venues SET name = $2, address = $3, requires_shift = $4, approved_at = $5, offline_policy = $6
WHERE venue_id = $1
"""


async def update_venue(db: Connection, venue: Venue) -> None:
    await db.execute(
        UPDATE_VENUE,
        venue.venue_id,
        venue.name,
        venue.address,
        venue.requires_shift,
        venue.approved_at,
        venue.offline_policy,
    )


CLOSE_VENUE = "UPDATE venues SET closed_at = $2 WHERE venue_id = $1"


async def close_venue(db: Connection, venue_id: UUID, now: datetime) -> None:
    await db.execute(CLOSE_VENUE, venue_id, now)


TRANSFER_VENUE = "UPDATE venues SET manager_id = $2 WHERE venue_id = $1"


async def transfer_venue(db: Connection, venue_id: UUID, manager_id: UUID) -> None:
    await db.execute(TRANSFER_VENUE, venue_id, manager_id)


LOCK_VENUE = """
SELECT venue_id, name, purpose, adcode, address, manager_id, approved_at, requires_shift, closed_at, offline_policy,
       disputes_upheld
FROM venues WHERE venue_id = $1 FOR UPDATE
"""


async def lock_venue(db: Connection, venue_id: UUID) -> Venue | None:
    """The venue, held until the transaction ends: what is decided of it holds."""
    row = await db.fetchrow(LOCK_VENUE, venue_id)
    return Venue(**row) if row else None


class ScanRow(msgspec.Struct, frozen=True):
    """One scan as record_scan takes it, in its parameters' order."""

    subject_no: int
    cti: bytes
    kind: str
    form: str
    issued_at: datetime
    certified_at: datetime | None
    """Of a code that a phone made: when its key was certified, since the phone's own word is no measure."""
    expires_at: datetime
    list_no: int | None
    place: int | None
    access_id: UUID
    venue_id: UUID
    scanner_id: UUID
    purpose: str
    fields: list[str]
    salt: bytes
    request_key: bytes | None
    now: datetime
    notice_id: UUID
    second_notice_id: UUID
    """For the carer, where a relative's code is shown: both are told."""
    notice_expires_at: datetime
    requires_shift: bool = False


RECORD_SCAN = """
SELECT outcome, access_id, recorded_at, fields, resident_id, principal_id, binding_id
FROM record_scan($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
"""


async def record_scan(db: Executor, scan: ScanRow) -> Record:
    """One call in autocommit; an outcome ('accepted', 'repeated', 'used', 'revoked', 'no-shift'), the first answer."""
    row = await db.fetchrow(RECORD_SCAN, *msgspec.structs.astuple(scan))
    assert row is not None  # noqa: S101  the function always answers
    return row


FIND_REPETITION = """
SELECT a.access_id, a.recorded_at, a.fields, s.resident_id, s.principal_id, s.binding_id
FROM accesses AS a JOIN subjects AS s ON s.subject_no = a.subject_no
WHERE a.subject_no = $1 AND a.expires_at = $2 AND a.cti = $3 AND a.request_key = $4
"""


async def find_repetition(
    db: Executor, subject_no: int, *, expires_at: datetime, cti: bytes, request_key: bytes
) -> Record | None:
    """The scan that this very request made before, if it did."""
    return await db.fetchrow(FIND_REPETITION, subject_no, expires_at, cti, request_key)


# By its id alone a scan is looked for on every shard: annulling is rare.
GET_SCAN = """
SELECT a.subject_no, a.access_id, a.recorded_at, s.resident_id
FROM accesses AS a JOIN subjects AS s ON s.subject_no = a.subject_no
WHERE a.access_id = $1 AND a.scanner_id = $2
"""


async def get_scan(db: Executor, access_id: UUID, scanner_id: UUID) -> Record | None:
    return await db.fetchrow(GET_SCAN, access_id, scanner_id)


MARK_ACCESS = """
INSERT INTO access_marks (subject_no, access_id, mark, marked_at, marked_by, sealed_reason)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING 1
"""


async def mark_access(
    db: Connection,
    subject_no: int,
    access_id: UUID,
    *,
    mark: str,
    marked_by: UUID,
    sealed_reason: bytes | None,
    now: datetime,
) -> bool:
    """False where it bears this mark already."""
    return await db.fetchval(MARK_ACCESS, subject_no, access_id, mark, now, marked_by, sealed_reason) is not None


LIST_ACCESSES = """
SELECT a.access_id, a.recorded_at, a.venue_id, v.name AS venue_name, v.adcode, a.purpose, p.name_zh AS purpose_zh,
       p.name_en AS purpose_en, a.fields, a.staff_id, n.marked_at AS annulled_at, d.marked_at AS disputed_at, a.form,
       a.scanned_at, a.kind, a.licence_type, t.kept_until
FROM accesses AS a JOIN venues AS v ON v.venue_id = a.venue_id JOIN purposes AS p ON p.purpose = a.purpose
LEFT JOIN look_terms AS t ON t.subject_no = a.subject_no AND t.access_id = a.access_id
LEFT JOIN access_marks AS n ON n.subject_no = a.subject_no AND n.access_id = a.access_id AND n.mark = 'annulled'
LEFT JOIN access_marks AS d ON d.subject_no = a.subject_no AND d.access_id = a.access_id AND d.mark = 'disputed'
WHERE a.subject_no = ANY($1::bigint[]) AND ($2::uuid IS NULL OR a.access_id < $2)
ORDER BY a.access_id DESC LIMIT $3
"""


async def list_accesses(db: Executor, subject_nos: Sequence[int], *, before: UUID | None, limit: int) -> list[Access]:
    rows = await db.fetch(LIST_ACCESSES, list(subject_nos), before, limit)
    return [Access(**row) for row in rows]


HAS_ACCESS = "SELECT subject_no FROM accesses WHERE subject_no = ANY($1::bigint[]) AND access_id = $2"


async def get_access_subject(db: Executor, subject_nos: Sequence[int], access_id: UUID) -> int | None:
    """Which of these subjects the access looked at, if any."""
    subject_no: int | None = await db.fetchval(HAS_ACCESS, list(subject_nos), access_id)
    return subject_no


GET_VENUE_NAMES = "SELECT venue_id, name FROM venues WHERE venue_id = ANY($1::uuid[])"


async def get_venue_names(db: Executor, venue_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await db.fetch(GET_VENUE_NAMES, list(venue_ids))
    return {row["venue_id"]: row["name"] for row in rows}
