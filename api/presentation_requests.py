"""What a resident is asked to show, and answers; and credentials for the keys of their phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest
from api.certificates import shape_key
from api.presentation_wire import (
    AnswerIn,
    AnswerOut,
    CandidateOut,
    RequestOut,
    RequestsOut,
    find_delivery,
    shape_candidate,
    shape_request,
)
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import Services, now, services_of
from api.venue_wire import JwkIn
from app.enterprises.naming import get_company_names
from app.ephemeral import publish_hints
from app.inbox import HINTS
from app.licences.model import HolderKind
from app.people.model import ResidentCaller
from app.wallet import consenting
from app.wallet.askers import Asker, list_askers, require_asker
from app.wallet.candidates import list_candidates, open_candidates
from app.wallet.credentials import MOST_KEYS, issue_credentials
from app.wallet.delivering import deliver, deliver_again
from app.wallet.presentation_model import AskedState, Presentation

WALLET_REFUSALS = ("identity-not-verified", "installation-not-approved")
VP_REFUSALS = (
    "presentation-malformed",
    "presentation-issuer-unknown",
    "presentation-issuer-untrusted",
    "presentation-signature-invalid",
    "presentation-altered",
    "presentation-expired",
    "presentation-not-yet-valid",
    "presentation-revoked",
    "holder-binding-missing",
    "holder-binding-invalid",
    "nonce-wrong",
    "audience-wrong",
    "presentation-replayed",
    "fields-not-allowed",
)


class LicenceCredentialsIn(msgspec.Struct, frozen=True):
    """Public keys, each for one showing; of a company's licence with the delegation."""

    public_keys: Annotated[list[JwkIn], msgspec.Meta(min_length=1, max_length=MOST_KEYS)]
    delegation_id: UUID | None = None


class LicenceCredentialOut(msgspec.Struct, frozen=True):
    """An SD-JWT VC with all its disclosures; its key signs the one showing."""

    credential: str
    expires_at: datetime


class LicenceCredentialsOut(msgspec.Struct, frozen=True):
    """In the order of the keys."""

    credentials: list[LicenceCredentialOut]


