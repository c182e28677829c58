"""Guardians: consenting to the account of a child under 14, and withdrawing the consent."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.people import guardian_confirming, guardians
from app.people.guardian_model import Consent, OtherConsent, Relation

_LONGEST_BODY = 4 * 2**10
_UNTRUSTED = ("identity-not-verified", "installation-not-approved")


class GuardianConsentIn(msgspec.Struct, frozen=True):
    """Whom the guardian consents for, as the child's card has it, and what they are to the child."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    id_number: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    relation: Relation


class GuardianConsentsOut(msgspec.Struct, frozen=True):
    """All consents; they are few, so there is one page."""

    items: list[Consent]
    next_cursor: str | None = None


class WaitingGuardiansOut(msgspec.Struct, frozen=True):
    """They are few, so there is one page."""

    items: list[OtherConsent]
    next_cursor: str | None = None


class GuardianController(Controller):
    """A guardian's own consents."""

    path = "/v1/me/guardian-consents"
    request_max_body_size = _LONGEST_BODY

    @post(
        operation_id="giveGuardianConsent",
        summary="Consent to a child's account; it counts once a window or another guardian confirms it",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "guardian-not-eligible", "session-expired", tag="identity"),
    )
    async def give_consent(self, request: ResidentRequest, data: JSONBody[GuardianConsentIn]) -> Response[Consent]:
        services = services_of(request)
        consent = await guardians.give_consent(
            services.pool,
            services.vault,
            request.user,
            name=data.name,
            id_number=data.id_number,
            relation=data.relation,
            now=now(),
        )
        return Response(consent, headers=NO_STORE)

    @get(
        operation_id="listGuardianConsents",
        summary="For whom I consented",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "session-expired", tag="identity", reads_input=False),
    )
    async def list_consents(self, request: ResidentRequest) -> Response[GuardianConsentsOut]:
        services = services_of(request)
        found = await guardians.list_consents(services.pool, services.vault, request.user)
        return Response(GuardianConsentsOut(found), headers=NO_STORE)

    @get(
        "/waiting",
        operation_id="listWaitingGuardians",
        summary="Who else says to be a guardian of a child for whom a window confirmed me",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "session-expired", tag="identity", reads_input=False),
    )
    async def list_waiting(self, request: ResidentRequest) -> Response[WaitingGuardiansOut]:
        services = services_of(request)
        found = await guardian_confirming.list_waiting(services.pool, services.vault, request.user)
        return Response(WaitingGuardiansOut(found), headers=NO_STORE)

    @post(
        "/{consent_id:uuid}/confirm",
        operation_id="confirmGuardian",
        summary="Say that another guardian of my child is one",
        status_code=204,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "session-expired", tag="identity"),
    )
    async def confirm_guardian(self, request: ResidentRequest, consent_id: FromPath[UUID]) -> None:
        services = services_of(request)
        await guardian_confirming.confirm_other(services.pool, services.vault, request.user, consent_id, now())

    @delete(
        "/{consent_id:uuid}",
        operation_id="withdrawGuardianConsent",
        summary="Withdraw a consent; the child's codes and sessions end at once",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "session-expired", tag="identity"),
    )
    async def withdraw_consent(self, request: ResidentRequest, consent_id: FromPath[UUID]) -> None:
        services = services_of(request)
        await guardians.withdraw_consent(services.pool, services.vault, request.user, consent_id, now())
        await services.ended.catch_up()
