"""A development server's stand-in of the enterprise registry, and its register to look at and to write in.

Production has none of these routes.
"""

from __future__ import annotations

from functools import partial

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.standing_in import answer_in_place, keep_one, undescribed
from app.development.enterprise_registry import REGISTRY_PATH, EnterpriseRegistryStandIn, Registered


class RegisteredOut(msgspec.Struct, frozen=True):
    """The invented companies, as the register has them now."""

    items: list[Registered]
    next_cursor: str | None = None


class DevelopmentEnterpriseController(Controller):
    """For this machine alone."""

    path = REGISTRY_PATH

    @get(
        "/companies",
        operation_id="listRegisteredCompanies",
        summary="The invented companies that the stand-in registry knows",
        **answers(Audience.LOOPBACK, tag="development", reads_input=False),
    )
    async def list_registered_companies(self, request: AnyRequest) -> Response[RegisteredOut]:
        return Response(RegisteredOut(_stand_in(request).files.list_invented()), headers=NO_STORE)

    @post(
        "/companies",
        operation_id="registerCompany",
        summary="Write a company into the stand-in registry, or what has become of it",
        status_code=204,
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def register_company(self, request: AnyRequest, data: JSONBody[Registered]) -> None:
        _stand_in(request).files.put(data)

    @post("", **undescribed("invalid-request"))
    async def take_question(self, request: AnyRequest) -> Response[bytes]:
        return await answer_in_place(request, _stand_in(request))


def _stand_in(request: AnyRequest) -> EnterpriseRegistryStandIn:
    """One a process; the register itself is files that all share."""
    settings = services_of(request).settings
    make = partial(EnterpriseRegistryStandIn, settings, settings.url, now)
    return keep_one(request, EnterpriseRegistryStandIn, make)
