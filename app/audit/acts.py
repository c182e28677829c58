"""What officers do in their office: approving a venue, withdrawing a service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.audit import store
from app.database import Connection
from app.identifiers import new_id


async def record_act(db: Connection, actor_id: UUID, act: str, object_id: UUID | None, now: datetime) -> None:
    """Keeps who did what to what, in the transaction that does it; `act` is a static name such as venue.approved."""
    await store.insert_act(db, actor_id, new_id(), act=act, object_id=object_id, now=now)
