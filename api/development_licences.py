"""A development server's stand-ins of registries of licences, and their registers to look at and to write in.

Production has none of these routes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import Controller, Response, post
from litestar.params import FromPath, JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.development.licence_book import REGISTRIES_PATH, BookEntry
from app.development.licence_registries import LicenceRegistriesStandIn
from app.licences.registry import LicenceTold

_HIDDEN: dict[str, Any] = {
    "include_in_schema": False,
    "opt": {"audience": Audience.LOOPBACK, "refusals": frozenset({"forbidden", "invalid-request"})},
}


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

    @post("/{registry:str}/{operation:str}", **_HIDDEN)
    async def take_question(
        self, request: AnyRequest, registry: FromPath[str], operation: FromPath[str]
    ) -> Response[bytes]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = f"{REGISTRIES_PATH}/{registry}/{operation}"
        answer = _stand_in(request).handle("POST", path, "", headers, await request.body())
        await asyncio.sleep(answer.delay)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)


def _stand_in(request: AnyRequest) -> LicenceRegistriesStandIn:
    """One a process; the registers themselves are files that all share."""
    state = request.app.state
    if "licence_registries" not in state:
        settings = services_of(request).settings
        state.licence_registries = LicenceRegistriesStandIn(settings, settings.url, now)
    stand_in: LicenceRegistriesStandIn = state.licence_registries
    return stand_in
