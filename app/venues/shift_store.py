"""What a venue's staff and their shifts have in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Executor
from app.purging import purge_pages, write_purge
from app.venues.model import Pin, Shift, Staff

INSERT_STAFF = """
INSERT INTO venue_staff (staff_id, venue_id, number, sealed_name, pin_salt, pin_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (venue_id, number) WHERE removed_at IS NULL DO NOTHING RETURNING 1
"""


async def insert_staff(
    db: Executor, staff_id: UUID, *, venue_id: UUID, number: str, sealed_name: bytes, salt: bytes, pin_hash: bytes,
    now: datetime,
) -> bool:  # fmt: skip
    """False where somebody has this number."""
    return await db.fetchval(INSERT_STAFF, staff_id, venue_id, number, sealed_name, salt, pin_hash, now) is not None


LIST_STAFF = """
SELECT staff_id, number, sealed_name, created_at FROM venue_staff
WHERE venue_id = $1 AND removed_at IS NULL AND staff_id > $2 ORDER BY staff_id LIMIT $3
"""


async def list_staff(db: Executor, venue_id: UUID, *, after: UUID, limit: int) -> list[Staff]:
    return [Staff(**row) for row in await db.fetch(LIST_STAFF, venue_id, after, limit)]


LIST_STAFF_IDS = "SELECT staff_id FROM venue_staff WHERE venue_id = $1"


async def list_staff_ids(db: Executor, venue_id: UUID) -> set[UUID]:
    """Of everybody who ever scanned there."""
    return {row["staff_id"] for row in await db.fetch(LIST_STAFF_IDS, venue_id)}


REMOVE_STAFF = """
UPDATE venue_staff SET removed_at = coalesce(removed_at, $3) WHERE venue_id = $1 AND staff_id = $2 RETURNING 1
"""


async def remove_staff(db: Connection, venue_id: UUID, staff_id: UUID, now: datetime) -> bool:
    """False where nobody of this venue is meant; twice is no fault."""
    return await db.fetchval(REMOVE_STAFF, venue_id, staff_id, now) is not None


GET_PIN = """
SELECT staff_id, pin_salt AS salt, pin_hash AS hash FROM venue_staff
WHERE venue_id = $1 AND number = $2 AND removed_at IS NULL
"""


async def get_pin(db: Executor, venue_id: UUID, number: str) -> Pin | None:
    row = await db.fetchrow(GET_PIN, venue_id, number)
    return Pin(**row) if row else None


LOCK_STAFF = "SELECT true FROM venue_staff WHERE staff_id = $1 AND removed_at IS NULL FOR UPDATE"


async def lock_staff(db: Connection, staff_id: UUID) -> bool:
    """Whether somebody is still of the staff, held so until the transaction ends."""
    return await db.fetchval(LOCK_STAFF, staff_id) is not None


CLAIM_ATTEMPT = "SELECT claim_quota($1, $2, $3, $4)"


async def claim_attempt(db: Executor, bucket: bytes, most: int, span: timedelta, now: datetime) -> datetime | None:
    """None where one more guess is allowed; otherwise when the next one will be."""
    free_at: datetime | None = await db.fetchval(CLAIM_ATTEMPT, bucket, most, span, now)
    return free_at


FORGET_ATTEMPTS = "DELETE FROM quotas WHERE bucket = $1"


async def forget_attempts(db: Executor, bucket: bytes) -> None:
    await db.execute(FORGET_ATTEMPTS, bucket)


INSERT_SHIFT = """
INSERT INTO shifts (shift_id, scanner_id, staff_id, opened_at, ends_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_shift(
    db: Connection, shift_id: UUID, *, scanner_id: UUID, staff_id: UUID, now: datetime, ends_at: datetime
) -> None:
    await db.execute(INSERT_SHIFT, shift_id, scanner_id, staff_id, now, ends_at)


LOCK_SCANNER = "SELECT true FROM scanners WHERE scanner_id = $1 FOR NO KEY UPDATE"


async def lock_scanner(db: Connection, scanner_id: UUID) -> None:
    """Lets two who sign in at once do so one after the other."""
    await db.execute(LOCK_SCANNER, scanner_id)


CLOSE_SHIFT = """
UPDATE shifts SET closed_at = $2, closed_for = $3 WHERE scanner_id = $1 AND closed_at IS NULL
"""


async def close_shift(db: Executor, scanner_id: UUID, *, now: datetime, closed_for: str) -> None:
    """Ends whoever's shift is open on this scanner, if one is."""
    await db.execute(CLOSE_SHIFT, scanner_id, now, closed_for)


CLOSE_SHIFTS_OF = "UPDATE shifts SET closed_at = $2, closed_for = 'removed' WHERE staff_id = $1 AND closed_at IS NULL"


async def close_shifts_of(db: Connection, staff_id: UUID, now: datetime) -> None:
    await db.execute(CLOSE_SHIFTS_OF, staff_id, now)


GET_SHIFT = """
SELECT h.shift_id, h.staff_id, f.number, h.opened_at, h.ends_at FROM shifts AS h JOIN venue_staff AS f USING (staff_id)
WHERE h.scanner_id = $1 AND h.closed_at IS NULL AND h.ends_at > $2
"""


async def get_shift(db: Executor, scanner_id: UUID, now: datetime) -> Shift | None:
    row = await db.fetchrow(GET_SHIFT, scanner_id, now)
    return Shift(**row) if row else None


PURGE_SHIFTS = write_purge("shifts", "shift_id", "ends_at < $1", by="ends_at")


async def purge_shifts(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_SHIFTS, before)
