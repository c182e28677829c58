"""A development server's stand-ins of registries of licences, and their registers to look at and to write in.

Production has none of these routes.
"""

from __future__ import annotations

from functools import partial

import msgspec
from litestar import Controller, Response, post
from litestar.params import JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.standing_in import answer_in_place, keep_one, undescribed
from app.development.licence_book import REGISTRIES_PATH, BookEntry
from app.development.licence_registries import LicenceRegistriesStandIn
from app.licences.registry import LicenceTold


class RegisteredLicencesOut(msgspec.Struct, frozen=True):
    """What the registers have of one holder."""

    items: list[LicenceTold]
    next_cursor: str | None = None


class HolderIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose licences are asked for, by ID number or credit code; in a body, for addresses are logged."""

    holder_code: str


class DevelopmentLicenceController(Controller):
    """For this machine alone."""

    path = REGISTRIES_PATH

    @post(
        "/holders",
        operation_id="listRegisteredLicences",
        summary="What the stand-in registries have of a holder",
        status_code=200,
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def list_registered_licences(
        self, request: AnyRequest, data: JSONBody[HolderIn]
    ) -> Response[RegisteredLicencesOut]:
        entries = _stand_in(request).files.list_of(data.holder_code) or []
        return Response(RegisteredLicencesOut([one.licence for one in entries]), headers=NO_STORE)

    @post(
        "/licences",
        operation_id="registerLicence",
        summary="Write a licence into the stand-in registries, or what has become of it",
        status_code=204,
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def register_licence(self, request: AnyRequest, data: JSONBody[LicenceTold]) -> None:
        files = _stand_in(request).files
        known = files.find(data.zzbs)
        files.put(BookEntry(msgspec.structs.replace(data, files={}), known.pictures if known else {}))

    @post("/{registry:str}/{operation:str}", **undescribed("invalid-request"))
    async def take_question(self, request: AnyRequest) -> Response[bytes]:
        return await answer_in_place(request, _stand_in(request))


def _stand_in(request: AnyRequest) -> LicenceRegistriesStandIn:
    """One a process; the registers themselves are files that all share."""
    settings = services_of(request).settings
    make = partial(LicenceRegistriesStandIn, settings, settings.url, now)
    return keep_one(request, LicenceRegistriesStandIn, make)
