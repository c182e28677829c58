"""What rotating the master and index keys does to wallets and the depot: pages, in the order of their keys."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor, Record

LIST_WALLET_KEYS = """
SELECT holder_id AS id, wrapped_key FROM wallets WHERE holder_id > $1 AND wrapped_key IS NOT NULL
ORDER BY holder_id LIMIT $2
"""
LIST_DEPOT_KEYS = "SELECT key_id AS id, wrapped_key FROM depot_keys WHERE key_id > $1 ORDER BY key_id LIMIT $2"
REPLACE_WALLET_KEY = "UPDATE wallets SET wrapped_key = $3 WHERE holder_id = $1 AND wrapped_key = $2"
REPLACE_DEPOT_KEY = "UPDATE depot_keys SET wrapped_key = $3 WHERE key_id = $1 AND wrapped_key = $2"


async def list_wallet_keys(db: Executor, after: UUID, limit: int) -> list[Record]:
    """(id, wrapped_key) of companies' wallets."""
    return await db.fetch(LIST_WALLET_KEYS, after, limit, timeout=UPKEEP_SECONDS)


async def list_depot_keys(db: Executor, after: UUID, limit: int) -> list[Record]:
    """(id, wrapped_key) of registries' files."""
    return await db.fetch(LIST_DEPOT_KEYS, after, limit, timeout=UPKEEP_SECONDS)


async def replace_wallet_key(db: Executor, holder_id: UUID, previous: bytes, wrapped: bytes) -> None:
    await db.execute(REPLACE_WALLET_KEY, holder_id, previous, wrapped)


async def replace_depot_key(db: Executor, key_id: UUID, previous: bytes, wrapped: bytes) -> None:
    await db.execute(REPLACE_DEPOT_KEY, key_id, previous, wrapped)


LIST_LOOKUPS = """
SELECT identifier_index, holder_id FROM licence_lookups WHERE (identifier_index, holder_id) > ($1::bytea, $2::uuid)
ORDER BY identifier_index, holder_id LIMIT $3
"""


async def list_lookups(db: Executor, after: tuple[bytes, UUID], limit: int) -> list[Record]:
    """(identifier_index, holder_id), in the order of both."""
    return await db.fetch(LIST_LOOKUPS, *after, limit, timeout=UPKEEP_SECONDS)


HOLD_WALLETS = """
SELECT holder_id FROM wallets WHERE holder_id = ANY($1::uuid[]) ORDER BY holder_id FOR NO KEY UPDATE
"""


async def hold_wallets(db: Connection, holder_ids: Sequence[UUID]) -> None:
    """Whoever forgets one of them waits until this is over."""
    await db.fetch(HOLD_WALLETS, list(holder_ids), timeout=UPKEEP_SECONDS)


FOLLOW_LOOKUPS = """
INSERT INTO licence_lookups (identifier_index, holder_id, licence_id)
SELECT n.following, l.holder_id, l.licence_id
FROM unnest($1::bytea[], $2::uuid[], $3::bytea[]) AS n (previous, holder_id, following)
JOIN licence_lookups AS l ON l.identifier_index = n.previous AND l.holder_id = n.holder_id
ON CONFLICT DO NOTHING RETURNING 1
"""


async def follow_lookups(db: Connection, rows: Sequence[tuple[bytes, UUID, bytes]]) -> int:
    """Adds the rows under the following indexes, of those that are there still; how many were added."""
    columns = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    return len(await db.fetch(FOLLOW_LOOKUPS, *columns, timeout=UPKEEP_SECONDS))


COUNT_HELD = """
SELECT count(*) FROM unnest($1::bytea[], $2::uuid[]) AS n (identifier_index, holder_id)
JOIN licence_lookups AS l ON l.identifier_index = n.identifier_index AND l.holder_id = n.holder_id
"""


async def count_held(db: Executor, rows: Sequence[tuple[bytes, UUID]]) -> int:
    """How many of these lookups there are."""
    count: int = await db.fetchval(COUNT_HELD, [row[0] for row in rows], [row[1] for row in rows])
    return count


DELETE_LOOKUPS = """
DELETE FROM licence_lookups AS l USING unnest($1::bytea[], $2::uuid[]) AS n (identifier_index, holder_id)
WHERE l.identifier_index = n.identifier_index AND l.holder_id = n.holder_id
"""


async def delete_lookups(db: Executor, rows: Sequence[tuple[bytes, UUID]]) -> None:
    columns = [row[0] for row in rows], [row[1] for row in rows]
    await db.execute(DELETE_LOOKUPS, *columns, timeout=UPKEEP_SECONDS)


LIST_LICENCES = """
SELECT holder_id, licence_id, identifier_index FROM licences WHERE (holder_id, licence_id) > ($1::uuid, $2::uuid)
ORDER BY holder_id, licence_id LIMIT $3
"""


async def list_licences(db: Executor, after: tuple[UUID, UUID], limit: int) -> list[Record]:
    """Licences, each with the one index of its identifier."""
    return await db.fetch(LIST_LICENCES, *after, limit, timeout=UPKEEP_SECONDS)


REPLACE_IDENTIFIERS = """
UPDATE licences AS l SET identifier_index = n.following
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) AS n (holder_id, licence_id, previous, following)
WHERE l.holder_id = n.holder_id AND l.licence_id = n.licence_id AND l.identifier_index = n.previous
"""


async def replace_identifiers(db: Executor, rows: Sequence[tuple[UUID, UUID, bytes, bytes]]) -> None:
    """(holder, licence, previous, following)."""
    columns = [[row[place] for row in rows] for place in range(4)]
    await db.execute(REPLACE_IDENTIFIERS, *columns, timeout=UPKEEP_SECONDS)


LIST_DEPOSITED = """
SELECT holder_index, registry, identifier_index FROM depot_licences
WHERE (holder_index, registry, identifier_index) > ($1::bytea, $2::text, $3::bytea)
ORDER BY holder_index, registry, identifier_index LIMIT $4
"""
# What came meanwhile under the following index is not older.
MOVE_DEPOSITED = """
INSERT INTO depot_licences (holder_index, registry, identifier_index, key_id, sealed_licence, changed_at)
SELECT n.holder_following, d.registry, n.identifier_following, d.key_id, d.sealed_licence, d.changed_at
FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[])
  AS n (holder_index, registry, identifier_index, holder_following, identifier_following)
JOIN depot_licences AS d ON d.holder_index = n.holder_index AND d.registry = n.registry
  AND d.identifier_index = n.identifier_index
ON CONFLICT DO NOTHING
"""
DELETE_DEPOSITED = """
DELETE FROM depot_licences AS d
USING unnest($1::bytea[], $2::text[], $3::bytea[]) AS n (holder_index, registry, identifier_index)
WHERE d.holder_index = n.holder_index AND d.registry = n.registry AND d.identifier_index = n.identifier_index
"""


async def list_deposited(db: Executor, after: tuple[bytes, str, bytes], limit: int) -> list[Record]:
    """The depot's keys, in their order."""
    return await db.fetch(LIST_DEPOSITED, *after, limit, timeout=UPKEEP_SECONDS)


async def move_deposited(db: Connection, rows: Sequence[tuple[bytes, str, bytes, bytes, bytes]]) -> None:
    """(holder, registry, identifier, following of holder, following of identifier): every server knows both by now."""
    columns = [[row[place] for row in rows] for place in range(5)]
    await db.execute(MOVE_DEPOSITED, *columns, timeout=UPKEEP_SECONDS)
    await db.execute(DELETE_DEPOSITED, *columns[:3], timeout=UPKEEP_SECONDS)
