"""Asking for licences: a venue's questions, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ScannerRequest
from api.presentation_wire import AskablesOut, PresentationIn, PresentationOut, shape_answered, shape_askable
from api.routes import NO_STORE, answers
from api.scans import CODE_REFUSALS, IdempotencyKey
from api.services import Services, now, services_of
from app.errors import InvalidError
from app.venues.model import Scanner
from app.venues.scanning import hash_request
from app.wallet import requesting
from app.wallet.checking_in_hand import InHand
from app.wallet.in_hand import answer_in_hand
from app.wallet.presentation_model import Answered, AskedState
from app.wallet.requesting import Wanted

_LONGEST_WAIT = 25
_QUERY = "licence"
"""What a single query is called."""
_MARGIN = timedelta(milliseconds=10)


class PresentationController(Controller):
    """A scanner's questions."""

    path = "/v1/presentations"

    @post(
        operation_id="requestPresentation",
        summary="Ask for a licence: one shown in hand at once, or a resident's consent on their phone",
        **answers(
            Audience.SCANNER,
            *(slug for slug in CODE_REFUSALS if slug != "code-form-refused"),
            "purpose-not-registered",
            "fields-not-allowed",
            "licence-not-held",
            "licence-not-good",
            "venue-not-approved",
            "shift-required",
            "not-found",
            "binding-ended",
            "presentation-ended",
            "consent-refused",
            "consent-timed-out",
            "too-many-requests",
            tag="wallet",
        ),
    )
    async def request_presentation(
        self, request: ScannerRequest, data: JSONBody[PresentationIn], idempotency_key: IdempotencyKey = None
    ) -> Response[PresentationOut]:
        services, moment, scanner = services_of(request), now(), request.user
        services.scan_limit.claim(scanner.scanner_id.hex, moment.timestamp())
        body = await request.body() if idempotency_key else b""
        request_key = hash_request(scanner.scanner_id, idempotency_key, body) if idempotency_key else None
        if data.code is not None:
            answered = await _ask_in_hand(services, scanner, data, request_key, moment)
        else:
            answered = await _ask(services, scanner, data, request_key, moment)
        return Response(shape_answered(answered, services.settings.url), headers=NO_STORE)

    @get(
        "/{presentation_id:uuid}",
        operation_id="getPresentation",
        summary="What came of a question; `wait` holds the answer back until something has",
        **answers(
            Audience.SCANNER,
            "not-found",
            "consent-refused",
            "consent-timed-out",
            "presentation-ended",
            "venue-not-approved",
            "too-many-requests",
            tag="wallet",
        ),
    )
    async def get_presentation(
        self,
        request: ScannerRequest,
        presentation_id: FromPath[UUID],
        wait: Annotated[int, QueryParameter(ge=0, le=_LONGEST_WAIT, description="seconds")] = 0,
    ) -> Response[PresentationOut]:
        services = services_of(request)
        answered = await _wait(services, request.user, presentation_id, now() + timedelta(seconds=wait))
        return Response(shape_answered(answered, services.settings.url), headers=NO_STORE)

    @delete(
        "/{presentation_id:uuid}",
        operation_id="withdrawPresentation",
        summary="Take a question back that nobody has answered",
        **answers(Audience.SCANNER, "not-found", "presentation-answered", tag="wallet"),
    )
    async def withdraw_presentation(self, request: ScannerRequest, presentation_id: FromPath[UUID]) -> None:
        services = services_of(request)
        await requesting.withdraw_presentation(services.asking, request.user, presentation_id, now())
        services.hub.wake(presentation_id)


class AskableController(Controller):
    """What a scanner may ask."""

    path = "/v1/scanner/licences"

    @get(
        operation_id="listAskable",
        summary="Which licences, and which of their fields, this scanner's purpose may ask",
        **answers(Audience.SCANNER, "venue-not-approved", tag="wallet", reads_input=False),
    )
    async def list_askable(self, request: ScannerRequest) -> Response[AskablesOut]:
        services, scanner = services_of(request), request.user
        requesting.require_approved(scanner)
        found = await requesting.list_askable(services.pool, scanner.purpose)
        return Response(AskablesOut([shape_askable(query) for query in found]), headers=NO_STORE)


async def _ask_in_hand(
    services: Services, scanner: Scanner, data: PresentationIn, request_key: bytes | None, moment: datetime
) -> Answered:
    if data.queries is not None or data.scan_id is not None:
        raise InvalidError("/code", "A licence in hand answers one question: say licence_type and fields, or neither.")
    return await answer_in_hand(
        services.asking,
        services.trust.current,
        scanner,
        InHand(data.code or "", data.purpose, data.licence_type, data.fields),
        request_key=request_key,
        now=moment,
    )


async def _ask(
    services: Services, scanner: Scanner, data: PresentationIn, request_key: bytes | None, moment: datetime
) -> Answered:
    asked = await requesting.request_presentation(
        services.asking,
        scanner,
        purpose=data.purpose,
        wanted=_list_wanted(data),
        scan_id=data.scan_id,
        request_key=request_key,
        now=moment,
    )
    if asked.state_at(moment) is AskedState.PENDING:
        return Answered(asked, AskedState.PENDING, [])
    return await requesting.get_answer(services.asking, scanner, asked.presentation_id, moment)


def _list_wanted(data: PresentationIn) -> Sequence[Wanted]:
    if data.queries is not None:
        if data.licence_type is not None or data.fields is not None:
            raise InvalidError("/queries", "Either queries, or one licence_type with its fields.")
        return [Wanted(one.id, one.licence_type, one.fields) for one in data.queries]
    if data.licence_type is None:
        raise InvalidError("/licence_type", "Say which kind of licence.")
    return [Wanted(_QUERY, data.licence_type, data.fields)]


async def _wait(services: Services, scanner: Scanner, presentation_id: UUID, until: datetime) -> Answered:
    """Looks when something is said to have happened, now and then besides, and when the question runs out.

    A scanner waits for so many questions at once and no more: each holds a connection and looks into the database.
    """
    for one in (presentation_id, scanner.scanner_id):
        services.hub.require_room(one)
    news, place = services.hub.listen(presentation_id), services.hub.listen(scanner.scanner_id)
    try:
        while True:
            news.clear()
            moment = now()
            answered = await requesting.get_answer(services.asking, scanner, presentation_id, moment)
            ends_at = min(until, answered.presentation.expires_at + _MARGIN)
            if answered.state is not AskedState.PENDING or moment >= until or services.hub.is_closing:
                return answered
            pause = min(services.hub.look_seconds, (ends_at - moment).total_seconds())
            try:
                await asyncio.wait_for(news.wait(), max(pause, _MARGIN.total_seconds()))
            except TimeoutError:
                continue
    finally:
        services.hub.leave(presentation_id, news)
        services.hub.leave(scanner.scanner_id, place)
