"""A venue goes to another manager: by an operator, where the one of before is gone or no longer runs it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import record_act
from app.database import Pool, transaction
from app.errors import InvalidError, NotFoundError
from app.people.holding import holds_role, tell_resident
from app.people.model import Role
from app.venues import store
from app.venues.model import Venue

_TOPIC = "venue.transferred"


async def transfer_venue(pool: Pool, *, venue_id: UUID, operator_id: UUID, manager_id: UUID, now: datetime) -> Venue:
    """Hands a venue over with its scanners and staff, which work on; both managers are told."""
    async with transaction(pool) as db:
        held = await store.lock_venue(db, venue_id)
        if held is None or held.closed_at is not None:
            raise NotFoundError
        if not await holds_role(db, manager_id, Role.MANAGER):
            raise InvalidError("/resident_id", "This is nobody who manages venues: give them the role first.")
        venue = msgspec.structs.replace(held, manager_id=manager_id)
        if venue != held:
            await store.transfer_venue(db, venue_id, manager_id)
            for told in (held.manager_id, manager_id):
                await tell_resident(db, told, _TOPIC, {"venue_id": venue_id, "at": now}, now)
            await record_act(db, operator_id, "venue.transferred", venue_id, now, role=Role.OPERATOR)
    return venue
