"""Stand-ins of a development server: the SMS gateway, and whom to log in as. Production has none of these routes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
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

    @post("/sms", include_in_schema=False, opt={"audience": Audience.LOOPBACK, "refusals": frozenset({"forbidden"})})
    async def take_text(self, request: AnyRequest) -> Response[bytes]:
        gateway = _gateway(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = request.scope["query_string"].decode("latin-1")
        answer = gateway.handle("POST", request.url.path, query, headers, await request.body())
        await asyncio.sleep(answer.delay)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)


def _gateway(request: AnyRequest) -> SmsGatewayStandIn:
    """One a process: it remembers the nonces it has seen."""
    state = request.app.state
    if "sms_stand_in" not in state:
        state.sms_stand_in = stand_in_gateway(services_of(request).settings, now)
    gateway: SmsGatewayStandIn = state.sms_stand_in
    return gateway
