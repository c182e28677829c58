"""Stand-ins of WeChat's and Alipay's servers, and codes to log in with. Production has none of these routes."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, HttpMethod, Response, post, route
from litestar.params import JSONBody

from api.callers import AnyRequest, Audience
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.standing_in import answer_in_place, keep_one, undescribed
from app.development.platforms import MiniProgramCode, PlatformStandIns
from app.platforms.model import Platform


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
        ["/wechat/{path:path}", "/alipay/{path:path}"], http_method=[HttpMethod.GET, HttpMethod.POST], **undescribed()
    )
    async def answer_as_platform(self, request: AnyRequest) -> Response[bytes]:
        return await answer_in_place(request, _stand_ins(request))


def _stand_ins(request: AnyRequest) -> PlatformStandIns:
    """One a process; what they remember is the data folder's."""
    return keep_one(request, PlatformStandIns, partial(PlatformStandIns, services_of(request).settings.data, now))
