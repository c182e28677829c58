"""Campaigns and a crowd of their own to tell: residents without accounts, under fresh ids, behind everybody else's."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.campaigns import store
from app.campaigns.digesting import NEWEST, digest_content
from app.campaigns.drafting import let_run, mark_proposed
from app.campaigns.model import Campaign, CampaignContent, CampaignState, Said, Segment, Walk, Window
from app.campaigns.segment_store import Recipient
from app.database import Pool, transaction
from app.identifiers import new_id
from push.addresses import CHANNELS

NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)
"""Noon in Beijing."""
HOME = "31"
LANES = ("inbox", *CHANNELS)
BEGINNING = UUID(int=0)


def make_content(**given: Any) -> CampaignContent:
    """A campaign to everybody, from NOON on; anything can be said otherwise."""
    fields: dict[str, Any] = {
        "title": Said("社保卡可以在手机上展示了", "Show your social security card on the phone"),
        "body": Said("打开「我的证照」即可查看。", "Open My licences to see it."),
        "link": "/resident#/wallet",
        "segment": Segment(),
        "rate": 1000,
        "window": Window(time(9), time(20)),
        "starts_at": NOON,
        "expires_at": NOON + timedelta(days=2),
    }
    return CampaignContent(**(fields | given))


async def keep(pool: Pool, content: CampaignContent, *, after: UUID = BEGINNING) -> Campaign:
    """Drafts it without anybody's office, to begin behind `after`."""
    campaign = Campaign(
        campaign_id=new_id(),
        content=content,
        digest=digest_content(content),
        digest_version=NEWEST,
        state=CampaignState.DRAFTED,
        drafted_by=new_id(),
        drafted_at=NOON,
        approve_by=None,
        approved_at=None,
        ended_at=None,
        walk=Walk(after, content.starts_at),
    )
    async with transaction(pool) as db:
        await store.insert_campaign(db, campaign)
    return campaign


async def launch(pool: Pool, content: CampaignContent, *, after: UUID = BEGINNING) -> UUID:
    """A campaign that two persons let run."""
    campaign = await keep(pool, content, after=after)
    async with transaction(pool) as db:
        await mark_proposed(db, campaign.campaign_id, life=timedelta(hours=24), now=NOON)
        await let_run(db, campaign.campaign_id, campaign.digest, NOON)
    return campaign.campaign_id


class Crowd(msgspec.Struct, frozen=True):
    """Residents who registered one after another, and the id before the first of them."""

    before: UUID
    people: list[Recipient]

    @property
    def ids(self) -> set[UUID]:
        return {one.resident_id for one in self.people}


async def gather(pool: Pool, count: int) -> Crowd:
    """Rows of residents alone: what a campaign walks through."""
    before = new_id()
    people = [Recipient(one := new_id(), one.int & (2**62 - 1)) for _ in range(count)]
    await pool.executemany(
        "INSERT INTO residents (resident_id, subject_no, created_at) VALUES ($1, $2, $3)",
        [(one.resident_id, one.subject_no, NOON) for one in people],
    )
    return Crowd(before, people)


async def list_told(pool: Pool, campaign_id: UUID) -> list[UUID]:
    """Whom it told, each as often as it did, over all channels."""
    rows = await pool.fetch(
        "SELECT recipient FROM outbox WHERE topic = 'campaign' AND data ->> 'campaign_id' = $1", str(campaign_id)
    )
    return [row["recipient"] for row in rows]


async def read(pool: Pool, campaign_id: UUID) -> Campaign:
    found = await store.get_campaign(pool, campaign_id)
    assert found is not None
    return found
