"""Verifiers elsewhere, for operators: two persons let one in, one withdraws it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest
from api.certificates import shape_key
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_proposals import show_proposal
from api.staff_wire import ProposalOut, Reason, ReasonIn
from api.venue_wire import JwkIn
from app.staff import proposing
from app.staff.registry import Draft
from app.staff.verifier_acts import REGISTER
from app.venues.naming import get_venue_names
from app.wallet import verifiers
from app.wallet.verifier_store import Verifier

_PROPOSED = 202
Origin = Annotated[str, msgspec.Meta(min_length=1, max_length=300, description="scheme and host")]


class VerifierIn(msgspec.Struct, frozen=True):
    """Who is to be let ask, in whose name, by which keys, and from where."""

    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    venue_id: UUID
    origins: Annotated[list[Origin], msgspec.Meta(min_length=1, max_length=8)]
    reason: Reason
    keys: Annotated[list[JwkIn], msgspec.Meta(max_length=8)] = []


class VerifierOut(msgspec.Struct, frozen=True):
    """One that may ask, or might."""

    id: UUID
    client_id: str
    name: str
    venue_id: UUID
    venue_name: str | None
    """As residents see who asks; null once the venue is gone."""
    keys: list[dict[str, str]]
    origins: list[str]
    registered_at: datetime
    withdrawn_at: datetime | None


class VerifiersOut(msgspec.Struct, frozen=True):
    """A page of verifiers, the oldest first."""

    items: list[VerifierOut]
    next_cursor: str | None


class VerifierController(Controller):
    """Who may ask from elsewhere."""

    path = "/v1/desk/verifiers"

    @post(
        operation_id="proposeVerifier",
        summary="Propose a verifier elsewhere; a second operator lets it in",
        status_code=_PROPOSED,
        **answers(
            Audience.OPERATOR,
            "session-expired",
            "verifier-exists",
            tag="desk",
            records="proposal.made",
        ),
    )
    async def propose_verifier(self, request: ResidentRequest, data: JSONBody[VerifierIn]) -> Response[ProposalOut]:
        services = services_of(request)
        sketch = verifiers.VerifierSketch(
            data.client_id, data.name, data.venue_id, [shape_key(key) for key in data.keys], data.origins
        )
        draft = Draft(kind=REGISTER, reason=data.reason, verifier=sketch)
        proposal = await proposing.propose_act(services.pool, services.vault, services.acts, request.user, draft, now())
        shown = await show_proposal(request, services.pool, proposal)
        return Response(shown, status_code=_PROPOSED, headers=NO_STORE)

    @get(
        operation_id="listVerifiers",
        summary="Verifiers elsewhere, and those that were",
        **answers(Audience.OVERSIGHT, tag="desk"),
    )
    async def list_verifiers(
        self,
        request: ResidentRequest,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[VerifiersOut]:
        pool = services_of(request).pool
        found = await verifiers.list_verifiers(pool, after=cursor, limit=limit + 1)
        names = await get_venue_names(pool, [one.venue_id for one in found[:limit]])
        items = [_shape(one, names.get(one.venue_id)) for one in found[:limit]]
        return Response(VerifiersOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @post(
        "/{verifier_id:uuid}/withdraw",
        operation_id="withdrawVerifier",
        summary="Let a verifier elsewhere ask nothing more, at once",
        status_code=204,
        **answers(Audience.OPERATOR, "not-found", tag="desk", records="verifier.withdrawn"),
    )
    async def withdraw_verifier(
        self, request: ResidentRequest, verifier_id: FromPath[UUID], data: JSONBody[ReasonIn]
    ) -> None:
        services = services_of(request)
        await verifiers.withdraw_verifier(
            services.pool, services.vault, request.user, verifier_id, reason=data.reason, now=now()
        )


def _shape(one: Verifier, venue_name: str | None) -> VerifierOut:
    return VerifierOut(
        id=one.verifier_id,
        client_id=one.client_id.partition("#")[0] if one.withdrawn_at else one.client_id,
        name=one.name,
        venue_id=one.venue_id,
        venue_name=venue_name,
        keys=one.keys,
        origins=one.origins,
        registered_at=one.registered_at,
        withdrawn_at=one.withdrawn_at,
    )
