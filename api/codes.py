"""Codes: issued without asking any store, as JSON or drawn."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.params import JSONBody

from api.callers import Audience, ResidentRequest, answering_at_once
from api.drawing import CodeOperation, RfcTime, draw, to_rfc3339
from api.lean import LeanAnswer
from api.routes import answers
from api.services import Services, now, services_of
from app.people.issuing import issue_bound_code, issue_personal_code
from app.people.model import BindingKind, ResidentCaller
from codes import MintedCode


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


async def _answer(request: ResidentRequest, wanted: CodeIn) -> LeanAnswer:
    services, moment = services_of(request), now()
    services.ended.require_fresh(moment)
    services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
    minted, kind = await _issue(services, request.user, wanted, moment)
    return draw(request, minted, _shape(minted, kind))


class CodeController(Controller):
    """What residents show."""

    path = "/v1/codes"

    @post(
        operation_id="issueCode",
        summary="A code of mine, good for one scan; as a picture with Accept: image/svg+xml or image/png",
        before_request=answering_at_once(msgspec.json.Decoder(CodeIn), _answer),
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
        return await _answer(request, data)


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


def _shape(minted: MintedCode, kind: str) -> CodeOut:
    issued, expires, refresh = map(to_rfc3339, (minted.issued_at, minted.expires_at, minted.refresh_after))
    return CodeOut(minted.text, kind, issued, expires, refresh)
