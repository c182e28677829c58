"""Answers that clients may keep, and need not be sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Response
from litestar.openapi.spec import OpenAPIResponse
from litestar.params import HeaderParameter

from api.conditions import is_held
from api.documentation import ApiOperation, text_header

HeldTag: TypeAlias = Annotated[
    str, HeaderParameter(name="If-None-Match", description="the ETag of an answer held", max_length=1024)
]


@dataclass
class KeptOperation(ApiOperation):
    """An operation with its ETag, and the answer to those who have it already."""

    def __post_init__(self) -> None:
        super().__post_init__()
        etag = text_header("ETag", "of this answer")
        self.answers["200"].headers = etag
        self.answers["304"] = OpenAPIResponse("The answer is the one of If-None-Match", headers=etag)


def answer_unless_held(out: msgspec.Struct, if_none_match: str, headers: Mapping[str, str]) -> Response[Any]:
    """Encoded here, so that what the ETag was made over is what is sent."""
    body = msgspec.json.encode(out)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    said = {"ETag": etag, **headers}
    if is_held(etag, if_none_match):
        return Response(b"", status_code=304, headers=said)
    return Response(body, media_type="application/json", headers=said)
