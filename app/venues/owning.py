"""Whose a venue is: what its manager may do, nobody else may, and to others it is not there."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor
from app.errors import NotFoundError
from app.venues import store
from app.venues.model import Venue


async def require_own_venue(db: Executor, venue_id: UUID, manager_id: UUID) -> Venue:
    """The manager's open venue; raises NotFoundError for another's, a closed one, and none."""
    return require_own(await store.get_venue(db, venue_id), manager_id)


def require_own(venue: Venue | None, manager_id: UUID) -> Venue:
    """As require_own_venue, of a venue that was read already."""
    if venue is None or venue.manager_id != manager_id or venue.closed_at is not None:
        raise NotFoundError
    return venue
