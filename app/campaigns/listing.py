"""Finding campaigns again."""

from __future__ import annotations

from uuid import UUID

from app.campaigns import store
from app.campaigns.model import Campaign
from app.database import Executor
from app.errors import NotFoundError


async def list_campaigns(db: Executor, *, before: UUID | None, limit: int) -> list[Campaign]:
    """All of them, newest first."""
    return await store.list_campaigns(db, before=before, limit=limit)


async def require_campaign(db: Executor, campaign_id: UUID) -> Campaign:
    """The campaign; raises NotFoundError."""
    campaign = await store.get_campaign(db, campaign_id)
    if campaign is None:
        raise NotFoundError
    return campaign
