"""Codes: issued without asking any store, as JSON or drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.params import JSONBody

from api.callers import Audience, ResidentRequest
from api.documentation import ApiOperation, binary, text_header
from api.lean import JSON, LeanAnswer, raw_header
from api.routes import answers
from api.services import Services, now, services_of
from app.people.issuing import issue_bound_code, issue_personal_code
from app.people.model import BindingKind, ResidentCaller
from codes import MintedCode, to_png, to_svg

_SVG, _PNG = b"image/svg+xml", b"image/png"
_VARY = (b"vary", b"Accept")
_PNG_SCALE = 8
_encode = msgspec.json.Encoder().encode

RfcTime = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class PersonalCodeIn(msgspec.Struct, frozen=True, tag_field="kind", tag="personal"):
    """The caller's own."""


class EnterpriseCodeIn(msgspec.Struct, frozen=True, tag_field="kind", tag="enterprise"):
    """A company's, shown by its delegate."""

    delegation_id: UUID


class CareCodeIn(msgspec.Struct, frozen=True, tag_field="kind", tag="care"):
    """A relative's, shown by whoever cares for them."""

    relative_id: UUID


CodeIn: TypeAlias = PersonalCodeIn | EnterpriseCodeIn | CareCodeIn


class CodeOut(msgspec.Struct, frozen=True):
    """A code to be shown as a QR; times are whole seconds, RFC 3339 in UTC."""

    code: str
    kind: str
    issued_at: RfcTime
    expires_at: RfcTime
    refresh_after: RfcTime


@dataclass
class CodeOperation(ApiOperation):
    """issueCode, with the pictures that may come in the JSON's place."""

    def __post_init__(self) -> None:
        super().__post_init__()
        issued = self.answers["201"]
        issued.content = {**(issued.content or {}), **binary(_SVG.decode(), _PNG.decode())}
        issued.headers = {
            **text_header("X-Code-Issued-At", "with a picture: RFC 3339 in UTC"),
            **text_header("X-Code-Expires-At", "with a picture: RFC 3339 in UTC"),
            **text_header("X-Code-Refresh-After", "with a picture: RFC 3339 in UTC"),
        }


class CodeController(Controller):
    """What residents show."""

    path = "/v1/codes"

    @post(
        operation_id="issueCode",
        summary="A code of mine, good for one scan; as a picture with Accept: image/svg+xml or image/png",
        **answers(
            Audience.RESIDENT,
            "identity-not-verified",
            "installation-not-approved",
            "binding-ended",
            "binding-rests",
            "too-many-requests",
            tag="codes",
            created=CodeOut,
            operation=CodeOperation,
        ),
    )
    async def issue_code(self, request: ResidentRequest, data: JSONBody[CodeIn]) -> LeanAnswer:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        minted, kind = await _issue(services, request.user, data, moment)
        return _draw(minted, kind, _choose_type(request))


async def _issue(
    services: Services, caller: ResidentCaller, wanted: CodeIn, moment: datetime
) -> tuple[MintedCode, str]:
    ring, province, lifetime = services.ring, services.settings.province, services.settings.code_lifetime
    if isinstance(wanted, PersonalCodeIn):
        return issue_personal_code(ring, caller, province=province, lifetime=lifetime, now=moment), "personal"
    if isinstance(wanted, EnterpriseCodeIn):
        kind, binding_id = BindingKind.ENTERPRISE, wanted.delegation_id
    else:
        kind, binding_id = BindingKind.CARE, wanted.relative_id
    minted = await issue_bound_code(
        services.pool, ring, caller, kind=kind, binding_id=binding_id, province=province, lifetime=lifetime, now=moment
    )
    return minted, kind.value


def _choose_type(request: ResidentRequest) -> bytes:
    """JSON, unless the client would rather have a picture (RFC 9110, section 12.5.1)."""
    if b"image/" not in raw_header(request.scope, b"accept"):
        return JSON
    wanted = request.accept.best_match([offered.decode() for offered in (JSON, _SVG, _PNG)])
    return wanted.encode() if wanted else JSON


def _draw(minted: MintedCode, kind: str, media_type: bytes) -> LeanAnswer:
    issued, expires, refresh = _rfc3339(minted.issued_at), _rfc3339(minted.expires_at), _rfc3339(minted.refresh_after)
    if media_type == JSON:
        return LeanAnswer(_encode(CodeOut(minted.text, kind, issued, expires, refresh)), headers=(_VARY,))
    headers = (
        _VARY,
        (b"x-code-issued-at", issued.encode()),
        (b"x-code-expires-at", expires.encode()),
        (b"x-code-refresh-after", refresh.encode()),
    )
    picture = to_svg(minted.text).encode() if media_type == _SVG else to_png(minted.text, _PNG_SCALE)
    return LeanAnswer(picture, media_type, headers=headers)


@lru_cache(maxsize=256)
def _rfc3339(moment: datetime) -> str:
    """Whole seconds in UTC; strftime would take ten times as long."""
    return f"{moment.isoformat()[:19]}Z"
