"""What opening a wallet asks of PostgreSQL: one statement a function."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor, Record
from app.licences.model import HolderKind


def _open(tables: str, key: str, owner: str) -> str:
    """One row, whatever the wallet holds. Times and sources come packed: as arrays, of which a driver unpacks each
    element by itself, they would cost more than all the rest of the answer.

    The stamp is of every row of the wallet, without what is sealed in it: it differs as soon as a licence came, went or
    changed. That a registry said the same again changes nothing, or each day's asking would make all cards anew: when
    each was last told of is read beside it.
    """
    return f"""
SELECT {key}, w.opened_at, w.sealed_cards, w.cards_stamp, l.stamp, l.fetched, s.sources
FROM {tables},
LATERAL (
    SELECT sha256(string_agg(uuid_send(licence_id) || textsend(type_id) || textsend(standing) || digest
                             || coalesce(date_send(valid_until), ''), '' ORDER BY licence_id)) AS stamp,
           string_agg(timestamptz_send(fetched_at), '' ORDER BY licence_id) AS fetched
    FROM licences WHERE holder_id = $1
) AS l,
LATERAL (
    SELECT json_agg(json_build_array(source, tried_at, synced_at, failure)) AS sources
    FROM wallet_sources WHERE holder_id = $1
) AS s
WHERE {owner} = $1
"""  # noqa: S608  of the words below alone


OPEN_OF_RESIDENT = _open(
    "residents AS r LEFT JOIN wallets AS w ON w.holder_id = r.resident_id", "r.wrapped_key", "r.resident_id"
)
OPEN_OF_COMPANY = _open("wallets AS w", "w.wrapped_key", "w.holder_id")


async def open_wallet(db: Executor, holder_id: UUID, kind: HolderKind) -> Record | None:
    """The holder's wrapped key, when the wallet was opened, its cards and the stamp of what they were made of, the
    stamp as it is now; `fetched`, when each licence was last told of, in the order of their ids, each as PostgreSQL
    sends a time; `sources`, in JSON: of each its name, when it was tried, when it answered, and why it did not.
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
