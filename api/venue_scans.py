"""What a venue sees of its own scans: when, on which scanner, by whom of its staff; nothing of the holders."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.venue_wire import HourOut, RefusalOut, VenueScanOut, VenueScansOut
from app.venues.history import VenueDay, show_day
from app.venues.model import VenueScan
from app.venues.staffing import find_pseudonym


class VenueScanController(Controller):
    """A venue's scans, for its manager."""

    path = "/v1/venues/{venue_id:uuid}/scans"

    @get(
        operation_id="listVenueScans",
        summary="A day's scans at this venue, and their counts by hour",
        **answers(Audience.MANAGER, "not-found", tag="venues"),
    )
    async def list_scans(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        day: Annotated[date | None, QueryParameter(description="Beijing's; today's where none is named")] = None,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[VenueScansOut]:
        shown = await show_day(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            day=day,
            before=cursor,
            limit=limit + 1,
            now=now(),
        )
        return Response(_shape(shown, limit), headers=NO_STORE)


def _shape(shown: VenueDay, limit: int) -> VenueScansOut:
    items = [_scan(one) for one in shown.scans[:limit]]
    return VenueScansOut(
        day=shown.day,
        items=items,
        hours=[HourOut(one.hour, one.accepted, one.annulled) for one in shown.hours],
        refusals=[RefusalOut(one.scanner_id, one.reason, one.count) for one in shown.refusals],
        next_cursor=str(items[-1].id) if len(shown.scans) > limit else None,
    )


def _scan(one: VenueScan) -> VenueScanOut:
    return VenueScanOut(
        id=one.access_id,
        at=one.recorded_at,
        outcome="annulled" if one.annulled_at else "accepted",
        scanner=one.scanner_name,
        staff=find_pseudonym(one.staff_id) if one.staff_id else None,
        staff_number=one.staff_number,
    )
