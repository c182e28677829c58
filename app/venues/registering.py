"""A venue registers for one purpose, an operator approves it, its manager keeps it up to date and closes it."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import record_act
from app.database import Executor, Pool, transaction
from app.errors import InvalidError, NotFoundError
from app.identifiers import new_id
from app.people.model import Role
from app.provinces import PROVINCES
from app.venues import journal_store, scanner_store, store
from app.venues.errors import PurposeNotRegisteredError
from app.venues.model import Purpose, Venue
from app.venues.owning import require_own


async def list_purposes(pool: Pool) -> list[Purpose]:
    """The purposes that a venue can register for."""
    return await store.list_purposes(pool)


async def create_venue(
    db: Executor,
    *,
    manager_id: UUID,
    name: str,
    purpose: str,
    adcode: str,
    address: str,
    offline_policy: str = "refuse",
    now: datetime,
) -> Venue:
    """Registers a venue; it scans nothing until it is approved."""
    if not re.fullmatch(r"\d{6}", adcode) or adcode[:2] not in PROVINCES:
        raise InvalidError("/adcode", "This is not a six-digit division code of GB/T 2260.")
    if not await store.has_purpose(db, purpose):
        raise PurposeNotRegisteredError
    venue = Venue(new_id(), name, purpose, adcode, address, manager_id, approved_at=None, offline_policy=offline_policy)
    async with transaction(db) as part:
        await store.insert_venue(part, venue, now)
        await record_act(part, manager_id, "venue.created", venue.venue_id, now, role=Role.MANAGER)
    return venue


async def list_venues(
    pool: Pool, *, manager_id: UUID | None, waiting: bool, after: UUID | None, limit: int
) -> list[Venue]:
    """A manager's own venues, or everybody's; `waiting` keeps those that nobody approved yet."""
    return await store.list_venues(
        pool, after=after or UUID(int=0), manager_id=manager_id, waiting=waiting, limit=limit
    )


async def approve_venue(pool: Pool, *, venue_id: UUID, operator_id: UUID, now: datetime) -> Venue:
    """Lets a venue scan for its purpose; approving twice changes nothing."""
    async with transaction(pool) as db:
        if await store.approve_venue(db, venue_id, approved_by=operator_id, now=now):
            await record_act(db, operator_id, "venue.approved", venue_id, now, role=Role.OPERATOR)
            await journal_store.note_standing(db, venue_id, now)
        venue = await store.get_venue(db, venue_id)
    if venue is None or venue.closed_at is not None:
        raise NotFoundError
    return venue


async def update_venue(
    pool: Pool,
    *,
    venue_id: UUID,
    manager_id: UUID,
    name: str | None,
    address: str | None,
    requires_shift: bool | None,
    offline_policy: str | None = None,
    now: datetime,
) -> Venue:
    """Changes what is registered. Under another name or address it waits for approval again: people rely on both."""
    async with transaction(pool) as db:
        held = require_own(await store.lock_venue(db, venue_id), manager_id)
        venue = msgspec.structs.replace(
            held,
            name=name or held.name,
            address=address or held.address,
            requires_shift=held.requires_shift if requires_shift is None else requires_shift,
            offline_policy=offline_policy or held.offline_policy,
        )
        if (venue.name, venue.address) != (held.name, held.address):
            venue = msgspec.structs.replace(venue, approved_at=None)
        await store.update_venue(db, venue)
        await journal_store.note_standing(db, venue_id, now)
        await record_act(db, manager_id, "venue.updated", venue_id, now, role=Role.MANAGER)
    return venue


async def close_venue(pool: Pool, *, venue_id: UUID, manager_id: UUID, now: datetime) -> None:
    """Ends a venue and all its scanners; what it looked at stays in the log under its name."""
    async with transaction(pool) as db:
        require_own(await store.lock_venue(db, venue_id), manager_id)
        await store.close_venue(db, venue_id, now)
        await journal_store.note_standing(db, venue_id, now)
        await scanner_store.revoke_scanners(db, venue_id, now)
        await record_act(db, manager_id, "venue.closed", venue_id, now, role=Role.MANAGER)
