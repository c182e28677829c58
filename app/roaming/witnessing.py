"""A scan at a venue in another province counts as a crossing: at once, since whoever shows a code is there.

Sightings come from this deployment's own accesses, and from wherever peers will tell of codes that they scanned: both
end in `witness_scan`. Codes that others may carry (on paper, for a relative, for a company) say nothing of where their
resident is, and a scan counts for those alone who agreed to `location` (docs/decisions/0086).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import transaction
from app.projecting.store import move_projection, take_projection
from app.roaming import sighting_store, store
from app.roaming.desk import RoamingDesk
from app.roaming.errors import LocationConsentMissingError
from app.roaming.recording import get_roamer, record_crossing
from app.roaming.remembering import MemoryAwayError
from app.roaming.rules import witness

_TURNS = "roaming-scans"
_LAG = timedelta(seconds=1)
_LOOK_BACK = timedelta(seconds=15)
"""Longer than a scan's statement may take, so that what commits late is found."""
_AT_ONCE = 500


class Sighting(msgspec.Struct, frozen=True):
    """An accepted scan of a code of somebody's own."""

    subject_no: int
    province: str
    at: datetime


async def follow_scans(desk: RoamingDesk, now: datetime) -> int:
    """Takes what was scanned since the last turn in another province than its resident was last known in; answers with
    how many crossings that made. One worker at a time; a crossing that was recorded is not found again.
    """
    async with transaction(desk.pool) as db:
        held = await take_projection(db, _TURNS, now)
        if held is None:
            return 0
        told_in_time, until = now - desk.notice_life, now - _LAG
        since = max(held.until_at - _LOOK_BACK, told_in_time)
        rows = await sighting_store.read_sightings(
            db, since, until, home=desk.rules.home, scanned_after=told_in_time, limit=_AT_ONCE
        )
        crossed = 0
        for row in rows:
            crossed += await witness_scan(desk, Sighting(row["subject_no"], row["province"], row["seen_at"]), now)
        reached = until if len(rows) < _AT_ONCE else rows[-1]["recorded_at"]
        await move_projection(db, _TURNS, reached)
    return crossed


async def witness_scan(desk: RoamingDesk, sighting: Sighting, now: datetime) -> bool:
    """Whether somebody has come into another province by it. What is told late, or without consent, is let be."""
    if sighting.at <= now - desk.notice_life:
        return False
    roamer = await get_roamer(desk.pool, sighting.subject_no, desk.rules, now)
    if roamer is None or int(sighting.at.timestamp()) <= roamer.state.last_at:
        return False
    decision = witness(roamer.state, sighting.province, int(sighting.at.timestamp()), desk.rules)
    if decision.crossing is None or await _is_contradicted(desk, sighting, roamer.resident_id):
        return False
    try:
        is_news = await record_crossing(
            desk.pool,
            sighting.subject_no,
            decision.crossing,
            desk.rules,
            seen_by="scan",
            notice_life=desk.notice_life,
            now=now,
        )
    except LocationConsentMissingError:
        return False
    # What installations remember is of before: each begins again from the crossing that is on record now.
    await desk.memory.forget(roamer.resident_id, await store.list_installations(desk.pool, roamer.resident_id))
    return is_news


async def _is_contradicted(desk: RoamingDesk, sighting: Sighting, resident_id: UUID) -> bool:
    """Whether a position that came after the scan says otherwise: a scanner without a network tells of it late."""
    for installation_id in await store.list_installations(desk.pool, resident_id):
        try:
            found = await desk.memory.recall(resident_id, installation_id)
        except MemoryAwayError:
            return False
        state = found.state
        is_elsewhere = state is not None and state.province not in {None, sighting.province}
        if state is not None and is_elsewhere and state.last_at > int(sighting.at.timestamp()):
            return True
    return False
