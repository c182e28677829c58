"""What opening a wallet asks of PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import Executor, Record

MOST_AT_ONCE = 8
"""Wallets that one statement opens."""


def _open(tables: str, key: str, owner: str, wallets: int) -> str:
    """One row a wallet, whatever it holds. Times and sources come packed: as arrays, of which a driver unpacks each
    element by itself, they would cost more than all the rest of the answer.

    The stamp is of every row of the wallet, without what is sealed in it: it differs as soon as a licence came, went or
    changed. That a registry said the same again changes nothing, or each day's asking would make all cards anew: when
    each was last told of is read beside it.

    Several wallets are always as many: what is done with an array hangs on its length, so that PostgreSQL would plan it
    anew each time.
    """
    asked = "= $1" if wallets == 1 else f"IN ({', '.join(f'${number + 1}' for number in range(wallets))})"
    return f"""
SELECT {owner} AS holder_id, {key}, w.opened_at, w.sealed_cards, w.cards_stamp, l.stamp, l.fetched, s.sources
FROM {tables}
LEFT JOIN (
    SELECT holder_id,
           sha256(string_agg(uuid_send(licence_id) || textsend(type_id) || textsend(standing) || digest
                             || coalesce(date_send(valid_until), ''), '' ORDER BY licence_id)) AS stamp,
           string_agg(timestamptz_send(fetched_at), '' ORDER BY licence_id) AS fetched
    FROM licences WHERE holder_id {asked} GROUP BY holder_id
) AS l ON l.holder_id = {owner}
LEFT JOIN (
    SELECT holder_id, json_agg(json_build_array(source, tried_at, synced_at, failure)) AS sources
    FROM wallet_sources WHERE holder_id {asked} GROUP BY holder_id
) AS s ON s.holder_id = {owner}
WHERE {owner} {asked}
"""  # noqa: S608  of the words below alone


_RESIDENT = ("residents AS r LEFT JOIN wallets AS w ON w.holder_id = r.resident_id", "r.wrapped_key", "r.resident_id")
_COMPANY = ("wallets AS w", "w.wrapped_key", "w.holder_id")
OPEN_OF_RESIDENT = _open(*_RESIDENT, 1)
OPEN_OF_RESIDENTS = _open(*_RESIDENT, MOST_AT_ONCE)
OPEN_OF_COMPANY = _open(*_COMPANY, 1)
OPEN_OF_COMPANIES = _open(*_COMPANY, MOST_AT_ONCE)


async def open_residents(db: Executor, holder_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Of each, by its holder: their wrapped key, when the wallet was opened, its cards and the stamp of what they were
    made of, the stamp as it is now; `fetched`, when each licence was last told of, in the order of their ids, each as
    PostgreSQL sends a time; `sources`, in JSON: of each its name, when it was tried, when it answered, and why it did
    not.
    """
    if len(holder_ids) == 1:
        rows = await db.fetch(OPEN_OF_RESIDENT, holder_ids[0])
    else:
        rows = await db.fetch(OPEN_OF_RESIDENTS, *_fill(holder_ids))
    return {row["holder_id"]: row for row in rows}


async def open_companies(db: Executor, holder_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The same of companies, each of which has a key by its wallet."""
    if len(holder_ids) == 1:
        rows = await db.fetch(OPEN_OF_COMPANY, holder_ids[0])
    else:
        rows = await db.fetch(OPEN_OF_COMPANIES, *_fill(holder_ids))
    return {row["holder_id"]: row for row in rows}


def _fill(holder_ids: Sequence[UUID]) -> list[UUID]:
    """As many as a statement takes: one that stands in it twice is one."""
    return [*holder_ids, *[holder_ids[0]] * (MOST_AT_ONCE - len(holder_ids))]


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
