"""The resident's own: profile, messages, and who looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream

from api.callers import AnyRequest, Audience, ResidentRequest
from api.counting import count_opened
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import Services, now, services_of
from api.streaming import find_position, stream_events
from api.venue_wire import Form
from app.database import FAULTS
from app.errors import InvalidError
from app.inbox.reading import InboxMessage, list_inbox, mark_read, put_into_words
from app.people.model import Profile, ResidentCaller
from app.people.profiles import get_profile
from app.people.rules import require_own_eyes
from app.venues import accesses
from app.venues.model import Access
from app.venues.staffing import name_staff
from push.addresses import PushChannel
from push.following import PushState
from push.inbox import MessageTail

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="entries a page")]
Cursor = Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")]


class DeliveryOut(msgspec.Struct, frozen=True):
    """How a message went beside the inbox: at most one notice of it shows, on the channel that took it."""

    channel: PushChannel
    state: PushState
    """`queued`, `sent` (perhaps it came through), `accepted` by the provider, `refused` by every one, `expired` before
    it could be sent, or `withheld`: the resident wants to hear of it nowhere. That it was opened, `read_at` says.
    """
    at: datetime
    """When that was; of what is queued, when it is tried next."""


class MessageOut(msgspec.Struct, frozen=True):
    """A message in the reader's language."""

    id: UUID
    topic: str
    created_at: datetime
    title: str
    body: str
    data: dict[str, str]
    access_id: str | None
    read_at: datetime | None
    delivery: DeliveryOut | None
    """Null where it went nowhere else, more than a week ago, and in streamMessages, which is faster."""


class MessagesOut(msgspec.Struct, frozen=True):
    """A page of messages, newest first."""

    items: list[MessageOut]
    next_cursor: str | None


class ReadIn(msgspec.Struct, frozen=True):
    """Messages that were read."""

    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=100)]


class VenueSeen(msgspec.Struct, frozen=True):
    """Who looked."""

    id: UUID
    name: str
    province: str


class AccessOut(msgspec.Struct, frozen=True):
    """One look at me: when it was, and when it became known, which is later where the scanner had no network."""

    id: UUID
    at: datetime
    recorded_at: datetime
    kind: Literal["personal", "enterprise", "care"]
    """Whose code it was: the resident's own, a company's that they showed, a relative's."""
    form: Form
    offline: bool
    venue: VenueSeen
    purpose: str
    purpose_title: str
    fields: list[str]
    licence_type: str | None
    """Which kind of licence was looked at, as listLicenceTypes names it; null of a look at a code."""
    kept_until: datetime | None
    """Until when the venue may keep what it was told of a licence; null where it may look at it alone."""
    staff: str | None
    outcome: str
    annulled_at: datetime | None
    disputed_at: datetime | None


class AccessesOut(msgspec.Struct, frozen=True):
    """A page of accesses, newest first."""

    items: list[AccessOut]
    next_cursor: str | None


