"""What platforms pushed, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Record
from app.platforms.model import Platform
from app.purging import purge_pages, write_purge

CLAIM_CALLBACK = """
INSERT INTO platform_callbacks (callback_hash, claimed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
"""


async def claim_callback(db: Connection, callback_hash: bytes, now: datetime) -> bool:
    return await db.fetchval(CLAIM_CALLBACK, callback_hash, now) is not None


class EventRow(msgspec.Struct, frozen=True):
    """One event, in the order of its columns."""

    account_index: bytes
    event_id: UUID
    platform: Platform
    app_id: str
    kind: str
    happened_at: datetime
    received_at: datetime
    sealed: bytes


INSERT_EVENT = """
INSERT INTO platform_events (account_index, event_id, platform, app_id, kind, happened_at, received_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_event(db: Connection, event: EventRow) -> None:
    await db.execute(INSERT_EVENT, *msgspec.structs.astuple(event))


LIST_EVENTS = """
SELECT event_id, kind, happened_at, received_at, sealed FROM platform_events
WHERE account_index = ANY($1::bytea[]) ORDER BY event_id
"""


async def list_events(db: Executor, account_indexes: Sequence[bytes]) -> list[Record]:
    return await db.fetch(LIST_EVENTS, account_indexes)


FORGET_ACCOUNT = "DELETE FROM platform_events WHERE account_index = ANY($1::bytea[])"


async def forget_account(db: Executor, account_indexes: Sequence[bytes]) -> None:
    await db.execute(FORGET_ACCOUNT, account_indexes)


PURGE_CALLBACKS = write_purge("platform_callbacks", "callback_hash", "claimed_at < $1", by="claimed_at")
PURGE_EVENTS = write_purge("platform_events", "account_index, event_id", "received_at < $1", by="received_at")


async def purge_callbacks(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_CALLBACKS, before)


async def purge_events(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_EVENTS, before)
