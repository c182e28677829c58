"""Staff: kept by their venue's manager, signing in on its scanners for a shift."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest, ScannerRequest
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from api.venue_wire import NewStaffOut, ShiftIn, ShiftOut, StaffIn, VenueStaffListOut, VenueStaffOut
from api.venues import REPEATED
from app.database import Executor
from app.venues import shifts, staffing
from app.venues.model import Shift


class VenueStaffController(Controller):
    """A venue's staff, for its manager."""

    path = "/v1/venues/{venue_id:uuid}/staff"

    @post(
        operation_id="addVenueStaff",
        summary="Let somebody sign in on this venue's scanners; the PIN is shown this once",
        **answers(
            Audience.MANAGER, "not-found", "staff-number-taken", *REPEATED, tag="venues", records="venue-staff.added"
        ),
    )
    async def add_staff(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        data: JSONBody[StaffIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[NewStaffOut]:
        async def act(db: Executor) -> NewStaffOut:
            made = await staffing.add_staff(
                db,
                services_of(request).vault,
                venue_id=venue_id,
                manager_id=request.user.resident_id,
                name=data.name,
                number=data.number,
                now=now(),
            )
            return NewStaffOut(made.staff_id, made.pin)

        return await answer_once(request, idempotency_key, act)

    @get(
        operation_id="listVenueStaff",
        summary="Who may sign in at this venue",
        **answers(Audience.MANAGER, "not-found", tag="venues"),
    )
    async def list_staff(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[VenueStaffListOut]:
        services = services_of(request)
        found = await staffing.list_staff(
            services.pool,
            services.vault,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            after=cursor,
            limit=limit + 1,
        )
        items = [
            VenueStaffOut(one.staff_id, one.number, one.name, one.pseudonym, one.created_at) for one in found[:limit]
        ]
        next_cursor = str(items[-1].id) if len(found) > limit else None
        return Response(VenueStaffListOut(items, next_cursor), headers=NO_STORE)

    @delete(
        "/{staff_id:uuid}",
        operation_id="removeVenueStaff",
        summary="End somebody's right to sign in, and their shift at once",
        **answers(Audience.MANAGER, "not-found", tag="venues", records="venue-staff.removed"),
    )
    async def remove_staff(self, request: ResidentRequest, venue_id: FromPath[UUID], staff_id: FromPath[UUID]) -> None:
        await staffing.remove_staff(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            staff_id=staff_id,
            now=now(),
        )


class ShiftController(Controller):
    """Who is signed in on a scanner."""

    path = "/v1/scanner/shifts"

    @post(
        operation_id="openShift",
        summary="Sign in on this scanner, for twelve hours at most; whoever was signed in is signed out",
        **answers(Audience.SCANNER, "pin-wrong", "too-many-requests", tag="scanning"),
    )
    async def open_shift(self, request: ScannerRequest, data: JSONBody[ShiftIn]) -> Response[ShiftOut]:
        services = services_of(request)
        shift = await shifts.open_shift(
            services.pool, services.vault, request.user, number=data.number, pin=data.pin, now=now()
        )
        return Response(shape_shift(shift), status_code=201, headers=NO_STORE)

    @delete(
        "/current",
        operation_id="closeShift",
        summary="Sign out",
        **answers(Audience.SCANNER, tag="scanning", reads_input=False),
    )
    async def close_shift(self, request: ScannerRequest) -> None:
        await shifts.close_shift(services_of(request).pool, request.user, now())


def shape_shift(shift: Shift) -> ShiftOut:
    """A shift as its scanner shows it."""
    return ShiftOut(
        shift.shift_id,
        shift.number,
        staffing.find_pseudonym(shift.staff_id),
        shift.opened_at,
        shift.ends_at,
    )
