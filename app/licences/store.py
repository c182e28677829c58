"""What licences have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Record
from app.licences.model import HeldLicence, LicenceType, Standing

LIST_TYPES = "SELECT type_id, definition::text AS definition, withdrawn_at FROM licence_types"


async def list_types(db: Executor) -> list[tuple[str, LicenceType, bool]]:
    """What operators added or changed: the id, the kind, whether it is there no more."""
    rows = await db.fetch(LIST_TYPES)
    return [
        (row["type_id"], msgspec.json.decode(row["definition"], type=LicenceType), row["withdrawn_at"] is not None)
        for row in rows
    ]


GET_WALLET_KEY = "SELECT wrapped_key FROM wallets WHERE holder_id = $1"


async def get_wallet_key(db: Executor, holder_id: UUID) -> bytes | None:
    """A company's wrapped key."""
    wrapped: bytes | None = await db.fetchval(GET_WALLET_KEY, holder_id)
    return wrapped


MAKE_WALLET = """
INSERT INTO wallets (holder_id, holder_kind, wrapped_key, created_at, opened_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (holder_id) DO NOTHING
"""


async def make_wallet(
    db: Executor, holder_id: UUID, *, holder_kind: str, wrapped_key: bytes | None, now: datetime
) -> None:
    """Where there is none yet."""
    await db.execute(MAKE_WALLET, holder_id, holder_kind, wrapped_key, now)


LIST_LICENCES = """
SELECT holder_id, licence_id, licence_no, type_id, source, standing, valid_from, valid_until, sealed_content,
       content_stamp, changed_at, fetched_at
FROM licences WHERE holder_id = $1 ORDER BY licence_id
"""


async def list_licences(db: Executor, holder_id: UUID) -> list[HeldLicence]:
    return [HeldLicence.of(row) for row in await db.fetch(LIST_LICENCES, holder_id)]


GET_LICENCES = """
SELECT holder_id, licence_id, licence_no, type_id, source, standing, valid_from, valid_until, sealed_content,
       content_stamp, changed_at, fetched_at
FROM licences WHERE holder_id = $1 AND licence_id = ANY($2::uuid[])
"""


async def get_licences(db: Executor, holder_id: UUID, licence_ids: Sequence[UUID]) -> list[HeldLicence]:
    """Those of them that are there, in no order."""
    return [HeldLicence.of(row) for row in await db.fetch(GET_LICENCES, holder_id, list(licence_ids))]


class LicenceRow(msgspec.Struct, frozen=True):
    """A licence as keep_licence takes it, in the statement's order."""

    holder_id: UUID
    licence_id: UUID
    licence_no: int
    type_id: str
    source: str
    identifier_index: bytes
    standing: str
    valid_from: date | None
    valid_until: date | None
    sealed_content: bytes
    digest: bytes
    changed_at: datetime
    fetched_at: datetime
    content_stamp: bytes


class KeptRow(msgspec.Struct, frozen=True):
    """What is known of a licence that a registry tells of again."""

    licence_id: UUID
    identifier_index: bytes
    standing: Standing
    digest: bytes
    changed_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        values: dict[str, Any] = {**row, "standing": Standing(row["standing"])}
        return cls(**values)


FIND_KEPT = """
SELECT licence_id, identifier_index, standing, digest, changed_at FROM licences
WHERE holder_id = $1 AND source = $2 AND identifier_index = ANY($3::bytea[])
"""


async def find_kept(db: Connection, holder_id: UUID, source: str, indexes: Sequence[bytes]) -> list[KeptRow]:
    """The licences of these identifiers, by whichever index key each was entered under."""
    return [KeptRow.of(row) for row in await db.fetch(FIND_KEPT, holder_id, source, list(indexes))]


