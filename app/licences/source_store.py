"""When wallets are brought up to date, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record

NOTE_OPENING = """
UPDATE wallets SET opened_at = $2, hastened_at = $2, sync_due_at = least(coalesce(sync_due_at, $2), $2)
WHERE holder_id = $1
"""


async def note_opening(db: Executor, holder_id: UUID, now: datetime) -> None:
    """Its holder looks at it, and so it is due, before those of whose day it is."""
    await db.execute(NOTE_OPENING, holder_id, now)


GET_FOLLOWED = """
SELECT w.opened_at, (SELECT max(s.tried_at) FROM wallet_sources s WHERE s.holder_id = w.holder_id) AS tried_at
FROM wallets w WHERE w.holder_id = $1
"""


async def get_followed(db: Executor, holder_id: UUID) -> tuple[datetime | None, datetime | None]:
    """When the wallet was opened, and when a registry was last asked about it."""
    row = await db.fetchrow(GET_FOLLOWED, holder_id)
    return (row["opened_at"], row["tried_at"]) if row else (None, None)


HASTEN_SOURCES = """
UPDATE wallet_sources SET due_at = $2
WHERE holder_id = $1 AND failure IS NULL AND synced_at < $3 AND (due_at IS NULL OR due_at > $2)
"""


async def hasten_sources(db: Executor, holder_id: UUID, now: datetime, synced_before: datetime) -> None:
    """Those that went well longer ago than that are due; what failed keeps its wait."""
    await db.execute(HASTEN_SOURCES, holder_id, now, synced_before)


# Held in one order by everybody, so that two files at once wait for one another and neither for both.
HOLD_WALLETS = """
SELECT FROM wallets WHERE holder_id = ANY($1::uuid[]) ORDER BY holder_id FOR NO KEY UPDATE
"""
MARK_WALLETS = """
UPDATE wallets SET sync_due_at = least(coalesce(sync_due_at, $2), $2),
                   hastened_at = CASE WHEN $3 THEN $2 ELSE hastened_at END
WHERE holder_id = ANY($1::uuid[])
"""
MARK_SOURCE = """
INSERT INTO wallet_sources AS s (holder_id, source, due_at)
SELECT w.holder_id, $2, $3 FROM wallets AS w WHERE w.holder_id = ANY($1::uuid[])
ON CONFLICT (holder_id, source) DO UPDATE SET due_at = least(coalesce(s.due_at, excluded.due_at), excluded.due_at)
"""


async def mark_due(db: Connection, holder_ids: Sequence[UUID], source: str, now: datetime, *, hastened: bool) -> None:
    """Something was heard of one source: it is asked again of each of these who has a wallet.

    The wallets first, as whoever brings one up to date holds it first: neither ever has what the other waits for.
    """
    await db.execute(HOLD_WALLETS, list(holder_ids))
    await db.execute(MARK_WALLETS, list(holder_ids), now, hastened)
    await db.execute(MARK_SOURCE, list(holder_ids), source, now)


LIST_HASTENED = """
SELECT holder_id FROM wallets
WHERE hastened_at IS NOT NULL AND sync_due_at <= $1 AND (syncing_until IS NULL OR syncing_until <= $1)
ORDER BY sync_due_at LIMIT $2
"""


async def list_hastened(db: Executor, now: datetime, limit: int) -> list[UUID]:
    """For whose wallets somebody waits, who waits longest first."""
    return [row["holder_id"] for row in await db.fetch(LIST_HASTENED, now, limit)]


LIST_DUE = """
SELECT holder_id FROM wallets
WHERE hastened_at IS NULL AND sync_due_at <= $1 AND (syncing_until IS NULL OR syncing_until <= $1)
ORDER BY sync_due_at LIMIT $2
"""


async def list_due(db: Executor, now: datetime, limit: int) -> list[UUID]:
    """Whose turn it is besides, who waits longest first."""
    return [row["holder_id"] for row in await db.fetch(LIST_DUE, now, limit)]


CLAIM_WALLET = """
UPDATE wallets SET syncing_until = $3, sync_due_at = $3, hastened_at = NULL
WHERE holder_id = $1 AND sync_due_at <= $2 AND (syncing_until IS NULL OR syncing_until <= $2)
RETURNING holder_kind, opened_at
"""


async def claim_wallet(db: Executor, holder_id: UUID, now: datetime, until: datetime) -> Record | None:
    """None where another worker has it, or it is due no more."""
    return await db.fetchrow(CLAIM_WALLET, holder_id, now, until)


# What became due meanwhile stays due: its time is before that of the claim.
RELEASE_WALLET = """
UPDATE wallets SET syncing_until = NULL,
    sync_due_at = CASE WHEN sync_due_at < $2 THEN sync_due_at ELSE $3 END
