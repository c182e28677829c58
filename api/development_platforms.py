"""Stand-ins of WeChat's and Alipay's servers, and codes to log in with. Production has none of these routes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, HttpMethod, Response, post, route
from litestar.params import JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.development.platforms import MiniProgramCode, PlatformStandIns
from app.platforms.model import Platform

_UNDESCRIBED: dict[str, Any] = {
    "include_in_schema": False,
    "opt": {"audience": Audience.LOOPBACK, "refusals": frozenset({"forbidden"})},
}


class MiniProgramCodeIn(msgspec.Struct, frozen=True):
    """Who is to log in: the same name is always the same invented person."""

    platform: Platform
    user: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    phone: (
        Annotated[str, msgspec.Meta(pattern=r"^1[3-9][0-9]{9}$", description="what WeChat says is their number")] | None
    ) = None


class DevelopmentPlatformController(Controller):
    """For this machine alone."""

    path = "/v1/development"

    @post(
        "/mini-program-codes",
        operation_id="createMiniProgramCode",
        summary="A code to log in with, as an invented user's mini-program would have it",
        **answers(Audience.LOOPBACK, tag="development"),
    )
    async def create_mini_program_code(
        self, request: AnyRequest, data: JSONBody[MiniProgramCodeIn]
    ) -> Response[MiniProgramCode]:
        code = _stand_ins(request).create_code(data.platform, data.user, data.phone)
        return Response(code, headers=NO_STORE)

    @route(
        ["/wechat/{path:path}", "/alipay/{path:path}"], http_method=[HttpMethod.GET, HttpMethod.POST], **_UNDESCRIBED
    )
    async def answer_as_platform(self, request: AnyRequest) -> Response[bytes]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = request.scope["query_string"].decode("latin-1")
        answer = _stand_ins(request).handle(str(request.method), request.url.path, query, headers, await request.body())
        await asyncio.sleep(answer.delay)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)


def _stand_ins(request: AnyRequest) -> PlatformStandIns:
    """One a process; what they remember is the data folder's."""
    state = request.app.state
    if "platform_stand_ins" not in state:
        state.platform_stand_ins = PlatformStandIns(services_of(request).settings.data, now)
    stand_ins: PlatformStandIns = state.platform_stand_ins
    return stand_ins
