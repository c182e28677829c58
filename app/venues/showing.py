"""What a venue shows in public: its name, its registered purpose, and what a scan tells it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from app.database import Executor
from app.errors import NotFoundError
from app.venues import store
from app.venues.errors import VenueNotApprovedError
from app.venues.model import Purpose, Venue
from app.venues.owning import require_own_venue


class ShownVenue(msgspec.Struct, frozen=True):
    """An approved venue with its purpose in words."""

    venue: Venue
    purpose: Purpose


async def show_venue(db: Executor, venue_id: UUID) -> ShownVenue:
    """For everybody; raises NotFoundError where none is open and approved."""
    venue = await store.get_venue(db, venue_id)
    if venue is None or not venue.may_look:
        raise NotFoundError
    return await _with_purpose(db, venue)


async def show_own_venue(db: Executor, venue_id: UUID, manager_id: UUID) -> ShownVenue:
    """For the manager, to be printed; nothing is printed of what nobody approved."""
    venue = await require_own_venue(db, venue_id, manager_id)
    if venue.approved_at is None:
        raise VenueNotApprovedError
    return await _with_purpose(db, venue)


async def _with_purpose(db: Executor, venue: Venue) -> ShownVenue:
    purposes = {purpose.purpose: purpose for purpose in await store.list_purposes(db)}
    return ShownVenue(venue, purposes[venue.purpose])
