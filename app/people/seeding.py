"""Demo people: put there as if they had proven who they are, and put right again whatever was done with them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Pool, transaction
from app.people import store
from app.people.accounts import PhoneAccount
from app.people.model import Role
from app.people.registering import find_or_register, verify_identity
from app.people.rules import normalise_phone
from app.sealing import Vault


class SeededPerson(msgspec.Struct, frozen=True):
    """Somebody plainly invented."""

    name: str
    phone: str
    id_number: str
    installation_id: UUID
    verified: bool
    role: Role | None = None


async def seed_person(pool: Pool, vault: Vault, person: SeededPerson, now: datetime) -> UUID:
    """Makes the resident, verified and with a trusted installation where the person is; twice is the same as once."""
    phone = normalise_phone(person.phone)
    async with transaction(pool) as db:
        resident_id = (await find_or_register(db, vault, PhoneAccount(phone), now)).resident_id
        await store.touch_installation(db, resident_id, person.installation_id, now)
        if person.verified:
            await verify_identity(db, vault, resident_id, name=person.name, id_number=person.id_number, now=now)
            await store.trust_installation(db, resident_id, person.installation_id, now=now, approved_by=None)
        if person.role is not None:
            await store.grant_role(db, resident_id, person.role, now)
    return resident_id
