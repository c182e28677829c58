"""Who is staff: roles granted and revoked."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import RoleGrantIn, RoleRevokeIn, StaffListOut, StaffOut
from app.staff import roles


class StaffRoleController(Controller):
    """Roles."""

    path = "/v1/staff/roles"

    @get(
        operation_id="listStaff",
        summary="Everybody who holds a role",
        **answers(Audience.OVERSIGHT, tag="staff"),
    )
    async def list_staff(
        self,
        request: ResidentRequest,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[StaffListOut]:
        services = services_of(request)
        found = await roles.list_staff(services.pool, services.vault, after=cursor, limit=limit + 1)
        items = [
            StaffOut(one.resident_id, one.masked_name, one.roles, one.has_factor, one.granted_at)
            for one in found[:limit]
        ]
        next_cursor = str(items[-1].resident_id) if len(found) > limit else None
        return Response(StaffListOut(items, next_cursor), headers=NO_STORE)

    @post(
        operation_id="grantRole",
        summary="Give a resident a role; operators and auditors are proposed instead",
        status_code=204,
        **answers(
            Audience.OPERATOR,
            "not-found",
            "two-persons-required",
            "own-role",
            "too-many-requests",
            tag="staff",
            records="role.granted",
        ),
    )
    async def grant_role(self, request: ResidentRequest, data: JSONBody[RoleGrantIn]) -> None:
        door = services_of(request).door
        await roles.grant_role(door, request.user, phone=data.phone, role=data.role, reason=data.reason, now=now())

    @post(
        "/revoke",
        operation_id="revokeRole",
        summary="Take a role back; what bears it is refused everywhere within seconds",
        status_code=204,
        **answers(Audience.OPERATOR, "not-found", "two-persons-required", tag="staff", records="role.revoked"),
    )
    async def revoke_role(self, request: ResidentRequest, data: JSONBody[RoleRevokeIn]) -> None:
        door = services_of(request).door
        await roles.revoke_role(
            door, request.user, resident_id=data.resident_id, role=data.role, reason=data.reason, now=now()
        )
