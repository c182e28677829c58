"""Choosing recipients: which of a page of residents are in a segment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from uuid import UUID

import msgspec

from app.campaigns import segment_store as store
from app.campaigns.model import Segment, SegmentKind
from app.campaigns.rules import ENTERPRISE_KINDS
from app.campaigns.segment_store import Recipient
from app.database import Executor
from app.errors import InvalidError
from app.licences.model import HolderKind
from app.licences.types import get_types

PAGE = 2000
"""Residents looked at by one statement."""
_AGREED = 2
"""The version of the consent to positions whose words speak of notices that concern a province."""
_BEIJING = timezone(timedelta(hours=8))


class Chooser(msgspec.Struct, frozen=True):
    """A segment, and what choosing by it takes."""

    segment: Segment
    home: str
    """The deployment's own province: who is not known to be elsewhere is there."""


async def choose(db: Executor, chooser: Chooser, residents: Sequence[Recipient], now: datetime) -> set[UUID]:
    """Those of a page who are in the segment now, by their ids."""
    segment, ids = chooser.segment, [one.resident_id for one in residents]
    if not residents:
        return set()
    match segment.kind:
        case SegmentKind.ALL:
            return set(ids)
        case SegmentKind.LICENCE:
            return await store.list_holders(db, ids, segment.value, now.astimezone(_BEIJING).date())
        case SegmentKind.ENTERPRISE:
            return await _choose_acting(db, ids, ENTERPRISE_KINDS[segment.value], now)
        case SegmentKind.PROVINCE:
            return await _choose_present(db, chooser, residents)


async def _choose_present(db: Executor, chooser: Chooser, residents: Sequence[Recipient]) -> set[UUID]:
    """By where they last came to; who never said that this may be used is taken to be at home, as all others are."""
    agreeing = await store.list_agreeing(db, [one.resident_id for one in residents], _AGREED)
    known = [one.subject_no for one in residents if one.resident_id in agreeing]
    last = await store.list_whereabouts(db, known) if known else {}
    return {one.resident_id for one in residents if last.get(one.subject_no, chooser.home) == chooser.segment.value}


async def _choose_acting(db: Executor, resident_ids: Sequence[UUID], kinds: Sequence[str], now: datetime) -> set[UUID]:
    acting = await store.list_acting(db, resident_ids, now)
    if not acting:
        return set()
    companies = await store.list_companies(db, {company_id for _, company_id in acting}, kinds)
    return {resident_id for resident_id, company_id in acting if company_id in companies}


async def require_segment(db: Executor, segment: Segment) -> None:
    """Raises InvalidError where a kind of licence is not there, or is a company's."""
    if segment.kind is not SegmentKind.LICENCE:
        return
    kind = (await get_types(db)).get(segment.value)
    if kind is None or kind.holder is not HolderKind.RESIDENT:
        raise InvalidError("/segment/value", "There is no such kind of licence that residents hold.")