WHERE holder_id = $1 AND syncing_until = $2
"""


async def release_wallet(db: Executor, holder_id: UUID, until: datetime, due_at: datetime | None) -> None:
    """The claim until then is over; it is due again at `due_at`, or when it is opened."""
    await db.execute(RELEASE_WALLET, holder_id, until, due_at)


DELETE_OTHERS = "DELETE FROM wallet_sources WHERE holder_id = $1 AND source <> ALL($2::text[])"


async def delete_others(db: Connection, holder_id: UUID, sources: Sequence[str]) -> None:
    """Of this wallet, all sources but these."""
    await db.execute(DELETE_OTHERS, holder_id, list(sources))


HOLD_WALLET = "SELECT opened_at FROM wallets WHERE holder_id = $1 FOR NO KEY UPDATE"


async def hold_wallet(db: Connection, holder_id: UUID) -> bool:
    """Whoever writes licences of this holder waits for one another; False where the wallet is gone."""
    return await db.fetchrow(HOLD_WALLET, holder_id) is not None


LIST_STATES = """
SELECT source, tried_at, synced_at, failures, failure, due_at FROM wallet_sources WHERE holder_id = $1
"""


async def list_states(db: Executor, holder_id: UUID) -> list[Record]:
    return await db.fetch(LIST_STATES, holder_id)


# What was heard of it while it was asked stays to be asked about: such a time is later than $3, when the asking began.
NOTE_SUCCESS = """
INSERT INTO wallet_sources AS s (holder_id, source, tried_at, synced_at, failures, due_at)
VALUES ($1, $2, $3, $3, 0, $4)
ON CONFLICT (holder_id, source) DO UPDATE
SET tried_at = $3, synced_at = $3, failures = 0, failure = NULL,
    due_at = CASE WHEN s.due_at > $3 AND ($4::timestamptz IS NULL OR s.due_at < $4) THEN s.due_at ELSE $4 END
"""


async def note_success(db: Connection, holder_id: UUID, source: str, *, now: datetime, due_at: datetime | None) -> None:
    await db.execute(NOTE_SUCCESS, holder_id, source, now, due_at)


NOTE_FAILURE = """
INSERT INTO wallet_sources AS s (holder_id, source, tried_at, failures, failure, due_at)
VALUES ($1, $2, $3, 1, $4, $5)
ON CONFLICT (holder_id, source) DO UPDATE
SET tried_at = $3, failures = s.failures + 1, failure = $4, due_at = $5
"""


async def note_failure(
    db: Connection, holder_id: UUID, source: str, *, now: datetime, failure: str, due_at: datetime
) -> None:
    await db.execute(NOTE_FAILURE, holder_id, source, now, failure, due_at)


FIND_HOLDERS = "SELECT DISTINCT holder_id FROM licence_lookups WHERE identifier_index = ANY($1::bytea[])"


async def find_holders(db: Executor, identifier_indexes: Sequence[bytes]) -> list[UUID]:
    """Who holds the licence of an identifier, under whichever index key it was made."""
    return [row["holder_id"] for row in await db.fetch(FIND_HOLDERS, list(identifier_indexes))]
