"""The trust list: what scanners and other provinces verify by."""

from __future__ import annotations

from litestar import Controller, Response, get

from api.callers import AnyRequest, Audience
from api.routes import answers
from api.services import services_of

_MEDIA_TYPE = "application/jose"
_FRESH_SECONDS = 60


class TrustController(Controller):
    """Public keys, signed."""

    path = "/v1"

    @get(
        "/trust-list",
        operation_id="getTrustList",
        summary="The signed list of keys whose codes are good (compact JWS)",
        media_type=_MEDIA_TYPE,
        **answers(Audience.ANYONE, tag="trust", reads_input=False),
    )
    async def get_trust_list(self, request: AnyRequest) -> Response[str]:
        held = services_of(request).trust
        etag = f'"{held.current.sequence}"'
        headers = {"ETag": etag, "Cache-Control": f"public, max-age={_FRESH_SECONDS}"}
        asked = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if etag in asked or "*" in asked:
            return Response("", status_code=304, headers=headers)
        return Response(held.jws, media_type=_MEDIA_TYPE, headers=headers)
