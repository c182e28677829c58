"""OpenID4VP 1.0 with wallets and verifiers of other deployments, and what they need to know of this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.openapi.spec import RequestBody
from litestar.params import FromPath, JSONBody

from api.callers import AnyRequest, Audience, ResidentRequest, address_of
from api.documentation import ApiOperation, binary
from api.presentation_requests import VP_REFUSALS, WALLET_REFUSALS, show_request, wake_asker
from api.presentation_wire import RequestOut
from api.routes import NO_STORE, answers
from api.services import Services, now, services_of
from app.errors import InvalidError
from app.people.rules import network_of
from app.wallet.openid_asking import LONGEST_ANSWER, WalletAnswer, receive_answer, write_request
from app.wallet.openid_receiving import receive_request
from codes.request_objects import LONGEST_REQUEST
from codes.sd_jwt_issuing import list_licence_jwks

_REQUEST_OBJECT = "application/oauth-authz-req+jwt"
_FORM = "application/x-www-form-urlencoded"
_FRESH_SECONDS = 300
_MOST_PARTS = 16


class ForeignRequestIn(msgspec.Struct, frozen=True):
    """What a verifier's link has: the question itself, or where it lies; and whose it says that it is."""

    request: Annotated[str, msgspec.Meta(max_length=LONGEST_REQUEST)] | None = None
    request_uri: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    client_id: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class TakenOut(msgspec.Struct, frozen=True):
    """To a wallet whose answer was taken: there is nowhere to go on to, the venue's own screen shows the rest."""


class JwksOut(msgspec.Struct, frozen=True):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, str]]


class IssuerOut(msgspec.Struct, frozen=True):
    """By which keys this province's credentials of licences are verified."""

    issuer: str
    jwks: JwksOut


@dataclass
class RequestObjectOperation(ApiOperation):
    """getRequestObject, whose answer is a signed text."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answers["200"].content = binary(_REQUEST_OBJECT)


@dataclass
class DirectPost(ApiOperation):
    """receiveWalletAnswer, whose body is a form."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = RequestBody(content=binary(_FORM), required=True)


class OpenidController(Controller):
    """For wallets of other deployments, and their verifiers."""

    path = "/v1"

    @get(
        "/openid4vp/requests/{presentation_id:uuid}",
        operation_id="getRequestObject",
        summary="An open question as a request object, for any wallet",
        media_type=_REQUEST_OBJECT,
        **answers(
            Audience.ANYONE,
            "not-found",
            "presentation-ended",
            "presentation-answered",
            "too-many-requests",
            tag="wallet",
            operation=RequestObjectOperation,
        ),
    )
    async def get_request_object(self, request: AnyRequest, presentation_id: FromPath[UUID]) -> Response[str]:
        services, moment = services_of(request), now()
        _claim_try(request, services, presentation_id, moment)
        text = await write_request(services.asking, presentation_id, moment)
        return Response(text, media_type=_REQUEST_OBJECT, headers=NO_STORE)

    @post(
        "/openid4vp/responses/{presentation_id:uuid}",
        operation_id="receiveWalletAnswer",
        summary="A wallet's answer by direct_post: vp_token and state, or error and state",
        status_code=200,
        request_max_body_size=LONGEST_ANSWER,
        **answers(
            Audience.ANYONE,
            *VP_REFUSALS,
            "not-found",
            "presentation-ended",
            "presentation-answered",
            "code-revoked",
            "too-many-requests",
            tag="wallet",
            operation=DirectPost,
        ),
    )
    async def receive_wallet_answer(self, request: AnyRequest, presentation_id: FromPath[UUID]) -> Response[TakenOut]:
        services, moment = services_of(request), now()
        _claim_try(request, services, presentation_id, moment)
        answer = _read_form(await request.body())
        await receive_answer(services.asking, services.trust.current, presentation_id, answer, moment)
        await wake_asker(services, presentation_id)
        return Response(TakenOut(), headers=NO_STORE)

    @post(
        "/me/presentations/openid4vp",
        operation_id="receiveOpenid4vp",
        summary="Take the question of a registered verifier elsewhere; it is answered as any other",
        **answers(
            Audience.RESIDENT,
            *WALLET_REFUSALS,
            "verifier-unknown",
            "request-object-invalid",
            "request-unsupported",
            "response-address-refused",
            "fields-not-allowed",
            "venue-not-approved",
            "presentation-answered",
            "not-found",
            "too-many-requests",
            tag="wallet",
        ),
    )
    async def receive_openid4vp(
        self, request: ResidentRequest, data: JSONBody[ForeignRequestIn]
    ) -> Response[RequestOut]:
        services, moment = services_of(request), now()
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        if (data.request is None) == (data.request_uri is None):
            raise InvalidError("/request", "Give the question itself, or request_uri, where it lies.")
        asked = await receive_request(
            services.asking,
            request.user,
            request=data.request,
            request_uri=data.request_uri,
            client_id=data.client_id,
            now=moment,
        )
        return Response(await show_request(request, asked, moment), headers=NO_STORE)


@get(
    "/.well-known/jwt-vc-issuer",
    operation_id="getJwtVcIssuer",
    summary="Which keys verify this province's credentials of licences (SD-JWT VC issuer metadata)",
    **answers(Audience.ANYONE, tag="trust", reads_input=False),
)
async def jwt_vc_issuer(request: AnyRequest) -> Response[IssuerOut]:
    """As the trust list has them; a credential's `iss` is this issuer."""
    services = services_of(request)
    keys = list_licence_jwks(services.trust.current, services.settings.province)
    headers = {"Cache-Control": f"public, max-age={_FRESH_SECONDS}"}
    return Response(IssuerOut(services.settings.url.rstrip("/"), JwksOut(keys)), headers=headers)


def _claim_try(request: AnyRequest, services: Services, presentation_id: UUID, moment: datetime) -> None:
    """So many tries an address, and fewer a question: a wallet that asks from a server of its own has one address for
    all who use it.
    """
    address = services.vault.index("quota", f"wallet-elsewhere:{network_of(address_of(request, services))}")
    services.wallet_limit.claim(address.hex(), moment.timestamp())
    services.code_limit.claim(f"question:{presentation_id.hex}", moment.timestamp())


def _read_form(body: bytes) -> WalletAnswer:
    """Each parameter once, as OAuth 2.0 has it."""
    try:
        said: dict[str, list[Any]] = parse_qs(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_PARTS
        )
    except ValueError:
        raise InvalidError("", "The body is no form.") from None
    if any(len(values) > 1 for values in said.values()):
        raise InvalidError("", "A parameter came twice.")
    known = {name: str(said[name][0]) for name in ("state", "vp_token", "error") if name in said}
    if ("vp_token" in known) == ("error" in known):
        raise InvalidError("/vp_token", "Send vp_token, or error.")
    return WalletAnswer(**{"state": "", **known})
