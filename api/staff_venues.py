"""The desk and venues: turning one down, and stopping one that scans."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import VenueJudgedOut, WordsIn
from app.venues import judging

_REFUSALS = ("not-found", "venue-judged")


class VenueJudgementController(Controller):
    """Judgements on venues."""

    path = "/v1/venues"

    @post(
        "/{venue_id:uuid}/reject",
        operation_id="rejectVenue",
        summary="Turn down a venue that waits; its manager is told why",
        status_code=200,
        **answers(Audience.OPERATOR, *_REFUSALS, tag="venues", records="venue.rejected"),
    )
    async def reject_venue(
        self, request: ResidentRequest, venue_id: FromPath[UUID], data: JSONBody[WordsIn]
    ) -> Response[VenueJudgedOut]:
        services = services_of(request)
        await judging.reject_venue(services.pool, services.vault, request.user, venue_id, words=data.words, now=now())
        return Response(VenueJudgedOut(venue_id, "rejected", data.words), headers=NO_STORE)

    @post(
        "/{venue_id:uuid}/suspend",
        operation_id="suspendVenue",
        summary="Stop a venue: its scanners are refused within seconds, until it is approved again",
        status_code=200,
        **answers(Audience.OPERATOR, *_REFUSALS, tag="venues", records="venue.suspended"),
    )
    async def suspend_venue(
        self, request: ResidentRequest, venue_id: FromPath[UUID], data: JSONBody[WordsIn]
    ) -> Response[VenueJudgedOut]:
        services = services_of(request)
        await judging.suspend_venue(services.pool, services.vault, request.user, venue_id, words=data.words, now=now())
        return Response(VenueJudgedOut(venue_id, "suspended", data.words), headers=NO_STORE)
