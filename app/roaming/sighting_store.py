"""What accesses say of where somebody is: one statement a function."""

from __future__ import annotations

from datetime import datetime

from app.database import UPKEEP_SECONDS, Connection, Record

# By accesses_by_time. Whoever is where they were last known is left out here, and so nearly everybody; and what
# journals tell late, which would come again at each turn and stand before the others.
READ_SIGHTINGS = """
SELECT a.subject_no, a.recorded_at, coalesce(a.scanned_at, a.recorded_at) AS seen_at, left(v.adcode, 2) AS province
FROM accesses AS a
JOIN roamers AS r ON r.subject_no = a.subject_no
JOIN venues AS v ON v.venue_id = a.venue_id
LEFT JOIN LATERAL (
    SELECT c.to_province FROM crossings AS c
    WHERE c.subject_no = a.subject_no ORDER BY c.crossed_at DESC, c.crossing_id DESC LIMIT 1
) AS last ON true
WHERE a.recorded_at >= $1 AND a.recorded_at < $2 AND a.kind = 'personal'
  AND a.form IN ('dynamic', 'phone', 'licence', 'check-in')
  AND left(v.adcode, 2) <> coalesce(last.to_province, $3) AND coalesce(a.scanned_at, a.recorded_at) > $4
  AND NOT EXISTS (SELECT FROM access_marks AS m
                  WHERE m.subject_no = a.subject_no AND m.access_id = a.access_id AND m.mark = 'annulled')
ORDER BY a.recorded_at LIMIT $5
"""


async def read_sightings(
    db: Connection, since: datetime, until: datetime, *, home: str, scanned_after: datetime, limit: int
) -> list[Record]:
    return await db.fetch(READ_SIGHTINGS, since, until, home, scanned_after, limit, timeout=UPKEEP_SECONDS)
