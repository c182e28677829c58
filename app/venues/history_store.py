"""What a venue's view of its own scans has in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge
from app.venues.model import HourCount, VenueScan

# By accesses_by_time; a page goes on after the last row of the one before.
READ_ACCESSES = """
SELECT a.venue_id, a.access_id, a.recorded_at, a.scanned_at, a.scanner_id, a.staff_id, m.marked_at AS annulled_at,
       a.form
FROM accesses AS a
LEFT JOIN access_marks AS m ON m.subject_no = a.subject_no AND m.access_id = a.access_id AND m.mark = 'annulled'
WHERE a.recorded_at < $3 AND a.recorded_at >= $1 AND (a.recorded_at, a.access_id) > ($1, $2)
ORDER BY a.recorded_at, a.access_id LIMIT $4
"""


async def read_accesses(db: Connection, *, after: tuple[datetime, UUID], until: datetime, limit: int) -> list[Record]:
    return await db.fetch(READ_ACCESSES, *after, until, limit, timeout=UPKEEP_SECONDS)


# Where it was made without a network, it shows when it was scanned, and not when that became known.
ADD_SCANS = """
INSERT INTO venue_scans (venue_id, access_id, recorded_at, synced_at, scanner_id, staff_id, annulled_at, form)
SELECT t.venue_id, t.access_id, coalesce(t.scanned_at, t.recorded_at),
       CASE WHEN t.scanned_at IS NOT NULL THEN t.recorded_at END, t.scanner_id, t.staff_id, t.annulled_at, t.form
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::timestamptz[],
            $8::text[])
     AS t (venue_id, access_id, recorded_at, scanned_at, scanner_id, staff_id, annulled_at, form)
ON CONFLICT (venue_id, access_id) DO NOTHING
"""


async def add_scans(db: Connection, rows: Sequence[Record]) -> None:
    columns = zip(*(tuple(row.values()) for row in rows), strict=True)
    await db.execute(ADD_SCANS, *(list(column) for column in columns), timeout=UPKEEP_SECONDS)


# By scan_findings_by_time.
READ_FINDINGS = """
SELECT f.venue_id, f.entry_id, f.scanned_at, f.found_at, f.scanner_id, f.staff_id, f.form,
       CASE f.kind WHEN 'double-use' THEN 'conflict' ELSE f.kind END AS outcome, f.first_venue_id, f.first_access_id
FROM scan_findings AS f WHERE f.found_at >= $1 AND f.found_at < $2
"""


async def read_findings(db: Connection, *, since: datetime, until: datetime) -> list[Record]:
    return await db.fetch(READ_FINDINGS, since, until, timeout=UPKEEP_SECONDS)


ADD_FINDINGS = """
INSERT INTO venue_scans (venue_id, access_id, recorded_at, synced_at, scanner_id, staff_id, form, outcome)
SELECT t.venue_id, t.entry_id, t.scanned_at, t.found_at, t.scanner_id, t.staff_id, t.form, t.outcome
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::text[],
            $8::text[])
     AS t (venue_id, entry_id, scanned_at, found_at, scanner_id, staff_id, form, outcome)
ON CONFLICT (venue_id, access_id) DO NOTHING
"""
MARK_USED_AGAIN = """
UPDATE venue_scans AS v SET used_again_at = t.scanned_at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS t (venue_id, access_id, scanned_at)
WHERE v.venue_id = t.venue_id AND v.access_id = t.access_id AND v.used_again_at IS NULL
"""


async def add_findings(db: Connection, rows: Sequence[Record]) -> None:
    """Shows them to the venue that told of them, and a double use to the one that was first, too."""
    columns = zip(*(tuple(row.values())[:8] for row in rows), strict=True)
    await db.execute(ADD_FINDINGS, *(list(column) for column in columns), timeout=UPKEEP_SECONDS)
    used = [row for row in rows if row["first_access_id"] is not None]
    names = ("first_venue_id", "first_access_id", "scanned_at")
    await db.execute(MARK_USED_AGAIN, *([row[name] for row in used] for name in names), timeout=UPKEEP_SECONDS)


READ_ANNULMENTS = """
SELECT a.venue_id, a.access_id, m.marked_at FROM access_marks AS m
JOIN accesses AS a ON a.subject_no = m.subject_no AND a.access_id = m.access_id
WHERE m.mark = 'annulled' AND m.marked_at >= $1 AND m.marked_at < $2
"""


async def read_annulments(db: Connection, *, since: datetime, until: datetime) -> list[Record]:
    return await db.fetch(READ_ANNULMENTS, since, until, timeout=UPKEEP_SECONDS)


MARK_ANNULLED = """
UPDATE venue_scans AS v SET annulled_at = t.annulled_at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS t (venue_id, access_id, annulled_at)
WHERE v.venue_id = t.venue_id AND v.access_id = t.access_id AND v.annulled_at IS NULL
"""


async def mark_annulled(db: Connection, rows: Sequence[Record]) -> None:
    columns = zip(*(tuple(row.values()) for row in rows), strict=True)
    await db.execute(MARK_ANNULLED, *(list(column) for column in columns), timeout=UPKEEP_SECONDS)


LIST_SCANS = """
SELECT v.access_id, v.recorded_at, v.scanner_id, s.name AS scanner_name, v.staff_id, f.number AS staff_number,
       v.annulled_at, v.form, v.outcome, v.synced_at, v.used_again_at
FROM venue_scans AS v LEFT JOIN scanners AS s ON s.scanner_id = v.scanner_id
LEFT JOIN venue_staff AS f ON f.staff_id = v.staff_id
WHERE v.venue_id = $1 AND v.recorded_at >= $2 AND v.recorded_at < $3
  AND ($4::uuid IS NULL OR (v.recorded_at, v.access_id) < (
       SELECT c.recorded_at, c.access_id FROM venue_scans AS c WHERE c.venue_id = $1 AND c.access_id = $4))
ORDER BY v.recorded_at DESC, v.access_id DESC LIMIT $5
"""


async def list_scans(
    db: Executor, venue_id: UUID, *, since: datetime, until: datetime, before: UUID | None, limit: int
) -> list[VenueScan]:
    rows = await db.fetch(LIST_SCANS, venue_id, since, until, before, limit)
    return [VenueScan(**row) for row in rows]


COUNT_HOURS = """
SELECT floor(extract(epoch FROM v.recorded_at - $2) / 3600)::integer AS hour,
       count(*) FILTER (WHERE v.annulled_at IS NULL) AS accepted, count(v.annulled_at) AS annulled
FROM venue_scans AS v
WHERE v.venue_id = $1 AND v.recorded_at >= $2 AND v.recorded_at < $3 AND v.outcome = 'accepted'
GROUP BY 1 ORDER BY 1
"""


async def count_hours(db: Executor, venue_id: UUID, *, since: datetime, until: datetime) -> list[HourCount]:
    return [HourCount(**row) for row in await db.fetch(COUNT_HOURS, venue_id, since, until)]


PURGE_SCANS = write_purge("venue_scans", "venue_id, access_id", "recorded_at < $1", by="recorded_at")


async def purge_scans(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_SCANS, before)
