"""Notices by the thousand, of whoever tells a crowd something that can wait for what cannot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from push import many_store
from push.addresses import CHANNELS
from push.notices import Notice
from push.store import Connection

_LANES = ("inbox", *CHANNELS)


async def enqueue_many(connection: Connection, notices: Sequence[Notice]) -> int:
    """Writes the notices in the caller's transaction, without `sealed`; how many were not there already."""
    return await many_store.insert_notices(connection, notices)


async def broadcast(connection: Connection, notice: Notice, recipients: Sequence[tuple[int, UUID]]) -> int:
    """Writes the same notice for each, who are given as (routing key, recipient), due at once; how many had it not."""
    return await many_store.insert_broadcast(connection, notice, recipients, [uuid7() for _ in recipients])


async def is_crowded(connection: Connection, *, most: int, now: datetime) -> bool:
    """Whether so many notices wait on a channel already that more of them would stand before somebody's own."""
    for channel in _LANES:
        if await many_store.count_due(connection, channel, now, most) >= most:
            return True
    return False
