"""The statements of addresses, and of whose each of them is now.

A transaction that touches both holds the lookups first, in the order of their indexes, and the addresses after them, in
the order of whose they are; so no two of them wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from push.addresses import Address, PushChannel
from push.store import Connection, Executor, Row, count_rows

Place: TypeAlias = tuple[UUID, PushChannel, str, UUID]
"""What an address is kept under: whose it is, on which channel, in which app, of which installation."""

# The update changes nothing: it holds the row, and lets RETURNING tell whose it was.
HOLD_LOOKUPS = """
INSERT INTO push_address_lookups AS l (address_index, recipient, channel, app_id, address_id, claimed_at)
SELECT asked.address_index, $2, $3, $4, $5, $6 FROM unnest($1::bytea[]) AS asked (address_index)
ON CONFLICT (address_index) DO UPDATE SET claimed_at = l.claimed_at
RETURNING l.recipient, l.channel, l.app_id, l.address_id
"""


async def hold_lookups(db: Connection, indexes: Sequence[bytes], place: Place, now: datetime) -> set[Place]:
    """Keeps others from these indexes until the transaction ends, and says whose they were; what was nobody's is this
    place's.
    """
    rows = await db.fetch(HOLD_LOOKUPS, sorted(indexes), *place, now)
    return {(row["recipient"], row["channel"], row["app_id"], row["address_id"]) for row in rows}


TAKE_LOOKUPS = """
UPDATE push_address_lookups SET recipient = $2, channel = $3, app_id = $4, address_id = $5, claimed_at = $6
WHERE address_index = ANY($1::bytea[])
"""


async def take_lookups(db: Connection, indexes: Sequence[bytes], place: Place, now: datetime) -> None:
    """Makes indexes that are held this place's."""
    await db.execute(TAKE_LOOKUPS, list(indexes), *place, now)


LIST_LOOKUPS = "SELECT address_index, channel, app_id, address_id FROM push_address_lookups WHERE recipient = $1"


async def list_lookups(db: Connection, recipient: UUID) -> list[tuple[Place, bytes]]:
    """All indexes that are a recipient's, each with the place that it leads to."""
    rows = await db.fetch(LIST_LOOKUPS, recipient)
    return [((recipient, row["channel"], row["app_id"], row["address_id"]), row["address_index"]) for row in rows]


DELETE_FORMER = """
DELETE FROM push_address_lookups
WHERE address_index = ANY($1::bytea[]) AND recipient = $2 AND channel = $3 AND app_id = $4 AND address_id = $5
"""


async def delete_former(db: Connection, indexes: Sequence[bytes], place: Place) -> None:
    """A place has another name of the provider's now."""
    await db.execute(DELETE_FORMER, list(indexes), *place)


# Registered is when the phone last said that the provider's name for it holds.
UPSERT_ADDRESS = """
INSERT INTO push_addresses AS a (recipient, channel, app_id, address_id, environment, sealed_address, address_index,
                                 locale, registered_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (recipient, channel, app_id, address_id) DO UPDATE
SET environment = EXCLUDED.environment, sealed_address = EXCLUDED.sealed_address,
    address_index = EXCLUDED.address_index, locale = EXCLUDED.locale,
    registered_at = greatest(a.registered_at, EXCLUDED.registered_at), seen_at = greatest(a.seen_at, EXCLUDED.seen_at)
"""


async def upsert_address(db: Connection, address: Address, index: bytes) -> None:
    await db.execute(
        UPSERT_ADDRESS,
        address.recipient,
        address.channel,
        address.app_id,
        address.address_id,
        address.environment,
        address.sealed,
        index,
        address.locale,
        address.registered_at,
        address.seen_at,
    )


# By the index as well: the place may have been given another name of the provider's meanwhile.
DELETE_TAKEN = """
DELETE FROM push_addresses
WHERE recipient = $1 AND channel = $2 AND app_id = $3 AND address_id = $4 AND address_index = ANY($5::bytea[])
"""


async def delete_taken(db: Connection, place: Place, indexes: Sequence[bytes]) -> bool:
    """Removes an address that another place has taken over."""
    return count_rows(await db.execute(DELETE_TAKEN, *place, list(indexes))) > 0


DELETE_ADDRESSES = """
DELETE FROM push_addresses WHERE recipient = $1 AND (channel, app_id, address_id) IN (
    SELECT asked.channel, asked.app_id, asked.address_id
    FROM unnest($2::text[], $3::text[], $4::uuid[]) AS asked (channel, app_id, address_id)
)
"""


async def delete_addresses(db: Connection, recipient: UUID, addresses: Sequence[Address]) -> int:
    """Removes these of a recipient's addresses."""
    status = await db.execute(
        DELETE_ADDRESSES,
        recipient,
        [address.channel for address in addresses],
        [address.app_id for address in addresses],
        [address.address_id for address in addresses],
    )
    return count_rows(status)


LIST_ADDRESSES = """
SELECT recipient, channel, app_id, address_id, environment, sealed_address, address_index, locale, registered_at,
       seen_at
FROM push_addresses WHERE recipient = $1 ORDER BY seen_at DESC, address_id DESC
"""


async def list_addresses(db: Executor, recipient: UUID) -> list[tuple[Address, bytes]]:
    """All of a recipient's, the latest seen first, each with the index under which it is found."""
    return [(read_address(row), row["address_index"]) for row in await db.fetch(LIST_ADDRESSES, recipient)]


HAS_ADDRESS = """
SELECT EXISTS (
    SELECT FROM push_addresses WHERE recipient = $1 AND channel = $2 AND app_id = $3 AND address_id = $4
)
"""


async def has_address(db: Executor, address: Address) -> bool:
    """Whether a recipient is still reached there, be it by a new name of the provider's."""
    found: bool = await db.fetchval(HAS_ADDRESS, address.recipient, address.channel, address.app_id, address.address_id)
    return found


SET_ENVIRONMENT = """
UPDATE push_addresses SET environment = $5
WHERE recipient = $1 AND channel = $2 AND app_id = $3 AND address_id = $4 AND sealed_address = $6
"""


async def set_environment(db: Executor, address: Address) -> None:
    """Notes of which environment an address is."""
    await db.execute(
        SET_ENVIRONMENT,
        address.recipient,
        address.channel,
        address.app_id,
        address.address_id,
        address.environment,
        address.sealed,
    )


def read_address(row: Row) -> Address:
    """A row of push_addresses."""
    return Address(
        recipient=row["recipient"],
        channel=row["channel"],
        app_id=row["app_id"],
        address_id=row["address_id"],
        environment=row["environment"],
        sealed=row["sealed_address"],
        locale=row["locale"],
        registered_at=row["registered_at"],
        seen_at=row["seen_at"],
    )
