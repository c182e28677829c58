"""What opening a wallet asks of PostgreSQL: one statement a function."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor, Record
from app.licences.model import HolderKind

# The stamp is of every row, without what is sealed in it: it differs as soon as a licence came, went or changed. That a
# registry said the same again changes nothing, or each day's asking would make all cards anew: that is read beside it.
OPEN_OF_RESIDENT = """
SELECT r.wrapped_key, w.opened_at, w.sealed_cards, w.cards_stamp, l.stamp, l.licences, l.fetched,
       s.sources, s.tried, s.synced, s.failures
FROM residents AS r LEFT JOIN wallets AS w ON w.holder_id = r.resident_id,
LATERAL (
    SELECT sha256(string_agg(uuid_send(licence_id) || textsend(type_id) || textsend(standing) || digest
                             || coalesce(date_send(valid_until), ''), '' ORDER BY licence_id)) AS stamp,
           array_agg(licence_id) AS licences, array_agg(fetched_at) AS fetched
    FROM licences WHERE holder_id = $1
) AS l,
LATERAL (
    SELECT array_agg(source) AS sources, array_agg(tried_at) AS tried, array_agg(synced_at) AS synced,
           array_agg(failure) AS failures
    FROM wallet_sources WHERE holder_id = $1
) AS s
WHERE r.resident_id = $1
"""
OPEN_OF_COMPANY = """
SELECT w.wrapped_key, w.opened_at, w.sealed_cards, w.cards_stamp, l.stamp, l.licences, l.fetched,
       s.sources, s.tried, s.synced, s.failures
FROM wallets AS w,
LATERAL (
    SELECT sha256(string_agg(uuid_send(licence_id) || textsend(type_id) || textsend(standing) || digest
                             || coalesce(date_send(valid_until), ''), '' ORDER BY licence_id)) AS stamp,
           array_agg(licence_id) AS licences, array_agg(fetched_at) AS fetched
    FROM licences WHERE holder_id = $1
) AS l,
LATERAL (
    SELECT array_agg(source) AS sources, array_agg(tried_at) AS tried, array_agg(synced_at) AS synced,
           array_agg(failure) AS failures
    FROM wallet_sources WHERE holder_id = $1
) AS s
WHERE w.holder_id = $1
"""


async def open_wallet(db: Executor, holder_id: UUID, kind: HolderKind) -> Record | None:
    """The holder's wrapped key, when the wallet was opened, its cards and the stamp of what they were made of, the
    stamp as it is now, when each licence was last told of, and how it stands with each source.
    """
    if kind is HolderKind.RESIDENT:
        return await db.fetchrow(OPEN_OF_RESIDENT, holder_id)
    return await db.fetchrow(OPEN_OF_COMPANY, holder_id)


KEEP_CARDS = "UPDATE wallets SET sealed_cards = $2, cards_stamp = $3 WHERE holder_id = $1"


async def keep_cards(db: Executor, holder_id: UUID, sealed: bytes, stamp: bytes) -> None:
    """With the stamp of the rows that were there before the cards were made: a later one makes them anew."""
    await db.execute(KEEP_CARDS, holder_id, sealed, stamp)


LIST_STANDINGS = """
SELECT licence_id, licence_no, type_id, standing, valid_from, valid_until FROM licences
WHERE holder_id = $1 ORDER BY licence_id
"""


async def list_standings(db: Executor, holder_id: UUID) -> list[Record]:
    """Which licences a wallet has and what registries said of them, without what stands in them."""
    return await db.fetch(LIST_STANDINGS, holder_id)
