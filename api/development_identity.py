"""A development server's stand-ins of the identity authorities: face checks to press through, credentials, a register.

Production has none of these routes.
"""

from __future__ import annotations

import html
from functools import partial
from typing import Annotated
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.standing_in import answer_in_place, keep_one, undescribed
from app.development.identity_files import FaceFile, Outcome, certify_id_of
from app.development.identity_register import KnownPerson
from app.development.identity_standing_in import IDENTITY_PATH, IdentityStandIns, face_page_of
from app.errors import NotFoundError
from app.identity.model import AgeBand
from app.people.rules import normalise_phone

_HIDDEN = undescribed("not-found", "invalid-request")
_SEE_OTHER = 303

_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>模拟人脸核验 · Face check stand-in</title>
<h1>模拟人脸核验</h1><p lang="en">A stand-in of the face check: choose how it ends.</p>
<p>{state}</p>
<form method="post" action="{path}"><button name="outcome" value="pass">通过 Pass</button>
<button name="outcome" value="fail">不通过 Fail</button></form>
{back}
</html>
"""
_STATES = {None: "等待操作 · waiting", "pass": "已通过 · passed", "fail": "未通过 · failed"}


class FaceOutcomeIn(msgspec.Struct, frozen=True):
    """How the check is to end."""

    outcome: Outcome


class CredentialIn(msgspec.Struct, frozen=True):
    """Whose phone answers which sequence number, and as how old; without it as old as the register has them."""

    sequence: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    phone: Annotated[str, msgspec.Meta(min_length=5, max_length=32)]
    age_band: AgeBand | None = None


class CredentialOut(msgspec.Struct, frozen=True):
    """What the app on the phone would hand over."""

    credential: str


class KnownPeopleOut(msgspec.Struct, frozen=True):
    """Whom the stand-ins know by name."""

    items: list[KnownPerson]
    next_cursor: str | None = None


class DevelopmentIdentityController(Controller):
    """For this machine alone."""

    path = IDENTITY_PATH

    @get(
        "/people",
        operation_id="listKnownIdentities",
        summary="Names, ID numbers and phones that the stand-in authorities know",
        **answers(Audience.LOOPBACK, tag="development", reads_input=False),
    )
    async def list_known_identities(self, request: AnyRequest) -> Response[KnownPeopleOut]:
        return Response(KnownPeopleOut(_stand_ins(request).register.people), headers=NO_STORE)

    @post(
        "/faces/{check_id:uuid}",
        operation_id="completeFaceCheck",
        summary="Let a face check pass or fail",
        status_code=204,
        **answers(Audience.LOOPBACK, "not-found", tag="development"),
    )
    async def complete_face_check(
        self, request: AnyRequest, check_id: FromPath[UUID], data: JSONBody[FaceOutcomeIn]
    ) -> None:
        _complete(request, check_id, data.outcome)

    @post(
        "/credentials",
        operation_id="issueNetworkCredential",
        summary="What the network identity app on a phone would answer to a sequence number",
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def issue_network_credential(
        self, request: AnyRequest, data: JSONBody[CredentialIn]
    ) -> Response[CredentialOut]:
        issued = _stand_ins(request).network.issue(data.sequence, normalise_phone(data.phone), data.age_band)
        return Response(CredentialOut(issued), headers=NO_STORE)

    @get("/face-pages/{check_id:uuid}", **_HIDDEN)
    async def show_face_check(self, request: AnyRequest, check_id: FromPath[UUID]) -> Response[str]:
        face = _stand_ins(request).files.get_face(certify_id_of(check_id))
        if face is None:
            raise NotFoundError
        return _show(check_id, face)

    @post("/face-pages/{check_id:uuid}", **_HIDDEN)
    async def press_face_check(self, request: AnyRequest, check_id: FromPath[UUID]) -> Response[str]:
        pressed = parse_qs((await request.body()).decode("latin-1")).get("outcome", [""])[0]
        face = _complete(request, check_id, "pass" if pressed == "pass" else "fail")
        if face.return_url is None:
            return _show(check_id, face)
        return Response("", status_code=_SEE_OTHER, headers={**NO_STORE, "Location": face.return_url})

    @post(["/cloud-auth", "/network/verifications"], **_HIDDEN)
    async def take_question(self, request: AnyRequest) -> Response[bytes]:
        return await answer_in_place(request, _stand_ins(request))


def _complete(request: AnyRequest, check_id: UUID, outcome: Outcome) -> FaceFile:
    face = _stand_ins(request).files.complete_face(certify_id_of(check_id), outcome)
    if face is None:
        raise NotFoundError
    return face


def _show(check_id: UUID, face: FaceFile) -> Response[str]:
    back = ""
    targets = "'self'"
    if face.return_url is not None:
        parts = urlsplit(face.return_url)
        targets += f" {parts.scheme}://{parts.netloc}"  # a form's redirect is held to this too
        back = f'<p><a href="{html.escape(face.return_url)}">返回 Back</a></p>'
    page = _PAGE.format(state=_STATES[face.outcome], path=face_page_of(check_id), back=back)
    policy = f"default-src 'none'; form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    headers = {**NO_STORE, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Response(page, media_type="text/html", headers=headers)


def _stand_ins(request: AnyRequest) -> IdentityStandIns:
    """One a process: they remember the nonces they have seen."""
    settings = services_of(request).settings
    return keep_one(request, IdentityStandIns, partial(IdentityStandIns, settings, settings.url, now))
