"""What messages of campaigns say, for whoever shows them: the words of the campaign's row, which never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.campaigns import store
from app.campaigns.model import CampaignText
from app.database import Executor
from push.wordings import TopicRule

TOPIC = "campaign"
PUSHED = TopicRule(category="campaigns", is_silent=True, has_more=False)
"""How it is pushed: nobody waits for it, and everybody may do without."""


async def get_texts(db: Executor, campaign_ids: Sequence[UUID]) -> Mapping[UUID, CampaignText]:
    """By campaign; one that was cancelled keeps its words, for those who have its message."""
    return await store.list_texts(db, campaign_ids)
