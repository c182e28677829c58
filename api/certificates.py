"""Certificates for phones that will be without a network."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, post
from litestar.params import JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.venue_wire import JwkIn
from app.credentials.certificates import MOST_KEYS, issue_certificates
from app.errors import InvalidError
from app.people.model import BindingKind
from codes import base64url


class CertificatesIn(msgspec.Struct, frozen=True):
    """Public keys, each for one showing; of the caller's own codes, or those of a binding as issueCode has them."""

    public_keys: Annotated[list[JwkIn], msgspec.Meta(min_length=1, max_length=MOST_KEYS)]
    kind: Literal["personal", "enterprise", "care"] = "personal"
    delegation_id: UUID | None = None
    relative_id: UUID | None = None


class CertificateOut(msgspec.Struct, frozen=True):
    """Goes into the header of the code that its key signs, byte by byte as it is."""

    certificate: Annotated[str, msgspec.Meta(description="base64url, as docs/codes.md has its bytes")]
    expires_at: datetime


class CertificatesOut(msgspec.Struct, frozen=True):
    """In the order of the keys."""

    certificates: list[CertificateOut]


class CertificateController(Controller):
    """What phones show without a network."""

    path = "/v1/codes/certificates"

    @post(
        operation_id="issueCertificates",
        summary="Certify keys of my phone, each to show one code without a network in the next hours",
        **answers(
            Audience.RESIDENT,
            "identity-not-verified",
            "installation-not-approved",
            "session-expired",
            "binding-ended",
            "binding-rests",
            "public-key-refused",
            "too-many-requests",
            tag="codes",
        ),
    )
    async def issue_certificates(
        self, request: ResidentRequest, data: JSONBody[CertificatesIn]
    ) -> Response[CertificatesOut]:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        issued = await issue_certificates(
            services.credentials,
            request.user,
            [shape_key(key) for key in data.public_keys],
            binding=_read_binding(data),
            most_live=services.settings.certificates_per_session,
            now=moment,
        )
        made = [CertificateOut(base64url.encode(one), issued.expires_at) for one in issued.certificates]
        return Response(CertificatesOut(made), headers=NO_STORE)


def shape_key(key: JwkIn) -> dict[str, object]:
    """What was sent of a key, and nothing that was not."""
    members = {"kty": key.kty, "crv": key.crv, "x": key.x, "y": key.y, "d": key.d}
    return {name: value for name, value in members.items() if value is not None}


def _read_binding(data: CertificatesIn) -> tuple[BindingKind, UUID] | None:
    """One id with the kind that it belongs to, or none with one's own."""
    wanted = {"enterprise": ("delegation_id", data.delegation_id), "care": ("relative_id", data.relative_id)}
    for kind, (name, given) in wanted.items():
        if (kind == data.kind) != (given is not None):
            raise InvalidError(f"/{name}", f"It goes with kind {kind}, and with no other.")
    binding_id = data.delegation_id or data.relative_id
    return None if binding_id is None else (BindingKind(data.kind), binding_id)
