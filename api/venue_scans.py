"""What a venue sees of its own scans: when, on which scanner, by whom of its staff; nothing of the holders."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, cast
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.venue_wire import DayCountsOut, Form, HourOut, RefusalOut, VenueScanOut, VenueScansOut
from app.venues import history
from app.venues.model import VenueScan
from app.venues.staffing import find_pseudonym

Day = Annotated[date | None, QueryParameter(description="Beijing's; today where none is named")]


class VenueScanController(Controller):
    """A venue's scans, for its manager."""

    path = "/v1/venues/{venue_id:uuid}/scans"

    @get(
        operation_id="listVenueScans",
        summary="A day's scans at this venue",
        **answers(Audience.MANAGER, "not-found", tag="venues"),
    )
    async def list_scans(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        day: Day = None,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[VenueScansOut]:
        found = await history.list_scans(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            day=day,
            before=cursor,
            limit=limit + 1,
            now=now(),
        )
        items = [_scan(one) for one in found[:limit]]
        return Response(VenueScansOut(items, str(items[-1].id) if len(found) > limit else None), headers=NO_STORE)

    @get(
        "/counts",
        operation_id="countVenueScans",
        summary="A day's scans at this venue by hour, and what its scanners refused by reason",
        **answers(Audience.MANAGER, "not-found", tag="venues"),
    )
    async def count_scans(
        self, request: ResidentRequest, venue_id: FromPath[UUID], day: Day = None
    ) -> Response[DayCountsOut]:
        counts = await history.count_scans(
            services_of(request).pool, venue_id=venue_id, manager_id=request.user.resident_id, day=day, now=now()
        )
        shown = DayCountsOut(
            day=counts.day,
            hours=[HourOut(one.hour, one.accepted, one.annulled) for one in counts.hours],
            refusals=[RefusalOut(one.scanner_id, one.reason, one.count) for one in counts.refusals],
        )
        return Response(shown, headers=NO_STORE)


def _scan(one: VenueScan) -> VenueScanOut:
    return VenueScanOut(
        id=one.access_id,
        at=one.recorded_at,
        outcome="annulled" if one.annulled_at else cast('Literal["accepted", "conflict", "revoked"]', one.outcome),
        scanner=one.scanner_name,
        staff=find_pseudonym(one.staff_id) if one.staff_id else None,
        staff_number=one.staff_number,
        form=cast("Form", one.form),
        offline=one.synced_at is not None,
        synced_at=one.synced_at,
        used_again_at=one.used_again_at,
    )
