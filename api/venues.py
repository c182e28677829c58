"""Venues: registered, kept up to date and closed by their managers, approved and handed over by operators."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import AnyRequest, Audience, ResidentRequest
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from api.venue_wire import ManagerIn, PurposeOut, PurposesOut, VenueChangeIn, VenueIn, VenueOut, VenuesOut
from app.database import Executor
from app.people.model import Role
from app.venues import registering, transferring
from app.venues.model import Purpose, Venue

REPEATED = ("idempotency-key-reused", "request-in-progress")


class VenueController(Controller):
    """Venues."""

    path = "/v1"

    @get(
        "/purposes",
        operation_id="listPurposes",
        summary="What codes may be looked at for",
        **answers(Audience.ANYONE, tag="venues", reads_input=False),
    )
    async def list_purposes(self, request: AnyRequest) -> PurposesOut:
        found = await registering.list_purposes(services_of(request).pool)
        return PurposesOut([_purpose(purpose) for purpose in found])

    @get(
        "/venues",
        operation_id="listVenues",
        summary="A manager's own venues; all of them for an operator",
        **answers(Audience.STAFF, tag="venues"),
    )
    async def list_venues(
        self,
        request: ResidentRequest,
        waiting: Annotated[bool, QueryParameter(description="those alone that nobody approved yet")] = False,  # noqa: FBT002
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[VenuesOut]:
        caller = request.user
        found = await registering.list_venues(
            services_of(request).pool,
            manager_id=None if Role.OPERATOR in caller.roles else caller.resident_id,
            waiting=waiting,
            after=cursor,
            limit=limit + 1,
        )
        items = [_venue(venue) for venue in found[:limit]]
        return Response(VenuesOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @post(
        "/venues",
        operation_id="createVenue",
        summary="Register a venue",
        **answers(Audience.MANAGER, "purpose-not-registered", *REPEATED, tag="venues", records="venue.created"),
    )
    async def create_venue(
        self, request: ResidentRequest, data: JSONBody[VenueIn], idempotency_key: IdempotencyKey = None
    ) -> Response[VenueOut]:
        async def act(db: Executor) -> VenueOut:
            venue = await registering.create_venue(
                db,
                manager_id=request.user.resident_id,
                name=data.name,
                purpose=data.purpose,
                adcode=data.adcode,
                address=data.address,
                offline_policy=data.offline_policy,
                now=now(),
            )
            return _venue(venue)

        return await answer_once(request, idempotency_key, act)

    @post(
        "/venues/{venue_id:uuid}/approve",
        operation_id="approveVenue",
        summary="Let a venue scan for its purpose",
        status_code=200,
        **answers(Audience.OPERATOR, "not-found", tag="venues", records="venue.approved"),
    )
    async def approve_venue(self, request: ResidentRequest, venue_id: FromPath[UUID]) -> Response[VenueOut]:
        venue = await registering.approve_venue(
            services_of(request).pool, venue_id=venue_id, operator_id=request.user.resident_id, now=now()
        )
        return Response(_venue(venue), headers=NO_STORE)

    @patch(
        "/venues/{venue_id:uuid}",
        operation_id="updateVenue",
        summary="Change a venue; under another name or address it waits for approval again",
        **answers(Audience.MANAGER, "not-found", tag="venues", records="venue.updated"),
    )
    async def update_venue(
        self, request: ResidentRequest, venue_id: FromPath[UUID], data: JSONBody[VenueChangeIn]
    ) -> Response[VenueOut]:
        venue = await registering.update_venue(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            name=data.name,
            address=data.address,
            requires_shift=data.requires_shift,
            offline_policy=data.offline_policy,
            now=now(),
        )
        return Response(_venue(venue), headers=NO_STORE)

    @delete(
        "/venues/{venue_id:uuid}",
        operation_id="closeVenue",
        summary="End a venue and all its scanners",
        **answers(Audience.MANAGER, "not-found", tag="venues", records="venue.closed"),
    )
    async def close_venue(self, request: ResidentRequest, venue_id: FromPath[UUID]) -> None:
        await registering.close_venue(
            services_of(request).pool, venue_id=venue_id, manager_id=request.user.resident_id, now=now()
        )

    @post(
        "/venues/{venue_id:uuid}/manager",
        operation_id="transferVenue",
        summary="Hand a venue to another manager; both are told",
        status_code=200,
        **answers(Audience.OPERATOR, "not-found", tag="venues", records="venue.transferred"),
    )
    async def transfer_venue(
        self, request: ResidentRequest, venue_id: FromPath[UUID], data: JSONBody[ManagerIn]
    ) -> Response[VenueOut]:
        venue = await transferring.transfer_venue(
            services_of(request).pool,
            venue_id=venue_id,
            operator_id=request.user.resident_id,
            manager_id=data.resident_id,
            now=now(),
        )
        return Response(_venue(venue), headers=NO_STORE)


def _venue(venue: Venue) -> VenueOut:
    return VenueOut(
        venue.venue_id,
        venue.name,
        venue.purpose,
        venue.adcode,
        venue.address,
        venue.approved_at,
        venue.requires_shift,
        venue.offline_policy,
        venue.judgement,
        venue.judgement_words,
        venue.disputes_upheld,
    )


def _purpose(purpose: Purpose) -> PurposeOut:
    return PurposeOut(
        purpose.purpose,
        purpose.name_zh,
        purpose.name_en,
        purpose.fields,
        purpose.strict,
        purpose.checks_person,
    )
