"""What registries handed over as files, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import UPKEEP_SECONDS, Connection, Executor, Record

ADD_KEY = """
INSERT INTO depot_keys (key_id, registry, wrapped_key, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
GET_KEYS = "SELECT key_id, wrapped_key FROM depot_keys WHERE key_id = ANY($1::uuid[])"


async def add_key(db: Executor, key_id: UUID, registry: str, wrapped_key: bytes, now: datetime) -> None:
    """Where there is none yet: a file that is taken up again goes on under its key."""
    await db.execute(ADD_KEY, key_id, registry, wrapped_key, now)


async def get_keys(db: Executor, key_ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Wrapped keys of files."""
    return {row["key_id"]: row["wrapped_key"] for row in await db.fetch(GET_KEYS, list(key_ids))}


class DepotRows(msgspec.Struct, frozen=True):
    """Licences for the depot, column by column: millions of them cross from process to process, and a row each would
    cost as much as sealing it.
    """

    holder_indexes: list[bytes]
    identifier_indexes: list[bytes]
    sealed: list[bytes]
    changed_at: list[datetime]

    def __len__(self) -> int:
        return len(self.sealed)


# In the order of the key, so that two files at once never wait for each other; each licence once in a call.
DEPOSIT = """
INSERT INTO depot_licences AS d (holder_index, registry, identifier_index, key_id, sealed_licence, changed_at)
SELECT n.holder_index, $1, n.identifier_index, $2, n.sealed_licence, n.changed_at
FROM unnest($3::bytea[], $4::bytea[], $5::bytea[], $6::timestamptz[])
  AS n (holder_index, identifier_index, sealed_licence, changed_at)
ON CONFLICT (holder_index, registry, identifier_index) DO UPDATE
SET key_id = excluded.key_id, sealed_licence = excluded.sealed_licence, changed_at = excluded.changed_at
WHERE d.changed_at <= excluded.changed_at
"""
LIST_NEWER = """
SELECT n.at - 1 AS at
FROM unnest($2::bytea[], $3::bytea[], $4::timestamptz[]) WITH ORDINALITY
  AS n (holder_index, identifier_index, changed_at, at)
JOIN depot_licences AS d ON d.holder_index = n.holder_index AND d.registry = $1
  AND d.identifier_index = n.identifier_index
WHERE d.changed_at > n.changed_at
"""


async def deposit(db: Connection, registry: str, key_id: UUID, rows: DepotRows) -> set[int]:
    """Enters or renews, within a transaction; answers the places of those of which something newer is known."""
    said = await db.execute(
        DEPOSIT,
        registry,
        key_id,
        rows.holder_indexes,
        rows.identifier_indexes,
        rows.sealed,
        rows.changed_at,
        timeout=UPKEEP_SECONDS,
    )
    if said == f"INSERT 0 {len(rows)}":
        return set()
    newer = await db.fetch(LIST_NEWER, registry, rows.holder_indexes, rows.identifier_indexes, rows.changed_at)
    return {row["at"] for row in newer}


LIST_DEPOSITED = """
SELECT n.key_id, n.sealed_licence FROM (
    SELECT key_id, sealed_licence, changed_at FROM depot_licences
    WHERE holder_index = ANY($1::bytea[]) AND registry = $2 ORDER BY changed_at DESC LIMIT $3
) AS n ORDER BY n.changed_at
"""


async def list_deposited(db: Executor, holder_indexes: Sequence[bytes], registry: str, limit: int) -> list[Record]:
    """What a holder has of a registry's files, by whichever index key: the newest of it, the last of them last."""
    return await db.fetch(LIST_DEPOSITED, list(holder_indexes), registry, limit)
