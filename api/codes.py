"""Codes: issued without asking any store, as JSON or drawn."""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec
from litestar import Controller, Response, post
from litestar.params import JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import answers
from api.services import now, services_of
from app.people.issuing import issue_personal_code
from codes import MintedCode, to_png, to_svg

_SVG, _PNG = "image/svg+xml", "image/png"
_PNG_SCALE = 8


class CodeIn(msgspec.Struct, frozen=True):
    """Which code; other kinds come with their bindings."""

    kind: Literal["personal"]


class CodeOut(msgspec.Struct, frozen=True):
    """A code to be shown as a QR; times are whole seconds, RFC 3339 in UTC."""

    code: str
    kind: str
    issued_at: str
    expires_at: str
    refresh_after: str


class CodeController(Controller):
    """What residents show."""

    path = "/v1/codes"

    @post(
        operation_id="issueCode",
        summary="A code of mine, good for one scan; as a picture with Accept: image/svg+xml or image/png",
        **answers(
            Audience.RESIDENT, "identity-not-verified", "installation-not-approved", "too-many-requests", tag="codes"
        ),
    )
    async def issue_code(self, request: ResidentRequest, data: JSONBody[CodeIn]) -> Response[CodeOut]:
        services, moment = services_of(request), now()
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        minted = issue_personal_code(
            services.ring,
            request.user,
            province=services.settings.province,
            lifetime=services.settings.code_lifetime,
            now=moment,
        )
        return _draw(minted, data.kind, request.headers.get("accept", ""))


def _draw(minted: MintedCode, kind: str, accept: str) -> Response[CodeOut]:
    times = {
        "issued_at": _rfc3339(minted.issued_at),
        "expires_at": _rfc3339(minted.expires_at),
        "refresh_after": _rfc3339(minted.refresh_after),
    }
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if _SVG in accept or _PNG in accept:
        headers |= {f"X-Code-{name.title().replace('_', '-')}": value for name, value in times.items()}
        is_svg = _SVG in accept
        picture = to_svg(minted.text).encode() if is_svg else to_png(minted.text, _PNG_SCALE)
        return Response(cast("Any", picture), media_type=_SVG if is_svg else _PNG, headers=headers)
    return Response(CodeOut(code=minted.text, kind=kind, **times), headers=headers)


def _rfc3339(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
