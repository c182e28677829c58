"""A campaign that runs is paused, resumed and cancelled by any operator: to stop takes no second person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.campaigns import store
from app.campaigns.drafting import hold_campaign
from app.campaigns.errors import CampaignStateError
from app.campaigns.model import Campaign, CampaignState
from app.database import Pool, transaction
from app.people.acting import record_office_act
from app.people.model import ResidentCaller, Role
from app.sealing import Vault

_MAY_BECOME: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.PAUSED: frozenset({CampaignState.RUNNING}),
    CampaignState.RUNNING: frozenset({CampaignState.PAUSED}),
    CampaignState.CANCELLED: frozenset(
        {CampaignState.DRAFTED, CampaignState.PROPOSED, CampaignState.RUNNING, CampaignState.PAUSED}
    ),
}
_ACTS: Mapping[CampaignState, str] = {
    CampaignState.PAUSED: "campaign.paused",
    CampaignState.RUNNING: "campaign.resumed",
    CampaignState.CANCELLED: "campaign.cancelled",
}


async def govern(
    pool: Pool,
    vault: Vault,
    caller: ResidentCaller,
    campaign_id: UUID,
    state: CampaignState,
    *,
    reason: str | None = None,
    now: datetime,
) -> Campaign:
    """Pauses, resumes or cancels it; raises CampaignStateError where that is none of what may become of it.

    A worker's page is waited for, for a moment; it takes no other one once this is committed.
    """
    async with transaction(pool) as db:
        campaign = await hold_campaign(db, campaign_id)
        if campaign.state_at(now) not in _MAY_BECOME[state]:
            raise CampaignStateError
        await store.set_state(db, campaign_id, state, now)
        await record_office_act(
            db, vault, caller, _ACTS[state], role=Role.OPERATOR, object_id=campaign_id, reason=reason, now=now
        )
        return await hold_campaign(db, campaign_id)
