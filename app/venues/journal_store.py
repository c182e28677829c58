"""What scanners' journals have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Record
from app.purging import purge_pages, write_purge


class JournalRow(msgspec.Struct, frozen=True):
    """An entry that was here, whatever became of it."""

    sequence: int
    entry_id: UUID
    digest: bytes
    previous: bytes
    scanned_at: datetime
    result: str | None
    slug: str | None
    warnings: list[str]


# With those asked for comes the nearest before them, which their times have to follow.
READ_ENTRIES = """
SELECT j.sequence, j.entry_id, j.digest, j.previous, j.scanned_at, j.result, j.slug, j.warnings
FROM journal_entries AS j
WHERE j.scanner_id = $1 AND (j.sequence = ANY($2::bigint[]) OR j.entry_id = ANY($3::uuid[]) OR j.sequence = (
    SELECT b.sequence FROM journal_entries AS b WHERE b.scanner_id = $1 AND b.sequence < $4
    ORDER BY b.sequence DESC LIMIT 1))
"""


async def read_entries(
    db: Executor, scanner_id: UUID, *, sequences: Sequence[int], entry_ids: Sequence[UUID], above: int
) -> list[JournalRow]:
    rows = await db.fetch(READ_ENTRIES, scanner_id, list(sequences), list(entry_ids), above)
    return [JournalRow(**row) for row in rows]


RESERVE_ENTRIES = """
INSERT INTO journal_entries (scanner_id, sequence, entry_id, digest, previous, said_at, scanned_at, received_at)
SELECT $1, t.sequence, t.entry_id, t.digest, t.previous, t.said_at, t.scanned_at, $8
FROM unnest($2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[], $6::timestamptz[], $7::timestamptz[])
     AS t (sequence, entry_id, digest, previous, said_at, scanned_at)
ON CONFLICT DO NOTHING
"""


class NewEntry(msgspec.Struct, frozen=True):
    """An entry that has its place in the journal from now on."""

    sequence: int
    entry_id: UUID
    digest: bytes
    previous: bytes
    said_at: datetime
    scanned_at: datetime


async def reserve_entries(db: Executor, scanner_id: UUID, entries: Sequence[NewEntry], now: datetime) -> None:
    """Gives each its place, before anything is done for it; what has its place already stays as it is."""
    columns = zip(*(msgspec.structs.astuple(entry) for entry in entries), strict=True)
    await db.execute(RESERVE_ENTRIES, scanner_id, *(list(column) for column in columns), now)


SETTLE_ENTRIES = """
UPDATE journal_entries AS j SET result = t.result, slug = t.slug, warnings = string_to_array(t.warnings, ' ')
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS t (sequence, result, slug, warnings)
WHERE j.scanner_id = $1 AND j.sequence = t.sequence AND j.result IS NULL RETURNING j.sequence
"""


async def settle_entries(
    db: Executor, scanner_id: UUID, settled: Sequence[tuple[int, str, str | None, Sequence[str]]]
) -> set[int]:
    """Writes down what became of entries, once; answers with the sequences of those that this call settled."""
    sequences, results, slugs, warnings = zip(*settled, strict=True)
    spaced = [" ".join(one) for one in warnings]
    rows = await db.fetch(SETTLE_ENTRIES, scanner_id, list(sequences), list(results), list(slugs), spaced)
    return {row["sequence"] for row in rows}


GET_LAST_ENTRY = """
SELECT sequence, digest FROM journal_entries WHERE scanner_id = $1 ORDER BY sequence DESC LIMIT 1
"""


async def get_last_entry(db: Executor, scanner_id: UUID) -> Record | None:
    return await db.fetchrow(GET_LAST_ENTRY, scanner_id)


GET_ENDING = """
SELECT s.venue_id, s.revoked_at, s.expires_at, v.requires_shift FROM scanners AS s JOIN venues AS v USING (venue_id)
WHERE s.scanner_id = $1
"""


class Ending(msgspec.Struct, frozen=True):
    """Until when a scanner was one, and whether its venue wants to know who scans."""

    venue_id: UUID
    revoked_at: datetime | None
    expires_at: datetime
    requires_shift: bool


async def require_ending(db: Executor, scanner_id: UUID) -> Ending:
    row = await db.fetchrow(GET_ENDING, scanner_id)
    assert row is not None  # noqa: S101  scanners are never deleted
    return Ending(**row)


LIST_STANDINGS = """
SELECT t.since_at, t.is_approved, t.purpose, p.fields, p.strict
FROM venue_standings AS t JOIN purposes AS p USING (purpose) WHERE t.venue_id = $1 ORDER BY t.since_at
"""


class Standing(msgspec.Struct, frozen=True):
    """How a venue stood from a time on."""

    since_at: datetime
    is_approved: bool
    purpose: str
    fields: list[str]
    strict: bool


async def list_standings(db: Executor, venue_id: UUID) -> list[Standing]:
    """The oldest first."""
    return [Standing(**row) for row in await db.fetch(LIST_STANDINGS, venue_id)]


NOTE_STANDING = """
INSERT INTO venue_standings (venue_id, since_at, purpose, is_approved)
SELECT v.venue_id, $2, v.purpose, v.approved_at IS NOT NULL AND v.closed_at IS NULL
FROM venues AS v WHERE v.venue_id = $1
ON CONFLICT (venue_id, since_at) DO UPDATE SET purpose = excluded.purpose, is_approved = excluded.is_approved
"""


async def note_standing(db: Connection, venue_id: UUID, now: datetime) -> None:
    """Whoever changes whether, or for what, a venue may scan calls this in the same transaction."""
    await db.execute(NOTE_STANDING, venue_id, now)


LIST_SHIFTS = """
SELECT staff_id, opened_at, least(closed_at, ends_at) AS until_at FROM shifts
WHERE scanner_id = $1 AND opened_at <= $3 AND least(closed_at, ends_at) > $2 ORDER BY opened_at
"""


async def list_shifts(db: Executor, scanner_id: UUID, *, since: datetime, until: datetime) -> list[Record]:
    """Who was signed in on a scanner, and when."""
    return await db.fetch(LIST_SHIFTS, scanner_id, since, until)


class OfflineScanRow(msgspec.Struct, frozen=True):
    """One scan as record_offline_scan takes it, in its parameters' order."""

    subject_no: int
    cti: bytes
    kind: str
    form: str
    issued_at: datetime
    certified_at: datetime | None
    expires_at: datetime
    list_no: int | None
    place: int | None
    access_id: UUID
    venue_id: UUID
    scanner_id: UUID
    staff_id: UUID | None
    purpose: str
    fields: list[str]
    salt: bytes
    scanned_at: datetime
    is_borne_out: bool
    """Whether the order of the journal bears out that it was then: what else says so is the scanner alone."""
    now: datetime
    notice_id: UUID
    second_notice_id: UUID
    notice_expires_at: datetime


RECORD_OFFLINE_SCAN = """
SELECT outcome, is_revoked_since FROM record_offline_scan(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
"""


async def record_offline_scan(db: Executor, scan: OfflineScanRow) -> tuple[str, bool]:
    """One call in autocommit: 'accepted', 'used', 'revoked', 'answered', 'forked' or 'unknown'; and whether the code
    has been revoked since.
    """
    row = await db.fetchrow(RECORD_OFFLINE_SCAN, *msgspec.structs.astuple(scan))
    assert row is not None  # noqa: S101  the function always answers
    return row["outcome"], row["is_revoked_since"]


PURGE_ENTRIES = write_purge("journal_entries", "scanner_id, sequence", "received_at < $1", by="received_at")


async def purge_entries(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_ENTRIES, before)
