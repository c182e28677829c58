"""A venue's view of its own scans: projected from the accesses by a worker, shown to the manager by day.

The projection follows (recorded_at, access_id). It stays a few seconds behind, looks back a little at each turn and far
once an hour, and puts each row in once, so that a scan that was committed late is taken late, and a worker that was
killed goes on from where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.projecting.store import move_projection, take_projection
from app.venues import history_store, scanner_store, shift_store
from app.venues.calendar import day_of, span_of
from app.venues.model import HourCount, RefusalCount, VenueScan
from app.venues.owning import require_own_venue

KEPT = timedelta(days=90)
LAG = timedelta(seconds=2)
LOOK_BACK = timedelta(seconds=30)
"""Longer than a scan's statement may take; what was recorded earlier and comes later is found at the hourly sweep."""
LOOK_FAR_BACK = timedelta(hours=2)
SWEEP_EVERY = timedelta(hours=1)
PAGE = 5000
_PROJECTION = "venue-scans"
_BEGINNING = UUID(int=0)


class DayCounts(msgspec.Struct, frozen=True):
    """How much was scanned at a venue on a day, and how much was refused."""

    day: date
    hours: Sequence[HourCount]
    refusals: Sequence[RefusalCount]


async def project_scans(pool: Pool, now: datetime) -> int:
    """Takes what was recorded since the last turn, a page a transaction; answers with how many rows it read."""
    read = 0
    while True:
        count, is_done = await _project_page(pool, now)
        read += count
        if is_done:
            return read


async def _project_page(pool: Pool, now: datetime) -> tuple[int, bool]:
    until = now - LAG
    async with transaction(pool) as db:
        held = await take_projection(db, _PROJECTION, now - KEPT)
        if held is None:
            return 0, True
        sweeps = now - held.swept_at >= SWEEP_EVERY
        # Where it was further than now, a clock was wrong: it goes on from now.
        stands = min(held.until_at, until)
        since = stands - (LOOK_FAR_BACK if sweeps else LOOK_BACK)
        last, count = await _take_scans(db, since, until, enough=stands + LOOK_FAR_BACK)
        done = last is None
        reached = until if last is None else last
        await _take_findings(db, since, until)
        await _take_annulments(db, since, until)
        await move_projection(db, _PROJECTION, reached, swept=now if sweeps and done else None)
    return count, done


async def _take_scans(
    db: Connection, since: datetime, until: datetime, *, enough: datetime
) -> tuple[datetime | None, int]:
    """Up to the page that goes beyond `enough`; answers with the time of the last row where there is more.

    It is counted from where the projection stands, not from how far it looks back: else each turn would go over the
    same hours to come a page further.
    """
    after, count = (since, _BEGINNING), 0
    while rows := await history_store.read_accesses(db, after=after, until=until, limit=PAGE):
        await history_store.add_scans(db, rows)
        count += len(rows)
        after = rows[-1]["recorded_at"], rows[-1]["access_id"]
        if len(rows) < PAGE:
            break
        if after[0] > enough:
            return after[0], count
    return None, count


async def _take_findings(db: Connection, since: datetime, until: datetime) -> None:
    """What journals brought to light; the first use of a code is among the scans by then, since it came first."""
    rows = await history_store.read_findings(db, since=since, until=until)
    if rows:
        await history_store.add_findings(db, rows)


async def _take_annulments(db: Connection, since: datetime, until: datetime) -> None:
    rows = await history_store.read_annulments(db, since=since, until=until)
    if rows:
        await history_store.mark_annulled(db, rows)


async def list_scans(
    pool: Pool, *, venue_id: UUID, manager_id: UUID, day: date | None, before: UUID | None, limit: int, now: datetime
) -> list[VenueScan]:
    """A day's scans, newest first; today's where no day is named."""
    await require_own_venue(pool, venue_id, manager_id)
    since, until = span_of(day or day_of(now))
    return await history_store.list_scans(pool, venue_id, since=since, until=until, before=before, limit=limit)


async def count_scans(pool: Pool, *, venue_id: UUID, manager_id: UUID, day: date | None, now: datetime) -> DayCounts:
    """A day's scans by hour, and what scanners refused."""
    await require_own_venue(pool, venue_id, manager_id)
    day = day or day_of(now)
    since, until = span_of(day)
    return DayCounts(
        day,
        await history_store.count_hours(pool, venue_id, since=since, until=until),
        await scanner_store.count_refusals(pool, venue_id, day),
    )


async def forget_history(pool: Pool, now: datetime) -> None:
    """Deletes what venues no longer need to see."""
    await history_store.purge_scans(pool, now - KEPT)
    await scanner_store.purge_tallies(pool, day_of(now - KEPT))
    await shift_store.purge_shifts(pool, now - KEPT)
