"""Proving who one is, and the claims that this leads to where the identity has a resident already."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.identity.model import CredentialCheck, Evidence, FaceCheck
from app.people import claiming, proving
from app.people.claiming import ShownClaim
from app.people.model import Claim, OpenedSession
from app.people.proving import Told

_LONGEST_BODY = 64 * 2**10
"""What an app says of a phone before a face check, and a network credential, are some kilobytes."""
_PROVIDER = ("provider-refused", "provider-unavailable", "too-many-requests", "evidence-not-offered")
_UNTRUSTED = ("identity-not-verified", "installation-not-approved", "session-expired")

PersonName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="as the card has it")]
IdText = Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="the number of the card")]


class FaceCheckIn(msgspec.Struct, frozen=True, tag_field="kind", tag="face"):
    """Whose face is to be compared."""

    name: PersonName
    id_number: IdText
    device: Annotated[str, msgspec.Meta(min_length=1, max_length=32768, description="MetaInfo, as the SDK gave it")]
    return_url: Annotated[str, msgspec.Meta(max_length=1024, description="where a browser comes back to")] | None = None


class CredentialCheckIn(msgspec.Struct, frozen=True, tag_field="kind", tag="network-credential"):
    """Neither name nor number is asked for."""


CheckIn: TypeAlias = FaceCheckIn | CredentialCheckIn


class FaceCheckOut(FaceCheck, frozen=True, tag_field="kind", tag="face"):
    """Open `url`, or give `certify_id` to the authority's SDK; then prove with `check_id`."""


class CredentialCheckOut(CredentialCheck, frozen=True, tag_field="kind", tag="network-credential"):
    """Open the national network identity app with these; then prove with `check_id` and what it answers."""


CheckOut: TypeAlias = FaceCheckOut | CredentialCheckOut


class IdentityIn(msgspec.Struct, frozen=True):
    """Who I am, and the evidence. Name and number go with face and carrier; with a network credential, neither."""

    evidence: Evidence
    name: PersonName | None = None
    id_number: IdText | None = None


class ClaimOut(msgspec.Struct, frozen=True):
    """The identity has a resident, who is asked. The claim can be completed here, once they approve or it is due."""

    claim_id: UUID
    due_at: datetime | None
    """From when on it holds without an approval; null where it never does."""
    expires_at: datetime


class ClaimsOut(msgspec.Struct, frozen=True):
    """Claims on me and mine, the latest first; they are few, so there is one page."""

    items: list[ShownClaim]
    next_cursor: str | None = None


def _proving() -> dict[str, Any]:
    """The answers of proveIdentity, which has two ways to succeed."""
    described = answers(
        Audience.RESIDENT,
        "identity-not-confirmed",
        "evidence-expired",
        "evidence-pending",
        *_PROVIDER,
        "guardian-consent-required",
        "identity-differs",
        "presence-required",
        "session-expired",
        tag="identity",
    )
    opened = ResponseSpec(ClaimOut, generate_examples=False, description="The identity has a resident, who is asked")
    return {**described, "responses": {202: opened, **described["responses"]}}


class IdentityController(Controller):
    """Who a resident is."""

    path = "/v1/me/identity"
    request_max_body_size = _LONGEST_BODY

    @post(
        "/checks",
        operation_id="startIdentityCheck",
        summary="Begin a face check, or get what a network credential must answer",
        **answers(Audience.RESIDENT, *_PROVIDER, "session-expired", tag="identity"),
    )
    async def start_check(self, request: ResidentRequest, data: JSONBody[CheckIn]) -> Response[CheckOut]:
        services, moment = services_of(request), now()
        authority = services.identity
        applicant = await proving.require_applicant(services.door, request.user, moment)
        if isinstance(data, CredentialCheckIn):
            check = await authority.start_credential_check(applicant, moment)
            return Response(CredentialCheckOut(**msgspec.structs.asdict(check)), headers=NO_STORE)
        face = await authority.start_face_check(
            applicant,
            name=data.name,
            id_number=data.id_number,
            device=data.device,
            return_url=data.return_url,
            now=moment,
        )
        return Response(FaceCheckOut(**msgspec.structs.asdict(face)), headers=NO_STORE)

    @post(
        operation_id="proveIdentity",
        summary="Prove who I am: a verified session, or a claim where the identity has a resident already",
        status_code=200,
        **_proving(),
    )
    async def prove_identity(
        self, request: ResidentRequest, data: JSONBody[IdentityIn]
    ) -> Response[OpenedSession | ClaimOut]:
        services, moment = services_of(request), now()
        told = Told(data.evidence, data.name, data.id_number)
        proven = await proving.prove_identity(services.door, services.identity, request.user, told, moment)
        if isinstance(proven, Claim):
            claim = ClaimOut(proven.claim_id, proven.due_at, proven.expires_at)
            return Response(claim, status_code=202, headers=NO_STORE)
        services.ended.add(request.user.session_id, moment)
        return Response(proven, headers=NO_STORE)

    @get(
        "/claims",
        operation_id="listIdentityClaims",
        summary="Claims on my identity, and those that I made",
        **answers(Audience.RESIDENT, tag="identity", reads_input=False),
    )
    async def list_claims(self, request: ResidentRequest) -> Response[ClaimsOut]:
        found = await claiming.list_claims(services_of(request).pool, request.user, now())
        return Response(ClaimsOut(found), headers=NO_STORE)

    @post(
        "/claims/{claim_id:uuid}/approve",
        operation_id="approveIdentityClaim",
        summary="Let whoever claims my identity in: it is me",
        status_code=204,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "claim-ended", tag="identity"),
    )
    async def approve_claim(self, request: ResidentRequest, claim_id: FromPath[UUID]) -> None:
        await claiming.approve_claim(services_of(request).pool, request.user, claim_id, now())

    @post(
        "/claims/{claim_id:uuid}/deny",
        operation_id="denyIdentityClaim",
        summary="Refuse whoever claims my identity: it is not me",
        status_code=204,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "claim-ended", tag="identity"),
    )
    async def deny_claim(self, request: ResidentRequest, claim_id: FromPath[UUID]) -> None:
        await claiming.deny_claim(services_of(request).pool, request.user, claim_id, now())

    @post(
        "/claims/{claim_id:uuid}/complete",
        operation_id="completeIdentityClaim",
        summary="Come in by a claim that was approved or is due: a verified session of the identity's resident",
        status_code=200,
        **answers(Audience.RESIDENT, "not-found", "claim-not-ready", "claim-ended", "session-expired", tag="identity"),
    )
    async def complete_claim(self, request: ResidentRequest, claim_id: FromPath[UUID]) -> Response[OpenedSession]:
        services, moment = services_of(request), now()
        opened = await claiming.complete_claim(services.door, request.user, claim_id, moment)
        services.ended.add(request.user.session_id, moment)
        return Response(opened, headers=NO_STORE)
