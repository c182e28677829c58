"""What messages of campaigns say, for whoever shows them: the words of the campaign's row, which nobody changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from app.campaigns import store
from app.campaigns.digesting import is_altered
from app.campaigns.model import CampaignText, write_text
from app.database import Executor
from push.wordings import TopicRule

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

TOPIC = "campaign"
PUSHED = TopicRule(category="campaigns", is_silent=True, has_more=False)
"""How it is pushed: nobody waits for it, and everybody may do without."""


async def get_texts(db: Executor, campaign_ids: Sequence[UUID]) -> Mapping[UUID, CampaignText]:
    """By campaign; one that was cancelled keeps its words, for those who have its message."""
    return await store.list_texts(db, campaign_ids)


async def get_approved_texts(db: Executor, campaign_ids: Sequence[UUID]) -> Mapping[UUID, CampaignText]:
    """For phones: what the second person approved, and nothing of a campaign whose row says something else by now.

    It is told all the same where its digest is by a list newer than those known here: whoever queued it knew the list,
    and a push that is left out is lost.
    """
    texts: dict[UUID, CampaignText] = {}
    for campaign in await store.load_campaigns(db, campaign_ids):
        if is_altered(campaign):
            log.error("campaign.not-as-approved", campaign_id=str(campaign.campaign_id))
        else:
            texts[campaign.campaign_id] = write_text(campaign)
    return texts
