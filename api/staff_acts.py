"""The log of what staff does, for auditors and operators; it only grows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import QueryParameter

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import ActOut, ActsOut
from app.staff.reading import ActFilter, ReadAct, read_acts


class StaffActController(Controller):
    """Acts."""

    path = "/v1/staff/acts"

    @get(
        operation_id="listActs",
        summary="What staff did, newest first",
        **answers(Audience.OVERSIGHT, tag="staff", records="acts.read"),
    )
    async def list_acts(
        self,
        request: ResidentRequest,
        actor: Annotated[UUID | None, QueryParameter(description="by whom")] = None,
        object: Annotated[UUID | None, QueryParameter(description="on what or whom")] = None,  # noqa: A002  the query's word
        since: Annotated[datetime | None, QueryParameter(description="from then on")] = None,
        until: Annotated[datetime | None, QueryParameter(description="before then")] = None,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[ActsOut]:
        services = services_of(request)
        found = await read_acts(
            services.pool,
            services.vault,
            request.user,
            ActFilter(actor, object, since, until),
            before=cursor,
            limit=limit + 1,
            now=now(),
        )
        items = [_act(one) for one in found[:limit]]
        return Response(ActsOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)


def _act(read: ReadAct) -> ActOut:
    act = read.act
    return ActOut(
        id=act.act_id,
        at=act.happened_at,
        actor_id=act.actor_id,
        role=act.role,
        act=act.act,
        object_id=act.object_id,
        reason=read.reason,
        request_id=act.request_id,
        committed=act.is_committed,
    )
