"""What rotating the master and index keys does to addresses: pages, in the order of their keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from push.address_store import Place
from push.store import Connection, Executor, Row, count_rows

_SECONDS = 60.0


class Rekeyed(msgspec.Struct, frozen=True):
    """One address as it stands, and as it is to stand."""

    place: Place
    index: bytes
    sealed: bytes
    indexes: Sequence[bytes]
    """All that are to lead to it."""
    new_index: bytes
    new_sealed: bytes
    claimed_at: datetime

    @property
    def is_changed(self) -> bool:
        return (self.index, self.sealed) != (self.new_index, self.new_sealed)


LIST_ADDRESSES = """
SELECT recipient, channel, app_id, address_id, sealed_address, address_index, registered_at FROM push_addresses
WHERE (recipient, channel, app_id, address_id) > ($1::uuid, $2::text, $3::text, $4::uuid)
ORDER BY recipient, channel, app_id, address_id LIMIT $5
"""


async def list_addresses(db: Executor, after: tuple[UUID, str, str, UUID], limit: int) -> list[Row]:
    """Every recipient's, as they are kept."""
    return await db.fetch(LIST_ADDRESSES, *after, limit, timeout=_SECONDS)


# In the order of the indexes, as whoever registers or removes an address holds them. What is nobody's becomes the
# place's; what is another's stays so, and its place is told.
HOLD_LOOKUPS = """
INSERT INTO push_address_lookups AS l (address_index, recipient, channel, app_id, address_id, claimed_at)
SELECT n.address_index, n.recipient, n.channel, n.app_id, n.address_id, n.claimed_at
FROM unnest($1::bytea[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[])
     AS n (address_index, recipient, channel, app_id, address_id, claimed_at)
ON CONFLICT (address_index) DO UPDATE SET claimed_at = l.claimed_at
RETURNING l.address_index, l.recipient, l.channel, l.app_id, l.address_id
"""


async def hold_lookups(db: Connection, addresses: Sequence[Rekeyed]) -> dict[bytes, Place]:
    """Keeps others from the indexes of these until the transaction ends: whose each is."""
    wanted = {index: one for one in addresses for index in one.indexes}
    in_order = sorted(wanted.items())
    rows = await db.fetch(
        HOLD_LOOKUPS,
        [index for index, _ in in_order],
        [one.place[0] for _, one in in_order],
        [one.place[1] for _, one in in_order],
        [one.place[2] for _, one in in_order],
        [one.place[3] for _, one in in_order],
        [one.claimed_at for _, one in in_order],
        timeout=_SECONDS,
    )
    return _read_places(rows)


REPLACE_ADDRESSES = """
UPDATE push_addresses AS a SET sealed_address = n.new_sealed, address_index = n.new_index
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
     AS n (recipient, channel, app_id, address_id, sealed, index, new_sealed, new_index)
WHERE a.recipient = n.recipient AND a.channel = n.channel AND a.app_id = n.app_id AND a.address_id = n.address_id
  AND a.sealed_address = n.sealed AND a.address_index = n.index
"""


async def replace_addresses(db: Connection, addresses: Sequence[Rekeyed]) -> int:
    """Puts these under their new keys; how many were still as they were read."""
    in_order = sorted(addresses, key=lambda one: one.place)
    status = await db.execute(
        REPLACE_ADDRESSES,
        [one.place[0] for one in in_order],
        [one.place[1] for one in in_order],
        [one.place[2] for one in in_order],
        [one.place[3] for one in in_order],
        [one.sealed for one in in_order],
        [one.index for one in in_order],
        [one.new_sealed for one in in_order],
        [one.new_index for one in in_order],
        timeout=_SECONDS,
    )
    return count_rows(status)


FIND_HELD = """
SELECT address_index, recipient, channel, app_id, address_id FROM push_address_lookups
WHERE address_index = ANY($1::bytea[])
"""


async def find_held(db: Executor, indexes: Sequence[bytes]) -> dict[bytes, Place]:
    """Where these lead."""
    return _read_places(await db.fetch(FIND_HELD, list(indexes), timeout=_SECONDS))


TAKE_LOOKUPS = """
UPDATE push_address_lookups AS l
SET recipient = n.recipient, channel = n.channel, app_id = n.app_id, address_id = n.address_id
FROM unnest($1::bytea[], $2::uuid[], $3::text[], $4::text[], $5::uuid[])
     AS n (address_index, recipient, channel, app_id, address_id)
WHERE l.address_index = n.address_index
"""


async def take_lookups(db: Connection, wanted: Sequence[tuple[bytes, Rekeyed]]) -> None:
    """Makes indexes that are held lead to these addresses."""
    columns = [[one.place[column] for _, one in wanted] for column in range(4)]
    await db.execute(TAKE_LOOKUPS, [index for index, _ in wanted], *columns, timeout=_SECONDS)


def _read_places(rows: Sequence[Row]) -> dict[bytes, Place]:
    return {row["address_index"]: (row["recipient"], row["channel"], row["app_id"], row["address_id"]) for row in rows}


LIST_LOOKUPS = """
SELECT address_index FROM push_address_lookups WHERE address_index > $1 ORDER BY address_index LIMIT $2
"""


async def list_lookups(db: Executor, after: bytes, limit: int) -> list[bytes]:
    rows = await db.fetch(LIST_LOOKUPS, after, limit, timeout=_SECONDS)
    return [row["address_index"] for row in rows]


DELETE_LOOKUPS = "DELETE FROM push_address_lookups WHERE address_index = ANY($1::bytea[])"


async def delete_lookups(db: Executor, indexes: Sequence[bytes]) -> None:
    await db.execute(DELETE_LOOKUPS, list(indexes), timeout=_SECONDS)
