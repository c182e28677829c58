"""From a draft to a campaign that may run: written by one person, tried on themself, let go by another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from app.campaigns import store
from app.campaigns.digesting import NEWEST, digest_content, is_as_digested
from app.campaigns.errors import CampaignStateError
from app.campaigns.listing import require_campaign
from app.campaigns.model import Campaign, CampaignContent, CampaignState, Walk
from app.campaigns.reading import TOPIC
from app.campaigns.rules import check_content
from app.campaigns.segments import require_segment
from app.database import Connection, Executor, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.people.acting import record_office_act
from app.people.model import ResidentCaller, Role
from app.people.quotas import HOUR, require_quota
from app.sealing import Vault
from push.notices import Notice
from push.outbox import enqueue

_BEGINNING = UUID(int=0)
_TEST_LIFE = timedelta(hours=1)


async def draft_campaign(
    db: Executor, vault: Vault, caller: ResidentCaller, content: CampaignContent, now: datetime
) -> Campaign:
    """Keeps what a campaign is to say, for good: other words are another draft."""
    check_content(content, now)
    content = _settle(content)
    async with transaction(db) as connection:
        await require_segment(connection, content.segment)
        campaign = Campaign(
            campaign_id=new_id(),
            content=content,
            digest=digest_content(content),
            digest_version=NEWEST,
            state=CampaignState.DRAFTED,
            drafted_by=caller.resident_id,
            drafted_at=now,
            approve_by=None,
            approved_at=None,
            ended_at=None,
            walk=Walk(_BEGINNING, content.starts_at),
        )
        await store.insert_campaign(connection, campaign)
        await record_office_act(
            connection, vault, caller, "campaign.drafted", role=Role.OPERATOR, object_id=campaign.campaign_id, now=now
        )
    return campaign


def _settle(content: CampaignContent) -> CampaignContent:
    """In whole minutes and seconds of UTC, as the database gives them back: the digest is of what is kept."""
    begins, ends = (at.replace(second=0, microsecond=0) for at in (content.window.begins, content.window.ends))
    return msgspec.structs.replace(
        content,
        window=msgspec.structs.replace(content.window, begins=begins, ends=ends),
        starts_at=content.starts_at.astimezone(UTC).replace(microsecond=0),
        expires_at=content.expires_at.astimezone(UTC).replace(microsecond=0),
    )


async def try_campaign(
    db: Executor, vault: Vault, caller: ResidentCaller, campaign_id: UUID, *, most: int, now: datetime
) -> None:
    """Sends it to the caller's own account alone, marked as a test; so many times an hour."""
    await require_quota(db, vault, f"campaign-test:{caller.resident_id}", most, HOUR, now)
    async with transaction(db) as connection:
        campaign = await require_campaign(connection, campaign_id)
        notice_id = new_id()
        notice = Notice(
            routing_key=caller.subject_no,
            notice_id=notice_id,
            recipient=caller.resident_id,
            channel="inbox",
            topic=TOPIC,
            dedupe_key=f"campaign-test:{notice_id}",
            data={"campaign_id": str(campaign.campaign_id), "test": "true"},
            created_at=now,
            due_at=now,
            expires_at=now + _TEST_LIFE,
        )
        await enqueue(connection, notice)
        await record_office_act(
            connection, vault, caller, "campaign.tested", role=Role.OPERATOR, object_id=campaign_id, now=now
        )


async def hold_campaign(db: Connection, campaign_id: UUID) -> Campaign:
    """Held until the transaction ends."""
    campaign = await store.hold_campaign(db, campaign_id)
    if campaign is None:
        raise NotFoundError
    return campaign


async def mark_proposed(db: Connection, campaign_id: UUID, *, life: timedelta, now: datetime) -> Campaign:
    """A draft waits for the second person from here on."""
    campaign = await hold_campaign(db, campaign_id)
    if campaign.state_at(now) is not CampaignState.DRAFTED or campaign.content.expires_at <= now:
        raise CampaignStateError
    await store.mark_proposed(db, campaign_id, now + life)
    return campaign


async def let_run(db: Connection, campaign_id: UUID, digest: bytes, now: datetime) -> None:
    """What the second person read, by its digest, may run; nothing else may."""
    campaign = await hold_campaign(db, campaign_id)
    if campaign.digest != digest or not is_as_digested(campaign):
        raise CampaignStateError("It says something else than what was proposed.")
    if campaign.state_at(now) is not CampaignState.PROPOSED or campaign.content.expires_at <= now:
        raise CampaignStateError
    await store.mark_approved(db, campaign_id, now, max(now, campaign.content.starts_at))


async def mark_rejected(db: Connection, campaign_id: UUID, now: datetime) -> None:
    """The second person's no."""
    campaign = await store.hold_campaign(db, campaign_id)
    if campaign is not None and campaign.state is CampaignState.PROPOSED:
        await store.set_state(db, campaign_id, CampaignState.REJECTED, now)
