"""What a venue shows in public, for the app: read before a resident checks in by its poster."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from api.callers import AnyRequest, Audience
from api.problems import prefers_english
from api.routes import answers
from api.services import services_of
from app.venues.showing import show_venue


class PlaceOut(msgspec.Struct, frozen=True):
    """An approved venue, as its poster has it; `fields` is what a check tells it beside whether the code is good."""

    id: UUID
    name: str
    address: str
    purpose: str
    purpose_title: str
    fields: list[str]
    checks_person: bool


class PlaceController(Controller):
    """Venues, for everybody."""

    path = "/v1/places"

    @get(
        "/{venue_id:uuid}",
        operation_id="getPlace",
        summary="What an approved venue shows in public, by its poster's id",
        **answers(Audience.ANYONE, "not-found", tag="venues"),
    )
    async def get_place(self, request: AnyRequest, venue_id: FromPath[UUID]) -> Response[PlaceOut]:
        shown = await show_venue(services_of(request).pool, venue_id)
        venue, purpose = shown.venue, shown.purpose
        english = prefers_english(request.headers.get("accept-language", ""))
        place = PlaceOut(
            id=venue.venue_id,
            name=venue.name,
            address=venue.address,
            purpose=venue.purpose,
            purpose_title=purpose.name_en if english else purpose.name_zh,
            fields=purpose.fields,
            checks_person=purpose.checks_person,
        )
        return Response(place, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})
