"""Stand-ins of a development server: the SMS gateway, and whom to log in as. Production has none of these routes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.standing_in import answer_in_place, keep_one, undescribed
from app.demo import read_demo
from app.development.sms_gateway import SmsGatewayStandIn
from app.development.standing_in import open_text_file, stand_in_gateway
from app.development.texts import SentText
from app.people.rules import normalise_phone


class TextsOut(msgspec.Struct, frozen=True):
    """Texts, newest first."""

    items: list[SentText]
    next_cursor: str | None = None


class DevelopmentController(Controller):
    """For this machine alone."""

    path = "/v1/development"

    @get(
        "/texts",
        operation_id="listSentTexts",
        summary="What the stand-in SMS gateway sent to a phone",
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def list_sent_texts(
        self, request: AnyRequest, phone: Annotated[str, QueryParameter(min_length=5, max_length=32)]
    ) -> Response[TextsOut]:
        texts = open_text_file(services_of(request).settings)
        return Response(TextsOut(texts.texts_to(normalise_phone(phone))), headers=NO_STORE)

    @get(
        "/people",
        operation_id="listDemoPeople",
        summary="The demo's people and scanner, as demo.json has them",
        **answers(Audience.LOOPBACK, "not-found", tag="development", reads_input=False),
    )
    async def list_demo_people(self, request: AnyRequest) -> Response[dict[str, Any]]:
        return Response(read_demo(services_of(request).settings), headers=NO_STORE)

    @post("/sms", **undescribed())
    async def take_text(self, request: AnyRequest) -> Response[bytes]:
        settings = services_of(request).settings
        gateway = keep_one(request, SmsGatewayStandIn, lambda: stand_in_gateway(settings, now))
        return await answer_in_place(request, gateway)
