"""Status lists: which paper or certificate was revoked, for those who scan without a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.openapi.spec import OpenAPIResponse
from litestar.params import FromPath, HeaderParameter, QueryParameter

from api.callers import AnyRequest, Audience
from api.conditions import is_held, takes_gzip
from api.documentation import ApiOperation, binary, text_header
from api.routes import answers
from api.services import services_of
from app.credentials.held_lists import HeldStatusLists
from app.credentials.model import ListStanding
from codes import DELTA_TYPE
from codes.status import CWT_TYPE

_JWT, _DELTA = "application/statuslist+jwt", f"application/{DELTA_TYPE}"
_FRESH_SECONDS = 15
_HIGHEST_SECOND = 2**32 - 1


class StatusListOut(msgspec.Struct, frozen=True):
    """One list, as it was last signed."""

    id: int
    use: Literal["paper", "certificate", "licence"]
    uri: str
    issued_at: datetime
    expires_at: datetime


class StatusListsOut(msgspec.Struct, frozen=True):
    """All lists in which something may still be good."""

    items: list[StatusListOut]
    next_cursor: None = None


@dataclass
class StatusListOperation(ApiOperation):
    """getStatusList, with its three forms and the answer to those who have the list already."""

    def __post_init__(self) -> None:
        super().__post_init__()
        etag = text_header("ETag", "of this list in this form")
        self.answers["200"].content = binary(_JWT, CWT_TYPE, _DELTA)
        self.answers["200"].headers = etag
        self.answers["304"] = OpenAPIResponse("The list is the one of If-None-Match", headers=etag)


Held = Annotated[str, HeaderParameter(name="If-None-Match", description="the ETag of a list held", max_length=1024)]
Since = Annotated[
    int | None,
    QueryParameter(
        description="`iat` of the list held: the answer may be what was revoked since", ge=0, le=_HIGHEST_SECOND
    ),
]


class StatusListController(Controller):
    """Signed lists of one bit for each thing that lives long."""

    path = "/v1/status-lists"

    @get(
        operation_id="listStatusLists",
        summary="The status lists that a scanner without a network should hold",
        **answers(Audience.ANYONE, tag="trust", reads_input=False),
    )
    async def list_status_lists(self, request: AnyRequest) -> Response[StatusListsOut]:
        held = services_of(request).status_lists
        items = [
            StatusListOut(one.list_no, one.use, held.uri_of(one.list_no), one.issued_at, one.expires_at)
            for one in held.list_all()
            if one.issued_at is not None and one.expires_at is not None
        ]
        headers = {"Cache-Control": f"public, max-age={_FRESH_SECONDS}"}
        return Response(StatusListsOut(items), headers=headers)

    @get(
        "/{list_id:int}",
        operation_id="getStatusList",
        summary="A status list: JWT, or CWT by Accept; with `since`, the delta from a list held where that is smaller",
        media_type=_JWT,
        **answers(Audience.ANYONE, "not-found", tag="trust", operation=StatusListOperation),
    )
    async def get_status_list(
        self, request: AnyRequest, list_id: FromPath[int], since: Since = None, if_none_match: Held = ""
    ) -> Response[bytes]:
        held = services_of(request).status_lists
        standing = await held.require(list_id)
        wanted = request.accept.best_match([_JWT, CWT_TYPE]) or _JWT
        texts = await held.require_texts(standing)
        headers = {
            "ETag": f'W/"{int(texts.issued_at.timestamp())}-{wanted[-3:]}"',  # gzip or not, delta or whole: one list
            "Cache-Control": f"public, max-age={_FRESH_SECONDS}",
            "Vary": "Accept, Accept-Encoding",
        }
        if is_held(headers["ETag"], if_none_match):
            return Response(b"", status_code=304, media_type=wanted, headers=headers)
        whole = texts.cwt if wanted == CWT_TYPE else texts.jwt
        delta = await _get_smaller(held, standing, since, len(whole))
        if delta is not None:
            return Response(delta, media_type=_DELTA, headers=headers)
        # A third of the JWT is saved, since base64 within base64 fills no byte.
        if wanted == _JWT and takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(texts.jwt_gzip, media_type=wanted, headers={**headers, "Content-Encoding": "gzip"})
        return Response(whole, media_type=wanted, headers=headers)


async def _get_smaller(held: HeldStatusLists, standing: ListStanding, since: int | None, size: int) -> bytes | None:
    delta = None if since is None else await held.get_delta(standing, since)
    return delta if delta is not None and len(delta) < size else None
