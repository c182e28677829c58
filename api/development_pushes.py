"""Stand-ins of Apple's and Firebase's push services, and what phones would show. Production has none of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.standing_in import answer_in_place, keep_one, undescribed
from app.development.pushes import PushBook, SentPush
from app.development.pushing import PushStandIns


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

    @post(["/apns/{path:path}", "/fcm/{path:path}"], **undescribed())
    async def answer_as_push_service(self, request: AnyRequest) -> Response[bytes]:
        return await answer_in_place(request, _stand_ins(request))


def _stand_ins(request: AnyRequest) -> PushStandIns:
    """One a process; what they are given is the data folder's."""
    return keep_one(request, PushStandIns, partial(PushStandIns, services_of(request).settings.data, now))
