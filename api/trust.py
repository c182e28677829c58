"""The trust list: what scanners and other provinces verify by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, get
from litestar.openapi.spec import OpenAPIResponse
from litestar.params import HeaderParameter

from api.callers import AnyRequest, Audience
from api.conditions import is_held
from api.documentation import ApiOperation, text_header
from api.routes import answers
from api.services import services_of

_MEDIA_TYPE = "application/jose"
_FRESH_SECONDS = 60


@dataclass
class TrustListOperation(ApiOperation):
    """getTrustList, with its ETag and the answer to those who have the list already."""

    def __post_init__(self) -> None:
        super().__post_init__()
        etag = text_header("ETag", "of this list")
        self.answers["200"].headers = etag
        self.answers["304"] = OpenAPIResponse("The list is the one of If-None-Match", headers=etag)


class TrustController(Controller):
    """Public keys, signed."""

    path = "/v1"

    @get(
        "/trust-list",
        operation_id="getTrustList",
        summary="The signed list of keys whose codes are good (compact JWS)",
        media_type=_MEDIA_TYPE,
        **answers(Audience.ANYONE, tag="trust", operation=TrustListOperation),
    )
    async def get_trust_list(
        self,
        request: AnyRequest,
        if_none_match: Annotated[
            str, HeaderParameter(name="If-None-Match", description="the ETag of a list held", max_length=1024)
        ] = "",
    ) -> Response[str]:
        held = services_of(request).trust
        etag = f'"{held.current.sequence}"'
        headers = {"ETag": etag, "Cache-Control": f"public, max-age={_FRESH_SECONDS}"}
        if is_held(etag, if_none_match):
            return Response("", status_code=304, headers=headers)
        return Response(held.jws, media_type=_MEDIA_TYPE, headers=headers)