class PresentationRequestController(Controller):
    """The caller's part in questions."""

    path = "/v1/me/presentations"

    @get(
        operation_id="listPresentationRequests",
        summary="Who asked to see my licences, and what became of it",
        **answers(Audience.RESIDENT, *WALLET_REFUSALS, tag="wallet"),
    )
    async def list_requests(
        self,
        request: ResidentRequest,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[RequestsOut]:
        services, moment = services_of(request), now()
        found = await consenting.list_requests(
            services.asking, request.user, before=cursor, limit=limit + 1, now=moment
        )
        page = found[:limit]
        askers = await list_askers(services.pool, page)
        items = [
            _shape(request, one, askers[one.presentation_id], {}, moment)
            for one in page
            if one.presentation_id in askers
        ]
        following = str(page[-1].presentation_id) if len(found) > limit else None
        return Response(RequestsOut(items, following), headers=NO_STORE)

    @get(
        "/{presentation_id:uuid}",
        operation_id="openPresentationRequest",
        summary="A question to me: who asks for what, and what of mine would answer. An open one becomes mine",
        **answers(Audience.RESIDENT, *WALLET_REFUSALS, "not-found", tag="wallet"),
    )
    async def open_request(self, request: ResidentRequest, presentation_id: FromPath[UUID]) -> Response[RequestOut]:
        services, moment = services_of(request), now()
        asked = await consenting.open_request(services.asking, request.user, presentation_id, moment)
        return Response(await show_request(request, asked, moment), headers=NO_STORE)

    @post(
        "/{presentation_id:uuid}/answer",
        operation_id="answerPresentation",
        summary="Yes, with a licence for each query; or no. Once, on whichever phone",
        status_code=200,
        **answers(
            Audience.RESIDENT,
            *WALLET_REFUSALS,
            *VP_REFUSALS,
            "session-expired",
            "not-found",
            "presentation-answered",
            "presentation-ended",
            "licence-not-held",
            "licence-not-good",
            "code-revoked",
            "binding-ended",
            "binding-rests",
            tag="wallet",
        ),
    )
    async def answer_presentation(
        self, request: ResidentRequest, presentation_id: FromPath[UUID], data: JSONBody[AnswerIn]
    ) -> Response[AnswerOut]:
        services, moment, caller = services_of(request), now(), request.user
        services.ended.require_fresh(moment)
        if data.grant:
            answer = consenting.Answer(data.licences, data.vp_token)
            given = await consenting.grant_request(
                services.asking, caller, services.trust.current, presentation_id, answer, moment
            )
        else:
            await consenting.refuse_request(services.asking, caller, presentation_id, moment)
            given = []
        await wake_asker(services, presentation_id)
        asked = await deliver(services.asking, presentation_id, now())
        accesses = [one.access_id for one in given]
        return Response(AnswerOut(asked.state.value, accesses, find_delivery(asked)), headers=NO_STORE)

    @post(
        "/{presentation_id:uuid}/deliveries",
        operation_id="deliverPresentation",
        summary="Send an answer again that a verifier elsewhere did not take; nothing is presented anew",
        status_code=200,
        **answers(
            Audience.RESIDENT,
            *WALLET_REFUSALS,
            "not-found",
            "presentation-ended",
            "answer-not-delivered",
            "response-address-refused",
            "too-many-requests",
            tag="wallet",
        ),
    )
    async def deliver_presentation(
        self, request: ResidentRequest, presentation_id: FromPath[UUID]
    ) -> Response[RequestOut]:
        services, moment = services_of(request), now()
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        asked = await deliver_again(services.asking, request.user, presentation_id, moment)
        return Response(await show_request(request, asked, moment), headers=NO_STORE)


class LicenceCredentialController(Controller):
    """Credentials for phones that sign themselves."""

    path = "/v1/wallet/licences/{licence_id:uuid}/credentials"

    @post(
        operation_id="issueLicenceCredentials",
        summary="Credentials of a licence for keys of my phone, one a showing",
        **answers(
            Audience.RESIDENT,
            *WALLET_REFUSALS,
            "session-expired",
            "not-found",
            "licence-not-good",
            "public-key-refused",
            "binding-ended",
            "binding-rests",
            "too-many-requests",
            tag="wallet",
        ),
    )
    async def issue_credentials(
        self, request: ResidentRequest, licence_id: FromPath[UUID], data: JSONBody[LicenceCredentialsIn]
    ) -> Response[LicenceCredentialsOut]:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        issued = await issue_credentials(
            services.asking,
            request.user,
            licence_id,
            [shape_key(key) for key in data.public_keys],
            delegation_id=data.delegation_id,
            now=moment,
        )
        return Response(
            LicenceCredentialsOut([LicenceCredentialOut(one.credential, one.expires_at) for one in issued]),
            headers=NO_STORE,
        )


async def show_request(request: ResidentRequest, asked: Presentation, moment: datetime) -> RequestOut:
    """A question with what of the caller's would answer it, while it can be answered."""
    services = services_of(request)
    asker = await require_asker(services.pool, asked)
    is_open = asked.state_at(moment) is AskedState.PENDING
    candidates = await _preview(services, request.user, asked, moment) if is_open else {}
    return _shape(request, asked, asker, candidates, moment)


async def wake_asker(services: Services, presentation_id: UUID) -> None:
    """Tells whoever waits for the answer, in this process and the others."""
    services.hub.wake(presentation_id)
    await publish_hints(services.valkey, HINTS, [str(presentation_id)])


async def _preview(
    services: Services, caller: ResidentCaller, asked: Presentation, moment: datetime
) -> dict[str, list[CandidateOut]]:
    room = services.asking
    found = await list_candidates(room, caller, asked.queries, moment)
    opened = await open_candidates(room, found, asked.queries)
    holders = {one.holder.holder_id for held in found.values() for one in held if one.holder.kind is HolderKind.COMPANY}
    companies = await get_company_names(services.pool, list(holders)) if holders else {}
    return {
        query_id: [shape_candidate(candidate, companies) for candidate in of_query]
        for query_id, of_query in opened.items()
    }


def _shape(
    request: ResidentRequest,
    asked: Presentation,
    asker: Asker,
    candidates: Mapping[str, list[CandidateOut]],
    moment: datetime,
) -> RequestOut:
    english = prefers_english(request.headers.get("accept-language", ""))
    return shape_request(asked, asker, candidates, english=english, now=moment)
