"""Matters at windows: which materials somebody holds, handed over when they agree; licences looked up there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import AnyRequest, Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.licences.model import Bilingual, Slug, Standing
from app.licences.sources import SourceStanding
from app.wallet import materials
from app.wallet.material_model import (
    AgreesBy,
    AskedMaterial,
    HandedMaterial,
    MaterialState,
    RequestState,
    ShownRequest,
)
from app.wallet.matter_book import Matter, list_matters
from app.wallet.window_looking import SeenLicence, look_up

_PRESENT = ("not-found", "window-presence-ended", "person-not-registered")
_TAG = "windows"


class MattersOut(msgspec.Struct, frozen=True):
    """What windows do, and what each matter needs."""

    items: list[Matter]
    next_cursor: None = None


class MaterialsIn(msgspec.Struct, frozen=True):
    """For which matter."""

    matter: Slug


class MaterialOut(msgspec.Struct, frozen=True):
    """One material: all that is said of it before its holder agrees."""

    material: str
    state: MaterialState
    licence_type: str | None
    fields: list[str]
    """Of one that is held: what is handed over."""
    kept_days: int


class MaterialsOut(msgspec.Struct, frozen=True):
    """A window's question, and what has become of it."""

    id: UUID
    matter: str
    state: RequestState
    agrees_by: AgreesBy | None
    """On the phone; or at the window, who has none."""
    expires_at: datetime
    materials: list[MaterialOut]


class HandOverIn(msgspec.Struct, frozen=True):
    """`agreed_here`: who has no phone agreed before the screen that was turned to them."""

    agreed_here: bool = False


class HandedOut(msgspec.Struct, frozen=True):
    """What was agreed to."""

    items: list[HandedMaterial]


class UnheardOut(msgspec.Struct, frozen=True):
    """A registry that may have such a licence, and was not heard of late: look again in a moment."""

    source: str
    name: Bilingual
    state: SourceStanding


class SeenOut(msgspec.Struct, frozen=True):
    """A licence of whoever stands there."""

    licence_id: UUID
    type: str
    standing: Standing
    issuer_name: str
    valid_until: date | None
    fields: dict[str, str]
    masked: dict[str, str]
    access_id: UUID


class LookedUpOut(msgspec.Struct, frozen=True):
    """Every licence of the kind."""

    items: list[SeenOut]
    unheard: list[UnheardOut]
    next_cursor: None = None


class MatterController(Controller):
    """Matters, for everybody: what to bring is no secret."""

    path = "/v1/matters"

    @get(
        operation_id="listMatters",
        summary="What windows do, and the materials that each matter needs",
        **answers(Audience.ANYONE, tag=_TAG, reads_input=False),
    )
    async def list_matters(self, request: AnyRequest) -> Response[MattersOut]:
        found = await list_matters(services_of(request).pool)
        return Response(MattersOut(list(found)), headers={"Cache-Control": "no-cache"})


class WindowLicenceController(Controller):
    """Licences and materials of whoever stands at the caller's window."""

    path = "/v1/windows/presences/{presence_id:uuid}"

    @get(
        "/licences",
        operation_id="lookUpLicences",
        summary="Look up a licence of whoever stands there and has no phone to show it: logged, and told to them",
        **answers(
            Audience.WINDOW,
            *_PRESENT,
            "fields-not-allowed",
            "too-many-requests",
            tag=_TAG,
            records="window.licences-looked-up",
        ),
    )
    async def look_up(
        self,
        request: ResidentRequest,
        presence_id: FromPath[UUID],
        kind: Annotated[Slug, QueryParameter(name="type", description="the kind of licence")],
    ) -> Response[LookedUpOut]:
        found = await look_up(services_of(request).windows, request.user, presence_id, kind, now())
        unheard = {one.source: UnheardOut(one.source, one.name, one.state) for one in found.unheard}
        shown = LookedUpOut([_shape(one) for one in found.licences], list(unheard.values()))
        return Response(shown, headers=NO_STORE)

    @post(
        "/materials",
        operation_id="askMaterials",
        summary="Ask which materials for a matter the person holds; where they have a phone, it is asked to agree",
        **answers(Audience.WINDOW, *_PRESENT, "too-many-requests", tag=_TAG, records="window.materials-asked"),
    )
    async def ask_materials(
        self, request: ResidentRequest, presence_id: FromPath[UUID], data: JSONBody[MaterialsIn]
    ) -> Response[MaterialsOut]:
        services = services_of(request)
        asked = await materials.ask_materials(
            services.windows, services.asking, request.user, presence_id, data.matter, now()
        )
        return Response(_describe(asked), headers=NO_STORE)

    @get(
        "/materials/{request_id:uuid}",
        operation_id="getMaterials",
        summary="What has become of a question of mine",
        **answers(Audience.WINDOW, *_PRESENT, tag=_TAG),
    )
    async def get_materials(
        self, request: ResidentRequest, presence_id: FromPath[UUID], request_id: FromPath[UUID]
    ) -> Response[MaterialsOut]:
        found = await materials.get_materials(
            services_of(request).windows, request.user, presence_id, request_id, now()
        )
        return Response(_describe(found), headers=NO_STORE)

    @post(
        "/materials/{request_id:uuid}/hand-over",
        operation_id="handOverMaterials",
        summary="What the person agreed to hand over: the fields that windows may know, each look logged",
        status_code=200,
        **answers(
            Audience.WINDOW,
            *_PRESENT,
            "materials-not-agreed",
            "consent-refused",
            "consent-timed-out",
            "presentation-ended",
            "licence-not-held",
            tag=_TAG,
            records="window.materials-handed-over",
        ),
    )
    async def hand_over(
        self,
        request: ResidentRequest,
        presence_id: FromPath[UUID],
        request_id: FromPath[UUID],
        data: JSONBody[HandOverIn],
    ) -> Response[HandedOut]:
        services = services_of(request)
        handed = await materials.hand_over(
            services.windows,
            services.asking,
            request.user,
            presence_id,
            request_id,
            agreed_here=data.agreed_here,
            now=now(),
        )
        return Response(HandedOut(handed), headers=NO_STORE)


def _describe(shown: ShownRequest) -> MaterialsOut:
    asked = shown.request
    return MaterialsOut(
        id=asked.request_id,
        matter=asked.matter_id,
        state=shown.state,
        agrees_by=shown.agrees_by,
        expires_at=asked.expires_at,
        materials=[_describe_one(one) for one in asked.asked],
    )


def _describe_one(one: AskedMaterial) -> MaterialOut:
    return MaterialOut(one.material, one.state, one.licence_type, one.fields, one.kept_days)


def _shape(one: SeenLicence) -> SeenOut:
    return SeenOut(
        licence_id=one.licence_id,
        type=one.licence_type,
        standing=one.standing,
        issuer_name=one.issuer_name,
        valid_until=one.valid_until,
        fields=one.fields,
        masked=one.masked,
        access_id=one.access_id,
    )
