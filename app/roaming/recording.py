"""Crossings in PostgreSQL: recorded once, told once a person and province, and what is known of somebody by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from app.database import Executor
from app.identifiers import new_id
from app.roaming import store
from app.roaming.errors import LocationConsentMissingError
from app.roaming.model import VERSION, Crossing, CrossingRules, State, Told
from app.roaming.rules import rebuild

Seen = Literal["fix", "scan"]


class Roamer(msgspec.Struct, frozen=True):
    """Somebody whose consent stands: where their last crossing on record led, and what they were told of since."""

    resident_id: UUID
    state: State
    in_background: bool


async def require_roamer(db: Executor, subject_no: int, rules: CrossingRules, now: datetime) -> Roamer:
    """One read by the subject; raises LocationConsentMissingError."""
    roamer = await get_roamer(db, subject_no, rules, now)
    if roamer is None:
        raise LocationConsentMissingError
    return roamer


async def get_roamer(db: Executor, subject_no: int, rules: CrossingRules, now: datetime) -> Roamer | None:
    """None where consent does not stand."""
    rows = await store.read_roamer(db, subject_no)
    if not rows:
        return None
    crossings = [row for row in rows if row["crossed_at"] is not None]
    state = State(VERSION, None, 0)
    if crossings:
        quiet_since = now - timedelta(seconds=rules.quiet_span)
        told: dict[str, int] = {}
        for row in crossings:
            if row["told_at"] is not None and row["told_at"] > quiet_since:
                told.setdefault(row["to_province"], int(row["told_at"].timestamp()))
        last = crossings[0]
        state = rebuild(
            last["to_province"], int(last["crossed_at"].timestamp()), tuple(Told(*one) for one in told.items())
        )
    return Roamer(rows[0]["resident_id"], state, rows[0]["in_background"])


async def record_crossing(
    db: Executor,
    subject_no: int,
    crossing: Crossing,
    rules: CrossingRules,
    *,
    seen_by: Seen,
    in_background: bool = False,
    notice_life: timedelta,
    now: datetime,
) -> bool:
    """Whether it is news, and not what another installation or a scan has told already.

    Raises LocationConsentMissingError where the consent was withdrawn meanwhile.
    """
    outcome = await store.record_crossing(
        db,
        store.CrossingRow(
            subject_no=subject_no,
            crossing_id=new_id(),
            from_province=crossing.from_province,
            to_province=crossing.to_province,
            crossed_at=datetime.fromtimestamp(crossing.at, UTC),
            seen_by=seen_by,
            in_background=in_background,
            is_told=crossing.to_province != rules.home,
            quiet_since=now - timedelta(seconds=rules.quiet_span),
            now=now,
            notice_id=new_id(),
            notice_expires_at=now + notice_life,
        ),
    )
    if outcome == "no-consent":
        raise LocationConsentMissingError
    return outcome != "known"
