"""Windows: a person stands there, as a face check has just shown, and is served without a phone."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.identity import IdText, PersonName
from api.relatives import RelativesOut
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.identity.model import FaceCheck, FaceEvidence
from app.people import presences, windows
from app.people.care_model import Kinship, Relative
from app.people.guardian_model import Consent, DocumentKind, Relation
from app.people.presences import PresenceClaim
from app.people.window_model import OpenedPresence
from app.wallet.window_questions import end_visit

_LONGEST_BODY = 64 * 2**10
"""What the authority's SDK says of a window's camera is some kilobytes."""
_PROVIDER = ("provider-refused", "provider-unavailable", "too-many-requests", "evidence-not-offered")
_PRESENT = ("not-found", "window-presence-ended", "person-not-registered")
_TAG = "windows"


class PresenceCheckIn(msgspec.Struct, frozen=True):
    """Who stands there, as their card says, and what the SDK says of the window's camera."""

    name: PersonName
    id_number: IdText
    device: Annotated[str, msgspec.Meta(min_length=1, max_length=32768, description="MetaInfo, as the SDK gave it")]
    return_url: Annotated[str, msgspec.Meta(max_length=1024, description="where a browser comes back to")] | None = None


class PresenceIn(msgspec.Struct, frozen=True):
    """The same person, and the face check that they have gone through."""

    name: PersonName
    id_number: IdText
    evidence: FaceEvidence


class CareIn(msgspec.Struct, frozen=True):
    """Two who both stand there, and what the relative is to the carer."""

    carer_presence_id: UUID
    relative_presence_id: UUID
    kinship: Kinship


class DocumentIn(msgspec.Struct, frozen=True):
    """What the guardian showed; it is kept with the act."""

    kind: DocumentKind
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class GuardianIn(msgspec.Struct, frozen=True):
    """Whose guardian stands there, and what says so."""

    name: PersonName
    id_number: IdText
    relation: Relation
    document: DocumentIn


class PresenceController(Controller):
    """People at the caller's window."""

    path = "/v1/windows/presences"
    request_max_body_size = _LONGEST_BODY

    @post(
        "/checks",
        operation_id="startPresence",
        summary="Begin the face check of whoever stands at the window, on the window's own device",
        **answers(Audience.WINDOW, *_PROVIDER, tag=_TAG, records="window.check-started"),
    )
    async def start_presence(self, request: ResidentRequest, data: JSONBody[PresenceCheckIn]) -> Response[FaceCheck]:
        services = services_of(request)
        check = await presences.start_check(
            services.door,
            services.identity,
            request.user,
            name=data.name,
            id_number=data.id_number,
            device=data.device,
            return_url=data.return_url,
            now=now(),
        )
        return Response(check, headers=NO_STORE)

    @post(
        operation_id="openPresence",
        summary="Note that somebody stands there, for 15 minutes; they are told at once",
        **answers(
            Audience.WINDOW,
            "identity-not-confirmed",
            "evidence-expired",
            "evidence-pending",
            *_PROVIDER,
            tag=_TAG,
            records="window.presence-opened",
        ),
    )
    async def open_presence(self, request: ResidentRequest, data: JSONBody[PresenceIn]) -> Response[OpenedPresence]:
        services = services_of(request)
        claimed = PresenceClaim(data.name, data.id_number, data.evidence.check_id)
        opened = await presences.open_presence(services.door, services.identity, request.user, claimed, now())
        return Response(opened, headers=NO_STORE)

    @delete(
        "/{presence_id:uuid}",
        operation_id="closePresence",
        summary="The person leaves",
        **answers(Audience.WINDOW, "not-found", tag=_TAG, records="window.presence-closed"),
    )
    async def close_presence(self, request: ResidentRequest, presence_id: FromPath[UUID]) -> None:
        await end_visit(services_of(request).door, request.user, presence_id, now())

    @post(
        "/{presence_id:uuid}/registration",
        operation_id="registerAtWindow",
        summary="Make an account for somebody who has none, and needs no phone",
        **answers(
            Audience.WINDOW,
            "not-found",
            "window-presence-ended",
            "guardian-consent-required",
            tag=_TAG,
            records="window.registered",
        ),
    )
    async def register(self, request: ResidentRequest, presence_id: FromPath[UUID]) -> Response[OpenedPresence]:
        opened = await windows.register_person(services_of(request).door, request.user, presence_id, now())
        return Response(opened, headers=NO_STORE)

    @post(
        "/{presence_id:uuid}/unlock",
        operation_id="unlockAtWindow",
        summary="Open the locked account of whoever stands there",
        status_code=204,
        **answers(Audience.WINDOW, *_PRESENT, "session-expired", tag=_TAG, records="window.unlocked"),
    )
    async def unlock(self, request: ResidentRequest, presence_id: FromPath[UUID]) -> None:
        await windows.unlock_account(services_of(request).door, request.user, presence_id, now())

    @post(
        "/{presence_id:uuid}/guardian-consents",
        operation_id="confirmGuardianAtWindow",
        summary="Confirm whoever stands there as a child's guardian, by a document",
        **answers(Audience.WINDOW, *_PRESENT, "guardian-not-eligible", tag=_TAG, records="window.guardian-confirmed"),
    )
    async def confirm_guardian(
        self, request: ResidentRequest, presence_id: FromPath[UUID], data: JSONBody[GuardianIn]
    ) -> Response[Consent]:
        consent = await windows.confirm_guardian(
            services_of(request).door,
            request.user,
            presence_id,
            name=data.name,
            id_number=data.id_number,
            relation=data.relation,
            document=data.document.kind,
            document_number=data.document.number,
            now=now(),
        )
        return Response(consent, headers=NO_STORE)


