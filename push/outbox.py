"""Putting notices into the outbox, counting them and clearing away the settled."""

from __future__ import annotations

from datetime import datetime

import msgspec

from push import store
from push.notices import Notice
from push.store import Connection, Executor

PURGE_CHUNK = 1000
"""Rows deleted at once: short locks, and nothing for a replica to choke on."""


class Waiting(msgspec.Struct, frozen=True):
    """What waits on one channel, and how long its oldest due notice has been due."""

    pending: int
    oldest_due_seconds: float


class OutboxCounts(msgspec.Struct, frozen=True):
    """How the outbox stands, for metrics: what waits by channel, what has ended by outcome."""

    waiting: dict[str, Waiting]
    settled: dict[str, int]


async def enqueue(connection: Connection, notice: Notice) -> bool:
    """Writes the notice in the caller's transaction; False when its dedupe key (or its id) is there already."""
    return await store.insert_notice(connection, notice)


async def count_notices(db: Executor, *, now: datetime, settled_since: datetime) -> OutboxCounts:
    """Counts what waits, and what was settled since then; a recent `settled_since` keeps it cheap."""
    waiting = {
        channel: Waiting(pending, max(0.0, (now - oldest_due_at).total_seconds()) if oldest_due_at else 0.0)
        for channel, pending, oldest_due_at in await store.count_pending(db, now)
    }
    return OutboxCounts(waiting, await store.count_settled(db, settled_since))


async def purge_notices(db: Executor, *, settled_before: datetime, chunk: int = PURGE_CHUNK) -> int:
    """Deletes what was settled before then, chunk by chunk. Their dedupe keys go too, so keep them as long as causes
    may repeat.
    """
    purged = 0
    while True:
        deleted = await store.delete_settled(db, settled_before, chunk)
        purged += deleted
        if deleted < chunk:
            return purged


async def purge_messages(db: Executor, *, created_before: datetime, chunk: int = PURGE_CHUNK) -> int:
    """Deletes what lies in inboxes since before then, read or not, chunk by chunk."""
    purged = 0
    while True:
        deleted = await store.delete_messages(db, created_before, chunk)
        purged += deleted
        if deleted < chunk:
            return purged


async def expire_notices(db: Executor, *, now: datetime, chunk: int = PURGE_CHUNK) -> int:
    """Settles what expired unsent and unclaimed, so that a channel nobody serves keeps no sealed payload."""
    expired = 0
    while True:
        settled = await store.expire_abandoned(db, now, chunk)
        expired += settled
        if settled < chunk:
            return expired
