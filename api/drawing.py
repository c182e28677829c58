"""A code that was just made, as JSON or as the picture that the client would rather have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from api.callers import ResidentRequest
from api.documentation import ApiOperation, binary, text_header
from api.lean import JSON, LeanAnswer, raw_header
from codes import MintedCode, to_png, to_svg

_SVG, _PNG = b"image/svg+xml", b"image/png"
_VARY = (b"vary", b"Accept")
_PNG_SCALE = 8

RfcTime = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


@dataclass
class CodeOperation(ApiOperation):
    """An operation that makes a code, with the pictures that may come in the JSON's place."""

    def __post_init__(self) -> None:
        super().__post_init__()
        issued = self.answers["201"]
        issued.content = {**(issued.content or {}), **binary(_SVG.decode(), _PNG.decode())}
        issued.headers = {
            **text_header("X-Code-Issued-At", "with a picture: RFC 3339 in UTC"),
            **text_header("X-Code-Expires-At", "with a picture: RFC 3339 in UTC"),
            **text_header("X-Code-Refresh-After", "with a picture: RFC 3339 in UTC"),
        }


def draw(request: ResidentRequest, minted: MintedCode, as_json: msgspec.Struct) -> LeanAnswer:
    """The code as the client asked for it: `as_json`, or its QR with its times in headers."""
    media_type = _choose_type(request)
    if media_type == JSON:
        return LeanAnswer(_encode(as_json), headers=(_VARY,))
    headers = (
        _VARY,
        (b"x-code-issued-at", to_rfc3339(minted.issued_at).encode()),
        (b"x-code-expires-at", to_rfc3339(minted.expires_at).encode()),
        (b"x-code-refresh-after", to_rfc3339(minted.refresh_after).encode()),
    )
    picture = to_svg(minted.text).encode() if media_type == _SVG else to_png(minted.text, _PNG_SCALE)
    return LeanAnswer(picture, media_type, headers=headers)


_encode = msgspec.json.Encoder().encode


def _choose_type(request: ResidentRequest) -> bytes:
    """JSON, unless the client would rather have a picture (RFC 9110, section 12.5.1)."""
    if b"image/" not in raw_header(request.scope, b"accept"):
        return JSON
    wanted = request.accept.best_match([offered.decode() for offered in (JSON, _SVG, _PNG)])
    return wanted.encode() if wanted else JSON


@lru_cache(maxsize=256)
def to_rfc3339(moment: datetime) -> str:
    """Whole seconds in UTC; strftime would take ten times as long."""
    return f"{moment.isoformat()[:19]}Z"
