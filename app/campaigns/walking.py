"""The worker's walk: through all residents in the order of their ids, a page a transaction.

A page's notices and how far it has come are one commit, so a worker that is killed loses nobody and tells nobody twice;
each notice has the campaign for its dedupe key besides. The row is held meanwhile, so of several workers one has the
page, and the time of the next one is in the row, so the rate is kept however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from app.campaigns import segment_store, store
from app.campaigns.digesting import NEWEST, is_as_digested
from app.campaigns.model import Campaign, CampaignState, Walk
from app.campaigns.previewing import count_everybody
from app.campaigns.reading import TOPIC
from app.campaigns.rules import find_opening, pace
from app.campaigns.segment_store import Recipient
from app.campaigns.segments import PAGE, Chooser, choose
from app.database import FAULTS, Connection, Pool, transaction
from push.many import broadcast, is_crowded
from push.notices import Notice

log = structlog.get_logger()

MOST_WAITING = 4000
"""With so many of campaigns' notices waiting on a channel, campaigns wait too: so few go out after one is stopped."""
_MOST_PAGES = 50
"""Of a campaign at one turn, so that its state and the hour are looked at again."""
_MOST_CAMPAIGNS = 20
_WAIT = timedelta(seconds=1)
_TURN_SECONDS = 0.5
"""A page holds no more than what is to go out in this time."""


async def walk_campaigns(pool: Pool, home: str, now: datetime, *, served: Collection[str]) -> int:
    """A turn: every page that is due, of every campaign; answers with how many notices were queued.

    `served` are the channels that this deployment has lanes for.
    """
    queued = 0
    for campaign_id in await store.list_due(pool, now, NEWEST, _MOST_CAMPAIGNS):
        try:
            queued += await _walk(pool, campaign_id, home, now, served)
        except FAULTS:
            raise
        except Exception:
            log.exception("campaign.page-failed", campaign_id=str(campaign_id))
    return queued


async def _walk(pool: Pool, campaign_id: UUID, home: str, now: datetime, served: Collection[str]) -> int:
    queued = 0
    for _ in range(_MOST_PAGES):
        found = await walk_page(pool, campaign_id, home, now, served=served, most_waiting=MOST_WAITING)
        if found is None:
            break
        queued += found
    return queued


async def walk_page(
    pool: Pool, campaign_id: UUID, home: str, now: datetime, *, served: Collection[str], most_waiting: int
) -> int | None:
    """One page, if it is due and may go out now: how many notices it has. None: there is nothing to do at `now`."""
    async with transaction(pool) as db:
        campaign = await store.take_campaign(db, campaign_id, now, NEWEST)
        if campaign is None or not await _may_go_on(db, campaign, now):
            return None
        if await is_crowded(db, served=served, most=most_waiting, now=now):
            await _wait_until(db, campaign, now + _WAIT)
            return None
        return await _queue_page(db, campaign, home, now)


async def _may_go_on(db: Connection, campaign: Campaign, now: datetime) -> bool:
    content, campaign_id = campaign.content, campaign.campaign_id
    if content.expires_at <= now:
        await store.set_state(db, campaign_id, CampaignState.EXPIRED, now)
        log.info("campaign.expired", campaign_id=str(campaign_id))
        return False
    if not is_as_digested(campaign):
        await store.set_state(db, campaign_id, CampaignState.PAUSED, now)
        log.error("campaign.not-as-approved", campaign_id=str(campaign_id))
        return False
    opening = find_opening(content.window, now)
    if opening > now:
        await _wait_until(db, campaign, opening)
        return False
    return True


async def _wait_until(db: Connection, campaign: Campaign, at: datetime) -> None:
    await store.move_walk(db, campaign.campaign_id, msgspec.structs.replace(campaign.walk, due_at=at))


async def _queue_page(db: Connection, campaign: Campaign, home: str, now: datetime) -> int:
    walk, rate = campaign.walk, campaign.content.rate
    expected = walk.expected if walk.expected is not None else (await count_everybody(db, now)).count
    residents = await segment_store.list_residents(db, walk.after, PAGE)
    chosen = await choose(db, Chooser(campaign.content.segment, home), residents, now)
    most = min(PAGE, math.ceil(rate * _TURN_SECONDS))
    looked_at, told = _cut(residents, chosen, most)
    queued = await _queue(db, campaign, told, now) if told else 0
    moved = Walk(
        after=looked_at[-1].resident_id if looked_at else walk.after,
        due_at=pace(walk.due_at, len(told), rate, now),
        examined=walk.examined + len(looked_at),
        expected=expected,
        queued=walk.queued + queued,
    )
    await store.move_walk(db, campaign.campaign_id, moved)
    if len(looked_at) == len(residents) < PAGE:
        await store.set_state(db, campaign.campaign_id, CampaignState.FINISHED, now)
        log.info("campaign.finished", campaign_id=str(campaign.campaign_id), queued=moved.queued)
    return queued


def _cut(residents: list[Recipient], chosen: set[UUID], most: int) -> tuple[list[Recipient], list[Recipient]]:
    """Whom the page comes past, and whom of them it tells: it ends with the last one that it may still tell."""
    told: list[Recipient] = []
    for place, one in enumerate(residents):
        if one.resident_id not in chosen:
            continue
        if len(told) == most:
            return residents[:place], told
        told.append(one)
    return residents, told


async def _queue(db: Connection, campaign: Campaign, told: list[Recipient], now: datetime) -> int:
    notice = Notice(
        routing_key=told[0].subject_no,
        recipient=told[0].resident_id,
        channel="inbox",
        topic=TOPIC,
        dedupe_key=f"{TOPIC}:{campaign.campaign_id}",
        data={"campaign_id": str(campaign.campaign_id)},
        created_at=now,
        due_at=now,
        expires_at=campaign.content.expires_at,
    )
    return await broadcast(db, notice, [(one.subject_no, one.resident_id) for one in told])
