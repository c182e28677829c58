"""Stand-ins of Apple's and Firebase's push services, and what phones would show. Production has none of it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.development.pushes import PushBook, SentPush
from app.development.pushing import PushStandIns

_UNDESCRIBED: dict[str, Any] = {
    "include_in_schema": False,
    "opt": {"audience": Audience.LOOPBACK, "refusals": frozenset({"forbidden"})},
}


class PushesOut(msgspec.Struct, frozen=True):
    """Pushes, newest first."""

    items: list[SentPush]
    next_cursor: str | None = None


class DevelopmentPushController(Controller):
    """For this machine alone."""

    path = "/v1/development"

    @get(
        "/pushes",
        operation_id="listSentPushes",
        summary="What the stand-ins of Apple, Firebase, WeChat and Alipay were given to show",
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def list_sent_pushes(
        self, request: AnyRequest, to: Annotated[str | None, QueryParameter(min_length=1, max_length=512)] = None
    ) -> Response[PushesOut]:
        book = PushBook(services_of(request).settings.data)
        return Response(PushesOut(book.list_pushes(to)), headers=NO_STORE)

    @post(["/apns/{path:path}", "/fcm/{path:path}"], **_UNDESCRIBED)
    async def answer_as_push_service(self, request: AnyRequest) -> Response[bytes]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = request.scope["query_string"].decode("latin-1")
        answer = _stand_ins(request).handle("POST", request.url.path, query, headers, await request.body())
        await asyncio.sleep(answer.delay)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)


def _stand_ins(request: AnyRequest) -> PushStandIns:
    """One a process; what they are given is the data folder's."""
    state = request.app.state
    if "push_stand_ins" not in state:
        state.push_stand_ins = PushStandIns(services_of(request).settings.data, now)
    stand_ins: PushStandIns = state.push_stand_ins
    return stand_ins