class WindowCareController(Controller):
    """Care relations of people at the caller's window."""

    path = "/v1/windows"
    request_max_body_size = _LONGEST_BODY

    @post(
        "/care",
        operation_id="setUpCareAtWindow",
        summary="Bind two who both stand there and agree",
        **answers(
            Audience.WINDOW,
            *_PRESENT,
            "care-limit-reached",
            "presence-required",
            "identity-not-verified",
            "guardian-consent-required",
            tag=_TAG,
            records="window.care-set-up",
        ),
    )
    async def set_up_care(self, request: ResidentRequest, data: JSONBody[CareIn]) -> Response[Relative]:
        made = await windows.set_up_care(
            services_of(request).door,
            request.user,
            carer_presence_id=data.carer_presence_id,
            relative_presence_id=data.relative_presence_id,
            kinship=data.kinship,
            now=now(),
        )
        return Response(made, headers=NO_STORE)

    @get(
        "/presences/{presence_id:uuid}/relatives",
        operation_id="listRelativesAtWindow",
        summary="The care relations of whoever stands there",
        **answers(Audience.WINDOW, *_PRESENT, tag=_TAG, records="window.relatives-listed"),
    )
    async def list_relatives(self, request: ResidentRequest, presence_id: FromPath[UUID]) -> Response[RelativesOut]:
        found = await windows.list_relatives(services_of(request).door, request.user, presence_id, now())
        return Response(RelativesOut(found), headers=NO_STORE)

    @post(
        "/presences/{presence_id:uuid}/relatives/{relative_id:uuid}/renew",
        operation_id="renewCareAtWindow",
        summary="Go on with a care relation: at once where the relative stands there",
        status_code=200,
        **answers(
            Audience.WINDOW,
            *_PRESENT,
            "binding-ended",
            "presence-required",
            tag=_TAG,
            records="window.care-renewed",
        ),
    )
    async def renew_care(
        self, request: ResidentRequest, presence_id: FromPath[UUID], relative_id: FromPath[UUID]
    ) -> Response[Relative]:
        renewed = await windows.renew_care(services_of(request).door, request.user, presence_id, relative_id, now())
        return Response(renewed, headers=NO_STORE)

    @delete(
        "/presences/{presence_id:uuid}/relatives/{relative_id:uuid}",
        operation_id="endCareAtWindow",
        summary="End a care relation of whoever stands there",
        **answers(Audience.WINDOW, *_PRESENT, tag=_TAG, records="window.care-ended"),
    )
    async def end_care(
        self, request: ResidentRequest, presence_id: FromPath[UUID], relative_id: FromPath[UUID]
    ) -> None:
        await windows.end_care(services_of(request).door, request.user, presence_id, relative_id, now())
