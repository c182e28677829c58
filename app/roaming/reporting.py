"""A position is reported: turned into a province in memory, held against what is remembered, and forgotten."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.errors import RefusedError
from app.people.model import ResidentCaller
from app.people.rules import require_own_eyes
from app.roaming.datums import Datum, to_wgs84
from app.roaming.desk import RoamingDesk
from app.roaming.errors import BackgroundConsentMissingError, LocationConsentMissingError
from app.roaming.model import VERSION, Crossing, Decision, Fix, Position, Reason, State
from app.roaming.positioning import find_position
from app.roaming.recording import Roamer, record_crossing, require_roamer
from app.roaming.remembering import MemoryAwayError, Remembered
from app.roaming.rules import decide, is_roaming, is_usable

_ATTEMPTS = 3
"""Of reports of one installation at once, each is decided on what the one before has left."""
_BLANK = State(VERSION, None, 0)
BELIEVED = frozenset({Reason.FIRST, Reason.STAYING, Reason.WAVERING, Reason.CROSSED})
"""Why a position is taken for where somebody is: of others no city is told, but why they were not."""


class Report(msgspec.Struct, frozen=True):
    """A position as a phone tells it."""

    longitude: float
    latitude: float
    datum: Datum
    accuracy: float
    fixed_at: datetime
    in_background: bool


class Whereabouts(msgspec.Struct, frozen=True):
    """What a report is answered: the province that is known, and whether somebody has just come into it."""

    province: str | None
    city: str | None
    roaming: bool
    crossing: Crossing | None
    reason: Reason


async def report_location(desk: RoamingDesk, caller: ResidentCaller, report: Report, now: datetime) -> Whereabouts:
    """Decides on one position. Late, inexact and impossible ones are answered too, by what is known without them."""
    require_own_eyes(caller)
    boundaries = await desk.boundaries.require()
    longitude, latitude = to_wgs84(report.longitude, report.latitude, report.datum)
    fix = Fix(longitude, latitude, report.accuracy, int(report.fixed_at.timestamp()), int(now.timestamp()))
    crossed: Crossing | None = None
    attempts = 0
    while True:
        attempts += 1
        before, is_kept = await _recall(desk, caller, report, fix, now)
        position = find_position(boundaries, longitude, latitude, before.state)
        decision = decide(before.state, before.trace, fix, position, desk.rules)
        if decision.crossing is not None and await _record(desk, caller, report, decision.crossing, now):
            crossed = decision.crossing
        if not is_kept or await _keep(desk, before, decision):
            break
        if attempts == _ATTEMPTS:
            return _answer(desk, position, decision, crossed)
    if is_kept and not before.written:
        await _require_still(desk, caller, report, before, now)
    return _answer(desk, position, decision, crossed or decision.crossing)


async def _recall(
    desk: RoamingDesk, caller: ResidentCaller, report: Report, fix: Fix, now: datetime
) -> tuple[Remembered, bool]:
    """What is remembered, or what PostgreSQL has instead; and whether anything can be kept. Raises without consent.

    What an installation remembers from long ago is held against the record, since its resident may have travelled; not
    for a position that changes nothing, or one that never has an exact one would ask each time.
    """
    is_kept, found = True, Remembered()
    try:
        found = await desk.memory.recall(caller.resident_id, caller.installation_id)
    except MemoryAwayError:
        is_kept = False
    state = found.state
    was_silent = state is not None and now.timestamp() - state.last_at >= desk.rules.quiet_span / 2
    is_doubted = was_silent and is_usable(fix, desk.rules)
    if state is not None and not is_doubted and (found.in_background or not report.in_background):
        return found, is_kept
    roamer = await _require_consent(desk, caller, report, now)
    if state is None or (is_doubted and roamer.state.last_at > state.last_at):
        state = roamer.state
    return msgspec.structs.replace(found, state=state, in_background=roamer.in_background), is_kept


async def _require_consent(desk: RoamingDesk, caller: ResidentCaller, report: Report, now: datetime) -> Roamer:
    roamer = await require_roamer(desk.pool, caller.subject_no, desk.rules, now)
    if report.in_background and not roamer.in_background:
        raise BackgroundConsentMissingError
    return roamer


async def _record(desk: RoamingDesk, caller: ResidentCaller, report: Report, crossing: Crossing, now: datetime) -> bool:
    """Whether it is news. Before anything is remembered: what is not recorded is found again by the next report."""
    try:
        return await record_crossing(
            desk.pool,
            caller.subject_no,
            crossing,
            desk.rules,
            seen_by="fix",
            in_background=report.in_background,
            notice_life=desk.notice_life,
            now=now,
        )
    except LocationConsentMissingError:
        await _forget(desk, caller)
        await _require_consent(desk, caller, report, now)  # says which of the two
        raise


async def _keep(desk: RoamingDesk, before: Remembered, decision: Decision) -> bool:
    """False where another report, or a withdrawal, came between."""
    try:
        return await desk.memory.replace(before, decision.state or _BLANK, decision.trace)
    except MemoryAwayError:
        return True


async def _require_still(
    desk: RoamingDesk, caller: ResidentCaller, report: Report, before: Remembered, now: datetime
) -> None:
    """Asks once more where there was nothing to be replaced: a withdrawal in between found nothing to erase."""
    try:
        roamer = await _require_consent(desk, caller, report, now)
    except RefusedError:
        await _forget(desk, caller)
        raise
    if before.in_background != roamer.in_background:
        await _forget(desk, caller)


async def _forget(desk: RoamingDesk, caller: ResidentCaller) -> None:
    await desk.memory.forget(caller.resident_id, [caller.installation_id])


def _answer(desk: RoamingDesk, position: Position, decision: Decision, crossed: Crossing | None) -> Whereabouts:
    state = decision.state
    province = None if state is None else state.province
    city = position.city if decision.reason in BELIEVED and position.province == province else None
    return Whereabouts(province, city, is_roaming(state, desk.rules), crossed, decision.reason)
