"""Relatives: whom I care for, who cares for me, and the invitations by which this begins."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.people import caring, child_care, inviting
from app.people.care_model import Invitation, Kinship, Relative
from app.people.inviting import Wish
from app.people.model import BindingPart

_LONGEST_BODY = 4 * 2**10
_UNTRUSTED = ("identity-not-verified", "installation-not-approved", "session-expired")
_TAG = "relatives"


class RelativesOut(msgspec.Struct, frozen=True):
    """All that live; they are few, so there is one page."""

    items: list[Relative]
    next_cursor: str | None = None


class CareInvitationIn(msgspec.Struct, frozen=True):
    """Whom I invite: the phone by which they come in, and their name as they have proven it."""

    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    part: BindingPart
    """What I will do: `shows` their code, or `is-shown` by them."""
    kinship: Kinship
    """What the one whose code it is, is to the one who shows it."""


class CareInvitationsOut(msgspec.Struct, frozen=True):
    """Those that wait for me first, then mine; they are few, so there is one page."""

    items: list[Invitation]
    next_cursor: str | None = None


class ChildIn(msgspec.Struct, frozen=True):
    """My consent as the child's guardian, by its id."""

    consent_id: UUID


class RelativeController(Controller):
    """Care relations of the caller."""

    path = "/v1/me/relatives"
    request_max_body_size = _LONGEST_BODY

    @get(
        operation_id="listRelatives",
        summary="Whose code I show, and who shows mine",
        **answers(Audience.RESIDENT, *_UNTRUSTED, tag=_TAG, reads_input=False),
    )
    async def list_relatives(self, request: ResidentRequest) -> Response[RelativesOut]:
        services = services_of(request)
        found = await caring.list_relatives(services.pool, services.vault, request.user, now())
        return Response(RelativesOut(found), headers=NO_STORE)

    @post(
        operation_id="careForChild",
        summary="Show the code of a child under 14 whose guardian I am; again, it renews",
        **answers(
            Audience.RESIDENT,
            *_UNTRUSTED,
            "not-found",
            "guardian-consent-required",
            "care-limit-reached",
            "presence-required",
            "binding-ended",
            tag=_TAG,
        ),
    )
    async def care_for_child(self, request: ResidentRequest, data: JSONBody[ChildIn]) -> Response[Relative]:
        services = services_of(request)
        made = await child_care.care_for_child(
            services.pool, services.vault, services.settings, request.user, data.consent_id, now()
        )
        return Response(made, headers=NO_STORE)

    @delete(
        "/{relative_id:uuid}",
        operation_id="endCare",
        summary="End a care relation, from either side; codes shown by it end at once",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", tag=_TAG),
    )
    async def end_care(self, request: ResidentRequest, relative_id: FromPath[UUID]) -> None:
        await caring.end_care(services_of(request).pool, request.user, relative_id, now())

    @post(
        "/{relative_id:uuid}/renew",
        operation_id="renewCare",
        summary="Agree to go on; the end moves once both have agreed",
        status_code=200,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "binding-ended", "presence-required", tag=_TAG),
    )
    async def renew_care(self, request: ResidentRequest, relative_id: FromPath[UUID]) -> Response[Relative]:
        services = services_of(request)
        renewed = await caring.renew_care(
            services.pool, services.vault, services.settings, request.user, relative_id, now()
        )
        return Response(renewed, headers=NO_STORE)


class CareInvitationController(Controller):
    """Invitations to care, or to be cared for."""

    path = "/v1/me/relatives/invitations"
    request_max_body_size = _LONGEST_BODY

    @post(
        operation_id="inviteRelative",
        summary="Invite a relative by phone and name; the answer is the same whether they are here or not",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "too-many-requests", "guardian-consent-required", tag=_TAG),
    )
    async def invite(self, request: ResidentRequest, data: JSONBody[CareInvitationIn]) -> Response[Invitation]:
        services = services_of(request)
        wish = Wish(data.phone, data.name, data.part, data.kinship)
        made = await inviting.invite(services.pool, services.vault, services.settings, request.user, wish, now())
        return Response(made, headers=NO_STORE)

    @get(
        operation_id="listCareInvitations",
        summary="What waits for my answer, and what I sent",
        **answers(Audience.RESIDENT, *_UNTRUSTED, tag=_TAG, reads_input=False),
    )
    async def list_invitations(self, request: ResidentRequest) -> Response[CareInvitationsOut]:
        services = services_of(request)
        found = await inviting.list_invitations(services.pool, services.vault, request.user, now())
        return Response(CareInvitationsOut(found), headers=NO_STORE)

    @post(
        "/{invitation_id:uuid}/accept",
        operation_id="acceptCareInvitation",
        summary="Agree to be bound as the invitation says",
        **answers(
            Audience.RESIDENT,
            *_UNTRUSTED,
            "not-found",
            "invitation-ended",
            "care-limit-reached",
            "guardian-consent-required",
            "presence-required",
            tag=_TAG,
        ),
    )
    async def accept(self, request: ResidentRequest, invitation_id: FromPath[UUID]) -> Response[Relative]:
        services = services_of(request)
        made = await inviting.accept(
            services.pool, services.vault, services.settings, request.user, invitation_id, now()
        )
        return Response(made, headers=NO_STORE)

    @post(
        "/{invitation_id:uuid}/decline",
        operation_id="declineCareInvitation",
        summary="Refuse; the inviter is not told",
        status_code=204,
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "invitation-ended", tag=_TAG),
    )
    async def decline(self, request: ResidentRequest, invitation_id: FromPath[UUID]) -> None:
        services = services_of(request)
        await inviting.decline(services.pool, services.vault, request.user, invitation_id, now())

    @delete(
        "/{invitation_id:uuid}",
        operation_id="withdrawCareInvitation",
        summary="Take back an invitation that I sent",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "invitation-ended", tag=_TAG),
    )
    async def withdraw(self, request: ResidentRequest, invitation_id: FromPath[UUID]) -> None:
        await inviting.withdraw_invitation(services_of(request).pool, request.user, invitation_id, now())
