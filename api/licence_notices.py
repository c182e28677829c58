"""What registries of licences push to this deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, post
from litestar.openapi.spec import RequestBody
from litestar.params import HeaderParameter, PathParameter

from api.callers import AnyRequest, Audience
from api.counters import CALLBACKS
from api.documentation import ApiOperation, binary
from api.routes import answers
from api.services import now, services_of
from app.licences.noticing import SignedHeaders, receive_notice

_LONGEST_BODY = 4 * 2**10

RegistryId = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
Requester = Annotated[str, HeaderParameter(name="x-registry-requester", max_length=64)]
Time = Annotated[str, HeaderParameter(name="x-registry-time", description="milliseconds since 1970", max_length=16)]
Signature = Annotated[str, HeaderParameter(name="x-registry-signature", description="HMAC-SHA-256", max_length=64)]


@dataclass
class LicenceNotice(ApiOperation):
    """receiveLicenceNotice, whose body is read as it came: the signature is of its bytes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = RequestBody(content=binary("application/json"), required=True)


class LicenceNoticeController(Controller):
    """For the registries, who show who they are by their signatures."""

    path = "/v1/callbacks/licence-registries"
    request_max_body_size = _LONGEST_BODY

    @post(
        "/{registry:str}",
        operation_id="receiveLicenceNotice",
        summary="Takes a registry's notice that a licence has changed",
        status_code=204,
        **answers(
            Audience.ANYONE,
            "registry-unknown",
            "callback-signature-invalid",
            "callback-stale",
            tag="callbacks",
            operation=LicenceNotice,
        ),
    )
    async def receive_licence_notice(
        self, request: AnyRequest, registry: RegistryId, requester: Requester, time: Time, signature: Signature
    ) -> None:
        services = services_of(request)
        known = services.registries.require(registry)
        headers = SignedHeaders(requester, time, signature)
        outcome = await receive_notice(services.pool, services.vault, known, headers, await request.body(), now())
        CALLBACKS.labels("licence-registry", outcome).inc()
