"""Somebody leaves: what they represent, and what they were let do, ends with their account."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection
from app.enterprises import delegation_store, store
from app.enterprises.claiming import end_standing
from app.enterprises.desk import end_delegation
from app.enterprises.model import Ending
from app.people.bindings import list_bindings
from app.people.model import BindingKind

_REVIEW = timedelta(days=14)
"""Until a new representative must have decided, where the one before has left the app, if not the company."""


async def leave_companies(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Call it before the bindings of a resident who leaves are ended: by those it finds the companies."""
    for binding in await list_bindings(db, resident_id):
        if binding.kind is not BindingKind.ENTERPRISE or binding.ended_at is not None:
            continue
        await store.hold_company(db, binding.principal_id)
        standing = await store.get_standing(db, binding.principal_id)
        if standing is not None and standing.binding_id == binding.binding_id:
            await end_standing(db, standing, Ending.LEFT, review_due_at=now + _REVIEW, now=now)
            continue
        one = await delegation_store.hold_delegation(db, binding.principal_id, binding.binding_id)
        if one is not None and one.ended_at is None:
            await end_delegation(db, one, Ending.LEFT, by=resident_id, topic="delegation.returned", now=now)
