"""What officers do in their office: approving a venue, withdrawing a service, looking for a resident."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from app.audit import act_store
from app.audit.model import Act
from app.database import Connection, Executor
from app.identifiers import new_id
from app.logs import request_id

_SALT_BYTES = 16


async def record_act(
    db: Connection,
    actor_id: UUID,
    act: str,
    object_id: UUID | None,
    now: datetime,
    *,
    role: str | None = None,
    sealed_reason: bytes | None = None,
    sealed_for: UUID | None = None,
) -> None:
    """Keeps who did what to what, in the transaction that does it; `act` is a static name such as venue.approved."""
    await act_store.insert_act(
        db,
        actor_id,
        new_id(),
        act=act,
        object_id=object_id,
        now=now,
        role=role,
        request_id=_request(),
        sealed_reason=sealed_reason,
        sealed_for=sealed_for,
        salt=os.urandom(_SALT_BYTES),
    )


def _request() -> UUID | None:
    """The request under way; a command has none."""
    current = request_id.get()
    return UUID(current) if current else None


async def list_acts(
    db: Executor,
    *,
    actor_id: UUID | None = None,
    object_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Act]:
    """Acts, newest first, by all or of one actor, on all or on one object, within a time."""
    return await act_store.list_acts(
        db, actor_id=actor_id, object_id=object_id, since=since, until=until, before=before, limit=limit
    )
