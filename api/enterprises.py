"""Companies: claimed by their legal representatives, who let others act for them; and what those others answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import AnyRequest, Audience, ResidentRequest
from api.enterprise_wire import (
    LAST,
    ClaimIn,
    DelegationIn,
    DelegationInvitationsOut,
    DelegationsOut,
    MandatesOut,
    ScopesOut,
)
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from app.database import Executor
from app.enterprises import accepting, claiming, delegating, showing
from app.enterprises.delegating import Grant
from app.enterprises.model import Delegation, Mandate

_LONGEST_BODY = 8 * 2**10
_UNTRUSTED = ("identity-not-verified", "installation-not-approved", "session-expired")
_REPRESENTED = (*_UNTRUSTED, "not-found", "enterprise-not-active")
_TAG = "enterprises"


class EnterpriseController(Controller):
    """A representative's companies."""

    path = "/v1/me/enterprises"
    request_max_body_size = _LONGEST_BODY

    @get(
        operation_id="listEnterprises",
        summary="The companies for which I show codes, as their legal representative or their delegate",
        **answers(Audience.RESIDENT, *_UNTRUSTED, tag=_TAG, reads_input=False),
    )
    async def list_enterprises(self, request: ResidentRequest) -> Response[MandatesOut]:
        found = await showing.list_mandates(services_of(request).enterprises, request.user, now())
        return Response(MandatesOut(found), headers=NO_STORE)

    @post(
        operation_id="claimEnterprise",
        summary="Become a company's representative, where the registry confirms it; again is the same as once",
        **answers(
            Audience.RESIDENT,
            *_UNTRUSTED,
            "enterprise-unknown",
            "enterprise-not-active",
            "representative-not-confirmed",
            "registry-not-offered",
            "provider-unavailable",
            "provider-refused",
            "too-many-requests",
            tag=_TAG,
        ),
    )
    async def claim_enterprise(self, request: ResidentRequest, data: JSONBody[ClaimIn]) -> Response[Mandate]:
        desk = services_of(request).enterprises
        claimed = await claiming.claim_company(desk, request.user, data.unified_social_credit_code, now())
        return Response(claimed, headers=NO_STORE)

    @get(
        "/{company_id:uuid}/delegations",
        operation_id="listDelegations",
        summary="Who may act for my company, who is invited, and when each code was last used",
        **answers(Audience.RESIDENT, *_REPRESENTED, tag=_TAG),
    )
    async def list_delegations(
        self,
        request: ResidentRequest,
        company_id: FromPath[UUID],
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[DelegationsOut]:
        found = await delegating.list_delegations(
            services_of(request).enterprises,
            request.user,
            company_id,
            before=cursor or LAST,
            limit=limit + 1,
            now=now(),
        )
        items = found[:limit]
        return Response(DelegationsOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @post(
        "/{company_id:uuid}/delegations",
        operation_id="inviteDelegate",
        summary="Invite somebody to act for my company; whether the phone has an account is told to nobody",
        **answers(
            Audience.RESIDENT,
            *_REPRESENTED,
            "too-many-requests",
            "idempotency-key-reused",
            "request-in-progress",
            tag=_TAG,
        ),
    )
    async def invite_delegate(
        self,
        request: ResidentRequest,
        company_id: FromPath[UUID],
        data: JSONBody[DelegationIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Delegation]:
        grant = Grant(data.name, data.phone, data.scopes, data.starts_at, data.ends_at)

        async def act(db: Executor) -> Delegation:
            desk = services_of(request).enterprises
            return await delegating.invite_delegate(db, desk, request.user, company_id, grant, now())

        return await answer_once(request, idempotency_key, act)

    @delete(
        "/{company_id:uuid}/delegations/{delegation_id:uuid}",
        operation_id="endDelegation",
        summary="End a delegation, or take an invitation back; codes already shown end with it",
        **answers(Audience.RESIDENT, *_REPRESENTED, tag=_TAG),
    )
    async def end_delegation(
        self, request: ResidentRequest, company_id: FromPath[UUID], delegation_id: FromPath[UUID]
    ) -> None:
        desk = services_of(request).enterprises
        await delegating.revoke_delegation(desk, request.user, company_id, delegation_id, now())

    @post(
        "/{company_id:uuid}/delegations/{delegation_id:uuid}/keep",
        operation_id="keepDelegation",
        summary="As a new representative, keep what the one before granted",
        status_code=204,
        **answers(Audience.RESIDENT, *_REPRESENTED, "delegation-closed", tag=_TAG),
    )
    async def keep_delegation(
        self, request: ResidentRequest, company_id: FromPath[UUID], delegation_id: FromPath[UUID]
    ) -> None:
        desk = services_of(request).enterprises
        await delegating.keep_delegation(desk, request.user, company_id, delegation_id, now())


class DelegationController(Controller):
    """A handler's own invitations and delegations."""

    path = "/v1"

    @get(
        "/delegation-scopes",
        operation_id="listDelegationScopes",
        summary="What a delegate may be let do",
        **answers(Audience.ANYONE, tag=_TAG, reads_input=False),
    )
    async def list_delegation_scopes(self, request: AnyRequest) -> ScopesOut:
        return ScopesOut(await showing.list_scopes(services_of(request).pool))

    @get(
        "/me/delegation-invitations",
        operation_id="listDelegationInvitations",
        summary="Which companies invite me to act for them",
        **answers(Audience.RESIDENT, *_UNTRUSTED, tag=_TAG, reads_input=False),
    )
    async def list_delegation_invitations(self, request: ResidentRequest) -> Response[DelegationInvitationsOut]:
        found = await accepting.list_invitations(services_of(request).enterprises, request.user, now())
        return Response(DelegationInvitationsOut(found), headers=NO_STORE)

    @post(
        "/me/delegation-invitations/{delegation_id:uuid}/accept",
        operation_id="acceptDelegation",
        summary="Act for the company from the first day on",
        status_code=204,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "delegation-closed", "binding-rests", tag=_TAG),
    )
    async def accept_delegation(self, request: ResidentRequest, delegation_id: FromPath[UUID]) -> None:
        await accepting.accept_invitation(services_of(request).enterprises, request.user, delegation_id, now())

    @post(
        "/me/delegation-invitations/{delegation_id:uuid}/decline",
        operation_id="declineDelegation",
        summary="Turn an invitation down",
        status_code=204,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "delegation-closed", tag=_TAG),
    )
    async def decline_delegation(self, request: ResidentRequest, delegation_id: FromPath[UUID]) -> None:
        await accepting.decline_invitation(services_of(request).enterprises, request.user, delegation_id, now())

    @delete(
        "/me/delegations/{delegation_id:uuid}",
        operation_id="returnDelegation",
        summary="Give a delegation back; codes already shown end with it",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", tag=_TAG),
    )
    async def return_delegation(self, request: ResidentRequest, delegation_id: FromPath[UUID]) -> None:
        await accepting.return_delegation(services_of(request).enterprises, request.user, delegation_id, now())