class DisputeIn(msgspec.Struct, frozen=True):
    """Why this was not me."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class MeController(Controller):
    """What a resident sees of themself."""

    path = "/v1/me"

    @get(
        operation_id="getMe",
        summary="Who I am, masked",
        **answers(Audience.RESIDENT, tag="me", reads_input=False),
    )
    async def get_me(self, request: ResidentRequest) -> Response[Profile]:
        services = services_of(request)
        return Response(await get_profile(services.pool, services.vault, request.user), headers=NO_STORE)

    @get(
        "/messages",
        operation_id="listMessages",
        summary="My inbox",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="messages"),
    )
    async def list_messages(
        self, request: ResidentRequest, cursor: Cursor = None, limit: Limit = 20
    ) -> Response[MessagesOut]:
        found, next_cursor = await list_inbox(
            services_of(request).pool, request.user, after=cursor, limit=limit, english=_is_english(request)
        )
        return Response(MessagesOut([_message(one) for one in found], next_cursor), headers=NO_STORE)

    @post(
        "/messages/read",
        operation_id="readMessages",
        summary="Note that messages were read",
        status_code=204,
        **answers(Audience.RESIDENT, "installation-not-approved", tag="messages"),
    )
    async def read_messages(self, request: ResidentRequest, data: JSONBody[ReadIn]) -> None:
        count_opened(await mark_read(services_of(request).pool, request.user, data.ids, now()))

    @get(
        "/messages/stream",
        operation_id="streamMessages",
        summary="My inbox as it grows: server-sent events, each a message as listMessages has it",
        media_type="text/event-stream",
        **answers(Audience.RESIDENT, "installation-not-approved", "too-many-requests", tag="messages"),
    )
    async def stream_messages(
        self,
        request: ResidentRequest,
        last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=64)] = None,
    ) -> Stream:
        require_own_eyes(request.user)
        services_of(request).hub.require_room(request.user.resident_id)
        since = find_position(last_event_id) or now()
        events = _events(services_of(request), request.user, since, english=_is_english(request))
        headers = {**NO_STORE, "X-Accel-Buffering": "no"}
        return Stream(events, media_type="text/event-stream", headers=headers)

    @get(
        "/accesses",
        operation_id="listAccesses",
        summary="Who looked at my data",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="accesses"),
    )
    async def list_accesses(
        self, request: ResidentRequest, cursor: Cursor = None, limit: Limit = 20
    ) -> Response[AccessesOut]:
        found = await accesses.list_accesses(
            services_of(request).pool, request.user, before=_uuid_cursor(cursor), limit=limit + 1
        )
        english = _is_english(request)
        items = [_access(one, english=english) for one in found[:limit]]
        return Response(AccessesOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @post(
        "/accesses/{access_id:uuid}/dispute",
        operation_id="disputeAccess",
        summary="This was not me",
        status_code=204,
        **answers(Audience.RESIDENT, "installation-not-approved", "not-found", tag="accesses"),
    )
    async def dispute_access(
        self, request: ResidentRequest, access_id: FromPath[UUID], data: JSONBody[DisputeIn]
    ) -> None:
        services = services_of(request)
        await accesses.dispute_access(
            services.pool, services.vault, request.user, access_id, reason=data.reason, now=now()
        )


def _is_english(request: AnyRequest) -> bool:
    return prefers_english(request.headers.get("accept-language", ""))


def _message(message: InboxMessage) -> MessageOut:
    return MessageOut(
        id=message.id,
        topic=message.topic,
        created_at=message.created_at,
        title=message.title,
        body=message.body,
        data=message.data,
        access_id=message.data.get("access_id"),
        read_at=message.read_at,
        delivery=DeliveryOut(push.channel, push.state, push.at) if (push := message.push) else None,
    )


def _access(access: Access, *, english: bool) -> AccessOut:
    return AccessOut(
        id=access.access_id,
        at=access.scanned_at or access.recorded_at,
        recorded_at=access.recorded_at,
        kind=cast("Literal['personal', 'enterprise', 'care']", access.kind),
        form=cast("Form", access.form),
        licence_type=access.licence_type,
        offline=access.scanned_at is not None,
        venue=VenueSeen(access.venue_id, access.venue_name, access.adcode[:2]),
        purpose=access.purpose,
        purpose_title=access.purpose_en if english else access.purpose_zh,
        fields=access.fields,
        kept_until=access.kept_until,
        staff=name_staff(access.staff_id, english=english) if access.staff_id else None,
        outcome="annulled" if access.annulled_at else "accepted",
        annulled_at=access.annulled_at,
        disputed_at=access.disputed_at,
    )


def _uuid_cursor(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise InvalidError("/cursor", "This is not a cursor that this server gave.") from None


def _events(services: Services, caller: ResidentCaller, since: datetime, *, english: bool) -> AsyncIterator[bytes]:
    tail = MessageTail(since)

    async def read() -> list[bytes]:
        return [
            b"event: message\nid: %b\ndata: %b\n\n" % (message.cursor.encode(), msgspec.json.encode(_message(message)))
            for message in await _read(services, tail, caller, english=english)
        ]

    async def is_open() -> bool:
        return caller.session_id not in services.ended

    return stream_events(services.hub, caller.resident_id, read=read, is_open=is_open)


async def _read(services: Services, tail: MessageTail, caller: ResidentCaller, *, english: bool) -> list[InboxMessage]:
    try:
        fresh = await tail.read(services.pool, [caller.resident_id], now=now())
        return await put_into_words(services.pool, fresh, english=english, approves=caller.is_verified)
    except FAULTS:
        return []
