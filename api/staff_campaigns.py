"""Campaigns, for operators: written by one, let go by another, watched and stopped by any."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest
from api.campaign_wire import (
    CampaignIn,
    CampaignOut,
    CampaignsOut,
    PreviewOut,
    show_campaign,
    show_preview,
)
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from api.staff_proposals import show_proposal
from api.staff_wire import ProposalOut, ReasonIn
from app.campaigns import drafting, governing
from app.campaigns.counting import read_figures
from app.campaigns.listing import list_campaigns, require_campaign
from app.campaigns.model import Campaign, CampaignState
from app.campaigns.previewing import preview_draft
from app.database import Executor
from app.staff import proposing
from app.staff.campaign_acts import SEND
from app.staff.registry import Draft

_PROPOSED = 202
_GOVERNING = ("not-found", "campaign-state")


class CampaignController(Controller):
    """What operators tell a segment of the residents."""

    path = "/v1/desk/campaigns"

    @post(
        "/preview",
        operation_id="previewCampaign",
        summary="How many a campaign would reach, and how it looks; nothing is kept",
        status_code=200,
        **answers(Audience.OPERATOR, "too-many-requests", tag="desk"),
    )
    async def preview_campaign(self, request: ResidentRequest, data: JSONBody[CampaignIn]) -> Response[PreviewOut]:
        services, moment = services_of(request), now()
        preview = await preview_draft(
            services.pool,
            services.vault,
            request.user,
            data.to_content(moment),
            home=services.settings.province,
            most=services.settings.campaign_previews_per_hour,
            now=moment,
        )
        return Response(show_preview(preview), headers=NO_STORE)

    @post(
        operation_id="draftCampaign",
        summary="Write a campaign; what it says never changes from here on, and nothing goes out yet",
        **answers(
            Audience.OPERATOR,
            "idempotency-key-reused",
            "request-in-progress",
            tag="desk",
            records="campaign.drafted",
        ),
    )
    async def draft_campaign(
        self, request: ResidentRequest, data: JSONBody[CampaignIn], idempotency_key: IdempotencyKey = None
    ) -> Response[CampaignOut]:
        services, moment = services_of(request), now()

        async def act(db: Executor) -> CampaignOut:
            content = data.to_content(moment)
            campaign = await drafting.draft_campaign(db, services.vault, request.user, content, moment)
            return await _show(db, campaign)

        return await answer_once(request, idempotency_key, act)

    @get(
        operation_id="listCampaigns",
        summary="Campaigns, newest first, with how far each has come",
        **answers(Audience.OVERSIGHT, tag="desk"),
    )
    async def list_campaigns(
        self,
        request: ResidentRequest,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[CampaignsOut]:
        pool, moment = services_of(request).pool, now()
        found = await list_campaigns(pool, before=cursor, limit=limit + 1)
        figures = await read_figures(pool, [one.campaign_id for one in found[:limit]])
        items = [show_campaign(one, figures, moment) for one in found[:limit]]
        return Response(CampaignsOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @get(
        "/{campaign_id:uuid}",
        operation_id="getCampaign",
        summary="A campaign, how far it has come, and what became of it by channel",
        **answers(Audience.OVERSIGHT, "not-found", tag="desk"),
    )
    async def get_campaign(self, request: ResidentRequest, campaign_id: FromPath[UUID]) -> Response[CampaignOut]:
        pool = services_of(request).pool
        return Response(await _show(pool, await require_campaign(pool, campaign_id)), headers=NO_STORE)

    @post(
        "/{campaign_id:uuid}/test",
        operation_id="testCampaign",
        summary="Send it to one's own account alone, marked as a test",
        status_code=204,
        **answers(Audience.OPERATOR, "not-found", "too-many-requests", tag="desk", records="campaign.tested"),
    )
    async def test_campaign(self, request: ResidentRequest, campaign_id: FromPath[UUID]) -> None:
        services = services_of(request)
        most = services.settings.campaign_tests_per_hour
        await drafting.try_campaign(services.pool, services.vault, request.user, campaign_id, most=most, now=now())

    @post(
        "/{campaign_id:uuid}/propose",
        operation_id="proposeCampaign",
        summary="Propose to send it; a second operator lets it go",
        status_code=_PROPOSED,
        **answers(Audience.OPERATOR, *_GOVERNING, "session-expired", tag="desk", records="proposal.made"),
    )
    async def propose_campaign(
        self, request: ResidentRequest, campaign_id: FromPath[UUID], data: JSONBody[ReasonIn]
    ) -> Response[ProposalOut]:
        services = services_of(request)
        draft = Draft(kind=SEND, reason=data.reason, campaign_id=campaign_id)
        proposal = await proposing.propose_act(services.pool, services.vault, services.acts, request.user, draft, now())
        shown = await show_proposal(request, services.pool, proposal)
        return Response(shown, status_code=_PROPOSED, headers=NO_STORE)

    @post(
        "/{campaign_id:uuid}/pause",
        operation_id="pauseCampaign",
        summary="Let nothing more of it go out, within a second",
        status_code=200,
        **answers(Audience.OPERATOR, *_GOVERNING, tag="desk", records="campaign.paused"),
    )
    async def pause_campaign(self, request: ResidentRequest, campaign_id: FromPath[UUID]) -> Response[CampaignOut]:
        return await _govern(request, campaign_id, CampaignState.PAUSED)

    @post(
        "/{campaign_id:uuid}/resume",
        operation_id="resumeCampaign",
        summary="Let it go on where it was",
        status_code=200,
        **answers(Audience.OPERATOR, *_GOVERNING, tag="desk", records="campaign.resumed"),
    )
    async def resume_campaign(self, request: ResidentRequest, campaign_id: FromPath[UUID]) -> Response[CampaignOut]:
        return await _govern(request, campaign_id, CampaignState.RUNNING)

    @post(
        "/{campaign_id:uuid}/cancel",
        operation_id="cancelCampaign",
        summary="End it for good; who has its message keeps it",
        status_code=200,
        **answers(Audience.OPERATOR, *_GOVERNING, tag="desk", records="campaign.cancelled"),
    )
    async def cancel_campaign(
        self, request: ResidentRequest, campaign_id: FromPath[UUID], data: JSONBody[ReasonIn]
    ) -> Response[CampaignOut]:
        return await _govern(request, campaign_id, CampaignState.CANCELLED, reason=data.reason)


async def _govern(
    request: ResidentRequest, campaign_id: UUID, state: CampaignState, *, reason: str | None = None
) -> Response[CampaignOut]:
    services = services_of(request)
    campaign = await governing.govern(
        services.pool, services.vault, request.user, campaign_id, state, reason=reason, now=now()
    )
    return Response(await _show(services.pool, campaign), headers=NO_STORE)


async def _show(db: Executor, campaign: Campaign) -> CampaignOut:
    return show_campaign(campaign, await read_figures(db, [campaign.campaign_id]), now())