# The id and the number of what is there stay: codes were made for them. An older word of the registry changes nothing.
# `ended_at` says when it ceased to be valid, and is empty again where the registry finds it valid after all;
# `renewed_at` when it last said something new.
KEEP_LICENCE = """
INSERT INTO licences AS l (holder_id, licence_id, licence_no, type_id, source, identifier_index, standing,
                           valid_from, valid_until, sealed_content, digest, changed_at, fetched_at, content_stamp,
                           ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
        CASE WHEN $7 <> 'valid' THEN $13::timestamptz END)
ON CONFLICT (holder_id, source, identifier_index) DO UPDATE
SET type_id = excluded.type_id, standing = excluded.standing, valid_from = excluded.valid_from,
    valid_until = excluded.valid_until, sealed_content = excluded.sealed_content, digest = excluded.digest,
    changed_at = excluded.changed_at, fetched_at = excluded.fetched_at,
    content_stamp = excluded.content_stamp,
    renewed_at = CASE WHEN l.content_stamp = excluded.content_stamp THEN l.renewed_at ELSE excluded.fetched_at END,
    ended_at = CASE WHEN excluded.standing <> 'valid' THEN coalesce(l.ended_at, excluded.fetched_at) END
WHERE l.changed_at <= excluded.changed_at
RETURNING licence_id
"""


async def keep_licence(db: Connection, row: LicenceRow) -> UUID | None:
    """The licence's id here; None where something newer is known."""
    licence_id: UUID | None = await db.fetchval(KEEP_LICENCE, *msgspec.structs.astuple(row))
    return licence_id


CONFIRM_LICENCES = "UPDATE licences SET fetched_at = $3 WHERE holder_id = $1 AND licence_id = ANY($2::uuid[])"


async def confirm_licences(db: Connection, holder_id: UUID, licence_ids: Sequence[UUID], now: datetime) -> None:
    """They are still as they were."""
    await db.execute(CONFIRM_LICENCES, holder_id, list(licence_ids), now)


# Without a digest, whatever the registry says of it next is something new; and what it says may be as old as before.
END_LICENCE = """
UPDATE licences SET standing = $3, ended_at = coalesce(ended_at, $4), digest = ''
WHERE holder_id = $1 AND licence_id = $2
"""


async def end_licence(db: Connection, holder_id: UUID, licence_id: UUID, standing: str, now: datetime) -> None:
    """Its registry tells of it no more."""
    await db.execute(END_LICENCE, holder_id, licence_id, standing, now)


ADD_LOOKUPS = """
INSERT INTO licence_lookups (identifier_index, holder_id, licence_id)
SELECT i.identifier_index, $2, $3 FROM unnest($1::bytea[]) AS i (identifier_index)
ON CONFLICT (identifier_index, holder_id) DO UPDATE SET licence_id = excluded.licence_id
"""


async def add_lookups(db: Connection, indexes: Sequence[bytes], holder_id: UUID, licence_id: UUID) -> None:
    """From the identifier to the holder, under each index key in use."""
    await db.execute(ADD_LOOKUPS, list(indexes), holder_id, licence_id)


LIST_SOURCES = """
SELECT source, tried_at, synced_at, failures, failure FROM wallet_sources WHERE holder_id = $1 ORDER BY source
"""


async def list_sources(db: Executor, holder_id: UUID) -> list[Record]:
    """How a wallet stands with each source."""
    return await db.fetch(LIST_SOURCES, holder_id)


DELETE_LOOKUPS = "DELETE FROM licence_lookups WHERE holder_id = $1"


async def delete_lookups(db: Connection, holder_id: UUID) -> None:
    await db.execute(DELETE_LOOKUPS, holder_id)


DELETE_LICENCES = "DELETE FROM licences WHERE holder_id = $1"


async def delete_licences(db: Connection, holder_id: UUID) -> None:
    await db.execute(DELETE_LICENCES, holder_id)


DELETE_SOURCES = "DELETE FROM wallet_sources WHERE holder_id = $1"


async def delete_sources(db: Connection, holder_id: UUID) -> None:
    await db.execute(DELETE_SOURCES, holder_id)


DELETE_WALLET = "DELETE FROM wallets WHERE holder_id = $1"


async def delete_wallet(db: Connection, holder_id: UUID) -> None:
    await db.execute(DELETE_WALLET, holder_id)
