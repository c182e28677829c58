"""What opening a wallet asks of PostgreSQL: one statement a function."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor, Record
from app.licences.model import HolderKind

# The stamp is of every row, without what is sealed in it: it differs as soon as a licence came, went or changed.
OPEN_OF_RESIDENT = """
SELECT r.wrapped_key, w.opened_at, w.sealed_cards, w.cards_stamp,
       (SELECT sha256(string_agg(uuid_send(l.licence_id) || textsend(l.type_id) || textsend(l.standing) || l.digest
                                 || coalesce(date_send(l.valid_until), '') || timestamptz_send(l.fetched_at),
                                 '' ORDER BY l.licence_id))
        FROM licences AS l WHERE l.holder_id = $1) AS stamp
FROM residents AS r LEFT JOIN wallets AS w ON w.holder_id = r.resident_id
WHERE r.resident_id = $1
"""
OPEN_OF_COMPANY = """
SELECT w.wrapped_key, w.opened_at, w.sealed_cards, w.cards_stamp,
       (SELECT sha256(string_agg(uuid_send(l.licence_id) || textsend(l.type_id) || textsend(l.standing) || l.digest
                                 || coalesce(date_send(l.valid_until), '') || timestamptz_send(l.fetched_at),
                                 '' ORDER BY l.licence_id))
        FROM licences AS l WHERE l.holder_id = $1) AS stamp
FROM wallets AS w WHERE w.holder_id = $1
"""


async def open_wallet(db: Executor, holder_id: UUID, kind: HolderKind) -> Record | None:
    """The holder's wrapped key, when the wallet was opened, its cards and their stamp, and the stamp as it is now."""
    return await db.fetchrow(OPEN_OF_RESIDENT if kind is HolderKind.RESIDENT else OPEN_OF_COMPANY, holder_id)


KEEP_CARDS = "UPDATE wallets SET sealed_cards = $2, cards_stamp = $3 WHERE holder_id = $1"


async def keep_cards(db: Executor, holder_id: UUID, sealed: bytes, stamp: bytes) -> None:
    """With the stamp of the rows that were there before the cards were made: a later one makes them anew."""
    await db.execute(KEEP_CARDS, holder_id, sealed, stamp)


LIST_STANDINGS = """
SELECT licence_id, licence_no, type_id, standing, valid_until FROM licences WHERE holder_id = $1 ORDER BY licence_id
"""


async def list_standings(db: Executor, holder_id: UUID) -> list[Record]:
    """Which licences a wallet has and what registries said of them, without what stands in them."""
    return await db.fetch(LIST_STANDINGS, holder_id)
