"""Check-ins: a resident reads a venue's poster, and the venue's screens show it at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import HeaderParameter, JSONBody
from litestar.response import Stream

from api.callers import Audience, ResidentRequest, ScannerRequest, read_authorization
from api.me import VenueSeen
from api.problems import prefers_english
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import HolderOut, IdempotencyKey, shape_organisation
from api.services import Services, now, services_of
from api.streaming import find_position, stream_events
from api.venues import REPEATED
from app.database import FAULTS, Executor
from app.errors import UnauthenticatedError
from app.people.model import BindingKind
from app.venues.checking_in import CheckIn, SeenCheckIn, check_in, require_screen, see_check_in
from app.venues.model import Scanner
from push.inbox import MessageTail
from push.messages import Message, write_cursor


class PersonalCheckInIn(msgspec.Struct, frozen=True, tag_field="kind", tag="personal"):
    """The caller is there."""

    venue_id: UUID


class EnterpriseCheckInIn(msgspec.Struct, frozen=True, tag_field="kind", tag="enterprise"):
    """The caller is there for a company."""

    venue_id: UUID
    delegation_id: UUID


class CareCheckInIn(msgspec.Struct, frozen=True, tag_field="kind", tag="care"):
    """A relative is there, whom the caller cares for."""

    venue_id: UUID
    relative_id: UUID


CheckInIn: TypeAlias = PersonalCheckInIn | EnterpriseCheckInIn | CareCheckInIn


class CheckInOut(msgspec.Struct, frozen=True):
    """A check-in as listAccesses will show it, and what the venue was answered."""

    id: UUID
    at: datetime
    kind: str
    venue: VenueSeen
    purpose: str
    purpose_title: str
    fields: list[str]


class CheckInEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A check-in on a venue's screen; there is no code, so staff look who is there."""

    scan_id: UUID
    scanned_at: datetime
    holder: HolderOut
    warnings: list[str]
    form: str
    kind: str | None = None


class CheckInController(Controller):
    """The resident's own check-ins."""

    path = "/v1/me/check-ins"

    @post(
        operation_id="checkIn",
        summary="Check in at a venue by its poster: an access as by a scan; again within a minute is the same",
        **answers(
            Audience.RESIDENT,
            "identity-not-verified",
            "installation-not-approved",
            "not-found",
            "venue-not-approved",
            "binding-ended",
            "code-revoked",
            "too-many-requests",
            *REPEATED,
            tag="accesses",
        ),
    )
    async def check_in(
        self, request: ResidentRequest, data: JSONBody[CheckInIn], idempotency_key: IdempotencyKey = None
    ) -> Response[CheckInOut]:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        english = prefers_english(request.headers.get("accept-language", ""))
        kind, binding_id = _subject_of(data)

        async def act(db: Executor) -> CheckInOut:
            made = await check_in(
                db, request.user, venue_id=data.venue_id, kind=kind, binding_id=binding_id, now=moment
            )
            return _shape(made, english=english)

        return await answer_once(request, idempotency_key, act)


class VenueStreamController(Controller):
    """What a venue's screens show."""

    path = "/v1/scans/stream"

    @get(
        operation_id="streamVenueScans",
        summary="Check-ins at this scanner's venue as they come: server-sent events named `check-in`",
        media_type="text/event-stream",
        **answers(Audience.SCANNER, "venue-not-approved", "too-many-requests", tag="scanning"),
    )
    async def stream_venue_scans(
        self,
        request: ScannerRequest,
        last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=64)] = None,
    ) -> Stream:
        services, scanner = services_of(request), request.user
        require_screen(scanner)
        services.hub.require_room(scanner.venue_id)
        since = find_position(last_event_id) or now()
        events = _events(services, scanner, read_authorization(request)[1], since)
        return Stream(events, media_type="text/event-stream", headers={**NO_STORE, "X-Accel-Buffering": "no"})


def _subject_of(data: CheckInIn) -> tuple[BindingKind | None, UUID | None]:
    if isinstance(data, EnterpriseCheckInIn):
        return BindingKind.ENTERPRISE, data.delegation_id
    if isinstance(data, CareCheckInIn):
        return BindingKind.CARE, data.relative_id
    return None, None


def _shape(made: CheckIn, *, english: bool) -> CheckInOut:
    return CheckInOut(
        id=made.access_id,
        at=made.recorded_at,
        kind=made.kind,
        venue=VenueSeen(made.venue.venue_id, made.venue.name, made.venue.adcode[:2]),
        purpose=made.purpose.purpose,
        purpose_title=made.purpose.name_en if english else made.purpose.name_zh,
        fields=made.fields,
    )


def _events(services: Services, scanner: Scanner, credential: str, since: datetime) -> AsyncIterator[bytes]:
    tail = MessageTail(since)

    async def read() -> Sequence[bytes]:
        try:
            fresh = await tail.read(services.pool, [scanner.venue_id], now=now())
            seen = [(message, await see_check_in(services.pool, services.vault, message)) for message in fresh]
        except FAULTS:
            return []
        return [_write(message, one) for message, one in seen if one is not None]

    async def is_open() -> bool:
        """A scanner that was revoked sees nothing more; nor does one whose venue was stopped."""
        try:
            return (await services.scanners.require(credential, now())).approved
        except UnauthenticatedError:
            return False

    return stream_events(services.hub, scanner.venue_id, read=read, is_open=is_open)


def _write(message: Message, one: SeenCheckIn) -> bytes:
    event = CheckInEvent(
        scan_id=one.access_id,
        scanned_at=one.recorded_at,
        holder=HolderOut(one.masked_name, shape_organisation(one.organisation)),
        warnings=["check-person"],
        form="check-in",
        kind=one.kind,
    )
    return b"event: check-in\nid: %b\ndata: %b\n\n" % (write_cursor(message).encode(), msgspec.json.encode(event))
