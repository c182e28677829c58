"""What officers do is kept: who, what, to which, when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.audit import store
from app.database import Connection
from app.identifiers import new_id


async def record_act(db: Connection, actor_id: UUID, act: str, object_id: UUID | None, now: datetime) -> None:
    """Writes an act in the transaction that carries it out."""
    await store.insert_act(db, actor_id, new_id(), act=act, object_id=object_id, now=now)
