"""A venue's staff: known by a number of the venue's own, to residents by a pseudonym, to their manager by name."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from app.audit import record_act
from app.database import Executor, Pool, transaction
from app.errors import NotFoundError
from app.people.model import Role
from app.sealing import Vault
from app.venues import shift_store
from app.venues.errors import StaffNumberTakenError
from app.venues.model import Pin
from app.venues.owning import require_own_venue

_SALT_BYTES = 16
_TAIL = 4
_WORK = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: some 50 ms and 16 MiB, what a guess costs whoever has the table and the index key."""


class NewStaff(msgspec.Struct, frozen=True):
    """Somebody new; the PIN is shown this once."""

    staff_id: UUID
    pin: str


class StaffMember(msgspec.Struct, frozen=True):
    """Somebody of the staff as their manager sees them."""

    staff_id: UUID
    number: str
    name: str
    pseudonym: str
    created_at: datetime


def find_pseudonym(staff_id: UUID) -> str:
    """What residents and logs call somebody: four characters of a random id."""
    return staff_id.hex[-_TAIL:].upper()


def name_staff(staff_id: UUID, *, english: bool) -> str:
    """How somebody is named to those they looked at: always the same within a venue, and never by name."""
    return f"{'Staff' if english else '工作人员'} {find_pseudonym(staff_id)}"


async def add_staff(
    db: Executor, vault: Vault, *, venue_id: UUID, manager_id: UUID, name: str, number: str, now: datetime
) -> NewStaff:
    """Lets somebody sign in on the venue's scanners."""
    await require_own_venue(db, venue_id, manager_id)
    staff_id = _choose_id(await shift_store.list_staff_ids(db, venue_id))
    pin = f"{secrets.randbelow(10**6):06}"
    salt = secrets.token_bytes(_SALT_BYTES)
    hashes = await asyncio.to_thread(_hash_pin, vault, staff_id, pin, salt)
    async with transaction(db) as part:
        is_new = await shift_store.insert_staff(
            part,
            staff_id,
            venue_id=venue_id,
            number=number,
            sealed_name=vault.seal(name.encode(), _context(staff_id)),
            salt=salt,
            pin_hash=hashes[0],
            now=now,
        )
        if not is_new:
            raise StaffNumberTakenError
        await record_act(part, manager_id, "venue-staff.added", staff_id, now, role=Role.MANAGER)
    return NewStaff(staff_id, pin)


def _choose_id(taken: set[UUID]) -> UUID:
    """A random id, whose pseudonym nobody else of the venue has or had."""
    pseudonyms = {find_pseudonym(one) for one in taken}
    while True:
        staff_id = uuid4()
        if find_pseudonym(staff_id) not in pseudonyms or len(pseudonyms) > 16**_TAIL // 2:
            return staff_id


async def list_staff(
    pool: Pool, vault: Vault, *, venue_id: UUID, manager_id: UUID, after: UUID | None, limit: int
) -> list[StaffMember]:
    """Who may sign in at this venue."""
    await require_own_venue(pool, venue_id, manager_id)
    found = await shift_store.list_staff(pool, venue_id, after=after or UUID(int=0), limit=limit)
    return [
        StaffMember(
            one.staff_id,
            one.number,
            vault.open(one.sealed_name, _context(one.staff_id)).decode(),
            find_pseudonym(one.staff_id),
            one.created_at,
        )
        for one in found
    ]


async def remove_staff(pool: Pool, *, venue_id: UUID, manager_id: UUID, staff_id: UUID, now: datetime) -> None:
    """Ends somebody's right to sign in, and their shift with it, wherever it is open."""
    await require_own_venue(pool, venue_id, manager_id)
    async with transaction(pool) as db:
        if not await shift_store.remove_staff(db, venue_id, staff_id, now):
            raise NotFoundError
        await shift_store.close_shifts_of(db, staff_id, now)
        await record_act(db, manager_id, "venue-staff.removed", staff_id, now, role=Role.MANAGER)


def matches(vault: Vault, pin: Pin | None, shown: str) -> bool:
    """Whether this is the PIN; takes as long where nobody has the number. Heavy: call it in a thread."""
    held = pin or Pin(UUID(int=0), bytes(_SALT_BYTES), b"")
    # An early end would tell nothing: hashes of random salts cannot be approached byte by byte.
    return held.hash in _hash_pin(vault, held.staff_id, shown, held.salt)


def _hash_pin(vault: Vault, staff_id: UUID, pin: str, salt: bytes) -> list[bytes]:
    """Under each index key, newest first: slow, and useless without a key that is not in the database."""
    keyed = vault.every_index("venue staff pin", f"{staff_id}:{pin}")
    return [hashlib.scrypt(one, salt=salt, **_WORK) for one in keyed]


def _context(staff_id: UUID) -> str:
    return f"venue staff:{staff_id}"
