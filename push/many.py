"""Notices by the thousand. What a crowd is told waits for what concerns one person: it is claimed after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from push import many_store
from push.notices import Notice, Urgency
from push.store import Connection


async def enqueue_many(connection: Connection, notices: Sequence[Notice]) -> int:
    """Writes the notices in the caller's transaction, without `sealed`; how many were not there already."""
    return await many_store.insert_notices(connection, notices)


async def broadcast(connection: Connection, notice: Notice, recipients: Sequence[tuple[int, UUID]]) -> int:
    """Writes the same notice for each of a crowd, who are given as (routing key, recipient), due at once; how many had
    it not.
    """
    return await many_store.insert_broadcast(connection, notice, recipients, [uuid7() for _ in recipients])


async def is_crowded(connection: Connection, *, served: Collection[str], most: int, now: datetime) -> bool:
    """Whether so much that a crowd is told waits already on one of the channels that are served here."""
    for channel in served:
        if await many_store.count_due(connection, channel, Urgency.CROWD, now, most) >= most:
            return True
    return False
