"""What a campaign would be: how many it would reach, and what of its words a locked screen shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.campaigns import segment_store as store
from app.campaigns.model import CampaignContent, Reach, SegmentKind
from app.campaigns.reading import PUSHED
from app.campaigns.rules import check_content, estimate
from app.campaigns.segments import PAGE, Chooser, choose, require_segment
from app.database import Executor, Pool
from app.people.model import ResidentCaller
from app.people.quotas import HOUR, require_quota
from app.sealing import Vault
from push.rendering import read_screen
from push.shortening import clean_line, shorten
from push.wordings import Spoken

_PERCENTS = (0.1, 1.0, 10.0)
_WHOLE = 100.0
_ENOUGH = 10_000
"""Residents that make a sample: where even a tenth of them are fewer, all are counted."""
_LONGEST_CARD = 20
"""Characters of a `thing`, the field of a WeChat template that takes any words."""


class Screen(msgspec.Struct, frozen=True):
    """What is seen in one language before anything is opened."""

    title: str
    body: str
    card: str
    """The title as a mini-program's card has it."""


class Preview(msgspec.Struct, frozen=True):
    """How many would get it, and how it looks."""

    reach: Reach
    chinese: Screen
    english: Screen


async def preview_draft(
    pool: Pool, vault: Vault, caller: ResidentCaller, content: CampaignContent, *, home: str, most: int, now: datetime
) -> Preview:
    """The preview of what an operator has written and not kept yet; each has so many of them an hour."""
    check_content(content, now)
    await require_segment(pool, content.segment)
    await require_quota(pool, vault, f"campaign-preview:{caller.resident_id}", most, HOUR, now)
    return await preview_campaign(pool, content, home, now)


async def preview_campaign(db: Executor, content: CampaignContent, home: str, now: datetime) -> Preview:
    """Asks and renders, and keeps nothing."""
    reach = await count_reach(db, Chooser(content.segment, home), now)
    words = [(content.title.zh, content.body.zh), (content.title.en, content.body.en)]
    chinese, english = (render(title, body, content.link) for title, body in words)
    return Preview(reach, chinese, english)


def render(title: str, body: str, link: str) -> Screen:
    """The words as they go to a phone, cut where they are cut on the way there."""
    shown = read_screen(Spoken(title=title, body=body, link=link), PUSHED)
    return Screen(*shown, card=shorten(clean_line(title), _LONGEST_CARD))


async def count_everybody(db: Executor, now: datetime) -> Reach:
    """How many residents there are; about, where there are many."""
    percent, found = await _find_percent(db)
    return _reach(found, percent, now)


async def count_reach(db: Executor, chooser: Chooser, now: datetime) -> Reach:
    """How many are in a segment: of a small deployment all are asked after, of a large one a sample of whole blocks."""
    percent, found = await _find_percent(db)
    if chooser.segment.kind is SegmentKind.ALL:
        return _reach(found, percent, now)
    sample = await store.sample_residents(db, percent)
    matched: Counter[int] = Counter()
    for start in range(0, len(sample), PAGE):
        page = sample[start : start + PAGE]
        chosen = await choose(db, chooser, [resident for resident, _ in page], now)
        matched.update(block for resident, block in page if resident.resident_id in chosen)
    return _reach(list(matched.values()), percent, now)


async def _find_percent(db: Executor) -> tuple[float, list[int]]:
    """How large a sample must be, and what its blocks have: a small one first, so that none costs much."""
    for percent in _PERCENTS:
        found = await store.count_sample(db, percent)
        if sum(found) >= _ENOUGH:
            return percent, found
    return _WHOLE, await store.count_sample(db, _WHOLE)


def _reach(found: Sequence[int], percent: float, now: datetime) -> Reach:
    if percent == _WHOLE:
        return Reach(sum(found), sum(found), sum(found), is_exact=True, at=now)
    count, low, high = estimate(found, percent)
    return Reach(count, low, high, is_exact=False, at=now)
