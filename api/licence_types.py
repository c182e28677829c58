"""Kinds of licences, for whoever shows or checks one; and what purposes may ask of them."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.params import JSONBody, PathParameter

from api.callers import AnyRequest, Audience, ResidentRequest
from api.etags import HeldTag, KeptOperation, answer_unless_held
from api.faults import word_fault
from api.licence_type_wire import (
    AskedIn,
    AskedListOut,
    AskedOut,
    BreaksOut,
    LicenceTypeCheckIn,
    LicenceTypeIn,
    LicenceTypeOut,
    LicenceTypesOut,
    TypeMetadataOut,
)
from api.problems import speaks_english
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_proposals import show_proposal
from api.staff_wire import ProposalOut, ReasonIn
from app.errors import InvalidError, NotFoundError
from app.licences import changing
from app.licences.model import LONGEST_SLUG, SLUG, LicenceType
from app.licences.type_metadata import describe_type
from app.licences.type_rules import Asked
from app.licences.types import get_types
from app.people.model import Role
from app.staff import licence_acts, proposing
from app.staff.registry import Draft
from app.wallet.credentials import vct_of

_FRESH_SECONDS = 10
"""What a server holds may be five seconds old itself."""
_PROPOSED = 202
_PROPOSING = ("session-expired", "not-found")

TypeId: TypeAlias = Annotated[str, PathParameter(description="the kind's id", pattern=SLUG, max_length=LONGEST_SLUG)]
PurposeId: TypeAlias = Annotated[
    str, PathParameter(description="the purpose's id", pattern=SLUG, max_length=LONGEST_SLUG)
]


class LicenceTypeController(Controller):
    """Kinds of licences."""

    path = "/v1/licence-types"

    @get(
        operation_id="listLicenceTypes",
        summary="Every kind of licence: its fields, how close each is kept, and how its card looks",
        **answers(Audience.ANYONE, tag="licences", operation=KeptOperation),
    )
    async def list_licence_types(self, request: AnyRequest, if_none_match: HeldTag = "") -> Response[LicenceTypesOut]:
        book = await get_types(services_of(request).pool)
        return _answer(LicenceTypesOut([LicenceTypeOut.of(kind) for kind in book.values()]), if_none_match)

    @get(
        "/{type_id:str}",
        operation_id="getLicenceType",
        summary="One kind as it is defined, with what registries call its fields and whose issuing is trusted",
        **answers(Audience.ANYONE, "not-found", tag="licences", operation=KeptOperation),
    )
    async def get_licence_type(
        self, request: AnyRequest, type_id: TypeId, if_none_match: HeldTag = ""
    ) -> Response[LicenceType]:
        return _answer(await _require_type(request, type_id), if_none_match)

    @get(
        "/{type_id:str}/vct",
        operation_id="getLicenceTypeMetadata",
        summary="The kind as the type of a credential (SD-JWT VC), for verifiers of elsewhere",
        **answers(Audience.ANYONE, "not-found", tag="licences", operation=KeptOperation),
    )
    async def get_licence_type_metadata(
        self, request: AnyRequest, type_id: TypeId, if_none_match: HeldTag = ""
    ) -> Response[TypeMetadataOut]:
        kind = await _require_type(request, type_id)
        described = describe_type(kind, vct_of(services_of(request).settings.url, kind.id))
        return _answer(TypeMetadataOut(**described), if_none_match)

    @put(
        "/{type_id:str}",
        operation_id="putLicenceType",
        summary="Propose a new kind, or another definition of one; a second operator decides, and reads what it breaks",
        status_code=_PROPOSED,
        **answers(Audience.OPERATOR, *_PROPOSING, tag="staff", records="proposal.made"),
    )
    async def put_licence_type(
        self, request: ResidentRequest, type_id: TypeId, data: JSONBody[LicenceTypeIn]
    ) -> Response[ProposalOut]:
        _require_same(type_id, data.definition)
        draft = Draft(licence_acts.PUT_TYPE, data.reason, licence_type=data.definition)
        return await _propose(request, draft)

    @post(
        "/{type_id:str}/check",
        operation_id="checkLicenceType",
        summary="What a definition would break, before it is proposed",
        status_code=200,
        **answers(Audience.OPERATOR, tag="staff"),
    )
    async def check_licence_type(
        self, request: ResidentRequest, type_id: TypeId, data: JSONBody[LicenceTypeCheckIn]
    ) -> Response[BreaksOut]:
        _require_same(type_id, data.definition)
        breaks = await changing.find_put_breaks(services_of(request).pool, data.definition)
        english = speaks_english(request)
        return Response(BreaksOut([word_fault(one, english=english) for one in breaks]), headers=NO_STORE)

    @post(
        "/{type_id:str}/withdraw",
        operation_id="withdrawLicenceType",
        summary="Propose that a kind be there no more; a second operator decides, and reads what it breaks",
        status_code=_PROPOSED,
        **answers(Audience.OPERATOR, *_PROPOSING, tag="staff", records="proposal.made"),
    )
    async def withdraw_licence_type(
        self, request: ResidentRequest, type_id: TypeId, data: JSONBody[ReasonIn]
    ) -> Response[ProposalOut]:
        return await _propose(request, Draft(licence_acts.WITHDRAW_TYPE, data.reason, type_id=type_id))


class PurposeLicenceController(Controller):
    """What may be asked for which purpose: more takes two persons, none takes one."""

    path = "/v1/purposes/{purpose:str}/licences"

    @get(
        operation_id="listPurposeLicences",
        summary="Which fields of which kinds a venue of this purpose may ask for, and how long it may keep them",
        **answers(Audience.ANYONE, "not-found", tag="licences"),
    )
    async def list_purpose_licences(self, request: AnyRequest, purpose: PurposeId) -> AskedListOut:
        found = await changing.list_asked(services_of(request).pool, purpose)
        return AskedListOut([AskedOut.of(asked) for asked in found])

    @put(
        "/{type_id:str}",
        operation_id="setPurposeLicence",
        summary="Propose what a purpose may ask of a kind; a second operator decides",
        status_code=_PROPOSED,
        **answers(Audience.OPERATOR, *_PROPOSING, tag="staff", records="proposal.made"),
    )
    async def set_purpose_licence(
        self, request: ResidentRequest, purpose: PurposeId, type_id: TypeId, data: JSONBody[AskedIn]
    ) -> Response[ProposalOut]:
        asked = Asked(purpose, type_id, data.fields, data.kept_days)
        return await _propose(request, Draft(licence_acts.LET_ASK, data.reason, asked=asked))

    @delete(
        "/{type_id:str}",
        operation_id="removePurposeLicence",
        summary="Let a purpose ask nothing of a kind any more, at once",
        **answers(Audience.OPERATOR, "not-found", tag="staff", records="purpose.licence-refused"),
    )
    async def remove_purpose_licence(self, request: ResidentRequest, purpose: PurposeId, type_id: TypeId) -> None:
        changer = changing.Changer(request.user.resident_id, Role.OPERATOR.value)
        await changing.stop_asking(services_of(request).pool, changer, purpose, type_id, now())


def _require_same(type_id: str, kind: LicenceType) -> None:
    if kind.id != type_id:
        raise InvalidError("/definition/id", "It is another kind than the address names.")


async def _require_type(request: AnyRequest, type_id: str) -> LicenceType:
    kind = (await get_types(services_of(request).pool)).get(type_id)
    if kind is None:
        raise NotFoundError
    return kind


async def _propose(request: ResidentRequest, draft: Draft) -> Response[ProposalOut]:
    services = services_of(request)
    proposal = await proposing.propose_act(services.pool, services.vault, services.acts, request.user, draft, now())
    shown = await show_proposal(request, services.pool, proposal)
    return Response(shown, status_code=_PROPOSED, headers=NO_STORE)


def _answer(out: msgspec.Struct, if_none_match: str) -> Response[Any]:
    return answer_unless_held(out, if_none_match, {"Cache-Control": f"public, max-age={_FRESH_SECONDS}"})
