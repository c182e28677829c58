"""Venues: registered by their managers, approved by operators, scanning with enrolled scanners."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import AnyRequest, Audience, ResidentRequest
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from app.database import Executor
from app.people.model import Role
from app.venues import registering, scanners
from app.venues.model import Purpose, Venue

_REPEATED = ("idempotency-key-reused", "request-in-progress")
_LINE = (
    r"^(?!\s)[^\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\uffa0]+"
    r"$(?!\n)"
)
"""A line that people can read: PostgreSQL stores no NUL, and neither what turns text round nor what nobody sees has a
place on a page, where one venue would pass for another, or for none."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_LINE)]


class VenueIn(msgspec.Struct, frozen=True):
    """A place, and the one purpose it looks at codes for."""

    name: Name
    purpose: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z0-9-]+$", description="as listPurposes has it")]
    adcode: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$", description="GB/T 2260")]
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_LINE)]


class VenueOut(msgspec.Struct, frozen=True):
    """A registered venue."""

    id: UUID
    name: str
    purpose: str
    adcode: str
    address: str
    approved_at: datetime | None


class VenuesOut(msgspec.Struct, frozen=True):
    """A page of venues."""

    items: list[VenueOut]
    next_cursor: str | None


class PurposeOut(msgspec.Struct, frozen=True):
    """What a venue can register for, and what a scan then answers."""

    id: str
    name_zh: str
    name_en: str
    fields: list[str]
    strict: bool
    checks_person: bool


class PurposesOut(msgspec.Struct, frozen=True):
    """All purposes."""

    items: list[PurposeOut]
    next_cursor: str | None = None


class ScannerIn(msgspec.Struct, frozen=True):
    """A scanner to enrol."""

    name: Name = "scanner"


class ScannerOut(msgspec.Struct, frozen=True):
    """An enrolled scanner; its credential is shown this once."""

    scanner_id: UUID
    credential: str
    expires_at: datetime


class VenueController(Controller):
    """Venues and their scanners."""

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
        **answers(Audience.MANAGER, "purpose-not-registered", *_REPEATED, tag="venues"),
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
                now=now(),
            )
            return _venue(venue)

        return await answer_once(request, idempotency_key, act)

    @post(
        "/venues/{venue_id:uuid}/approve",
        operation_id="approveVenue",
        summary="Let a venue scan for its purpose",
        status_code=200,
        **answers(Audience.OPERATOR, "not-found", tag="venues"),
    )
    async def approve_venue(self, request: ResidentRequest, venue_id: FromPath[UUID]) -> Response[VenueOut]:
        venue = await registering.approve_venue(
            services_of(request).pool, venue_id=venue_id, operator_id=request.user.resident_id, now=now()
        )
        return Response(_venue(venue), headers=NO_STORE)

    @post(
        "/venues/{venue_id:uuid}/scanners",
        operation_id="addScanner",
        summary="Enrol a scanner; its credential is shown this once",
        **answers(Audience.MANAGER, "not-found", "venue-not-approved", *_REPEATED, tag="venues"),
    )
    async def add_scanner(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        data: JSONBody[ScannerIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ScannerOut]:
        services = services_of(request)

        async def act(db: Executor) -> ScannerOut:
            issued = await scanners.add_scanner(
                db,
                venue_id=venue_id,
                manager_id=request.user.resident_id,
                name=data.name,
                lifetime=services.settings.scanner_lifetime,
                now=now(),
            )
            return ScannerOut(issued.scanner_id, issued.credential, issued.expires_at)

        return await answer_once(request, idempotency_key, act)

    @delete(
        "/venues/{venue_id:uuid}/scanners/{scanner_id:uuid}",
        operation_id="revokeScanner",
        summary="End a scanner's credential, everywhere within seconds",
        **answers(Audience.MANAGER, "not-found", tag="venues"),
    )
    async def revoke_scanner(
        self, request: ResidentRequest, venue_id: FromPath[UUID], scanner_id: FromPath[UUID]
    ) -> None:
        await scanners.revoke_scanner(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            scanner_id=scanner_id,
            now=now(),
        )


def _venue(venue: Venue) -> VenueOut:
    return VenueOut(venue.venue_id, venue.name, venue.purpose, venue.adcode, venue.address, venue.approved_at)


def _purpose(purpose: Purpose) -> PurposeOut:
    return PurposeOut(
        purpose.purpose,
        purpose.name_zh,
        purpose.name_en,
        purpose.fields,
        purpose.strict,
        purpose.checks_person,
    )
