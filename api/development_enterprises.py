"""A development server's stand-in of the enterprise registry, and its register to look at and to write in.

Production has none of these routes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.development.enterprise_registry import REGISTRY_PATH, EnterpriseRegistryStandIn, Registered

_HIDDEN: dict[str, Any] = {
    "include_in_schema": False,
    "opt": {"audience": Audience.LOOPBACK, "refusals": frozenset({"forbidden", "invalid-request"})},
}


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

    @post("", **_HIDDEN)
    async def take_question(self, request: AnyRequest) -> Response[bytes]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = _stand_in(request).handle("POST", request.url.path, "", headers, await request.body())
        await asyncio.sleep(answer.delay)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)


def _stand_in(request: AnyRequest) -> EnterpriseRegistryStandIn:
    """One a process; the register itself is files that all share."""
    state = request.app.state
    if "enterprise_registry" not in state:
        settings = services_of(request).settings
        state.enterprise_registry = EnterpriseRegistryStandIn(settings, settings.url, now)
    stand_in: EnterpriseRegistryStandIn = state.enterprise_registry
    return stand_in
