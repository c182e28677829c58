"""The desk and one resident: found for a reason, which they are told, and locked when they call."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import ReasonIn, ResidentFoundOut, ResidentSearchIn
from app.staff import desk


class DeskResidentController(Controller):
    """Looks at residents, and what may follow one."""

    path = "/v1/desk/residents"

    @post(
        "/search",
        operation_id="findResident",
        summary="Find one resident by the whole phone or ID number; they are told",
        status_code=200,
        **answers(Audience.OPERATOR, "not-found", "too-many-requests", tag="desk", records="resident.searched"),
    )
    async def find_resident(
        self, request: ResidentRequest, data: JSONBody[ResidentSearchIn]
    ) -> Response[ResidentFoundOut]:
        look = await desk.find_resident(
            services_of(request).door,
            request.user,
            phone=data.phone,
            id_number=data.id_number,
            reason=data.reason,
            case_reference=data.case_reference,
            now=now(),
        )
        found = ResidentFoundOut(
            look_id=look.look_id,
            expires_at=look.expires_at,
            masked_name=look.masked_name,
            masked_phone=look.masked_phone,
            verified=look.verified,
            locked=look.locked,
            installations=look.installations,
        )
        return Response(found, headers=NO_STORE)

    @post(
        "/{look_id:uuid}/lock",
        operation_id="lockResident",
        summary="Lock the account of a resident who calls, by the id that findResident answered",
        status_code=204,
        **answers(Audience.OPERATOR, "not-found", "look-expired", tag="desk", records="resident.locked"),
    )
    async def lock_resident(self, request: ResidentRequest, look_id: FromPath[UUID], data: JSONBody[ReasonIn]) -> None:
        door = services_of(request).door
        await desk.lock_for_caller(door, request.user, look_id, reason=data.reason, now=now())
