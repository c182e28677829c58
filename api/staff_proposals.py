"""What takes two persons: proposed by one, decided on by another."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest
from api.faults import word_fault
from api.problems import speaks_english
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from api.staff_wire import ProposalIn, ProposalOut, ProposalsOut, ReasonIn
from app.database import Executor
from app.people.acting import open_reason
from app.staff import proposing
from app.staff.licence_acts import BETWEEN_BREAKS
from app.staff.model import Proposal
from app.staff.registry import Draft

_DECIDING = ("not-found", "session-expired", "proposal-decided", "own-proposal")
_NAMELESS = frozenset({"resident.erase"})
"""Kinds about a resident who is no staff: the desk knows them by their case, not by an id that would stay."""


class StaffProposalController(Controller):
    """Dangerous acts."""

    path = "/v1/staff/proposals"

    @post(
        operation_id="proposeAct",
        summary="Propose a dangerous act",
        **answers(
            Audience.OPERATOR,
            "not-found",
            "session-expired",
            "own-role",
            "too-many-requests",
            "look-expired",
            "idempotency-key-reused",
            "request-in-progress",
            tag="staff",
            records="proposal.made",
        ),
    )
    async def propose_act(
        self, request: ResidentRequest, data: JSONBody[ProposalIn], idempotency_key: IdempotencyKey = None
    ) -> Response[ProposalOut]:
        services, moment = services_of(request), now()

        async def act(db: Executor) -> ProposalOut:
            proposal = await proposing.propose_act(
                db, services.vault, services.acts, request.user, _draft(data), moment
            )
            return await show_proposal(request, db, proposal)

        return await answer_once(request, idempotency_key, act)

    @get(
        operation_id="listProposals",
        summary="Proposals, newest first",
        **answers(Audience.OVERSIGHT, tag="staff"),
    )
    async def list_proposals(
        self,
        request: ResidentRequest,
        waiting: Annotated[bool, QueryParameter(description="those alone that wait for a decision")] = False,  # noqa: FBT002
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[ProposalsOut]:
        services = services_of(request)
        found = await proposing.list_proposals(
            services.pool, before=cursor, waiting=waiting, now=now(), limit=limit + 1
        )
        items = [await show_proposal(request, services.pool, one) for one in found[:limit]]
        return Response(ProposalsOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @post(
        "/{proposal_id:uuid}/approve",
        operation_id="approveProposal",
        summary="A second person's yes: it is done at once, or by a worker",
        status_code=200,
        **answers(
            Audience.OPERATOR,
            *_DECIDING,
            "role-held",
            "venue-managed",
            "verifier-exists",
            "campaign-state",
            tag="staff",
            records="proposal.approved",
        ),
    )
    async def approve_proposal(self, request: ResidentRequest, proposal_id: FromPath[UUID]) -> Response[ProposalOut]:
        services = services_of(request)
        proposal = await proposing.approve_proposal(
            services.pool, services.vault, services.acts, request.user, proposal_id, now()
        )
        return Response(await show_proposal(request, services.pool, proposal), headers=NO_STORE)

    @post(
        "/{proposal_id:uuid}/reject",
        operation_id="rejectProposal",
        summary="A no, or one's own proposal taken back",
        status_code=200,
        **answers(Audience.OPERATOR, *_DECIDING, tag="staff", records="proposal.rejected"),
    )
    async def reject_proposal(
        self, request: ResidentRequest, proposal_id: FromPath[UUID], data: JSONBody[ReasonIn]
    ) -> Response[ProposalOut]:
        services = services_of(request)
        proposal = await proposing.reject_proposal(
            services.pool, services.vault, services.acts, request.user, proposal_id, reason=data.reason, now=now()
        )
        return Response(await show_proposal(request, services.pool, proposal), headers=NO_STORE)


def _draft(data: ProposalIn) -> Draft:
    return Draft(
        kind=data.kind,
        reason=data.reason,
        phone=data.phone,
        resident_id=data.resident_id,
        look_id=data.look_id,
        role=data.role,
        use=data.use,
        kid=data.kid,
    )


async def show_proposal(request: ResidentRequest, db: Executor, proposal: Proposal) -> ProposalOut:
    """A proposal with its reason opened, and what it breaks in the caller's language."""
    reason = await open_reason(db, services_of(request).vault, proposal.sealed_reason, proposal.sealed_for)
    return ProposalOut(
        id=proposal.proposal_id,
        kind=proposal.kind,
        state=proposal.state_at(now()),
        object_id=None if proposal.kind in _NAMELESS else proposal.object_id,
        details=_word_details(proposal.details, english=speaks_english(request)),
        reason=reason,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        executed_at=proposal.executed_at,
    )


def _word_details(details: dict[str, str], *, english: bool) -> dict[str, str]:
    breaks = [word_fault(one, english=english) for one in details.get("breaks", "").split(BETWEEN_BREAKS) if one]
    return details | ({"breaks": BETWEEN_BREAKS.join(breaks)} if breaks else {})
