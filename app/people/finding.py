"""Finding a resident by a whole phone or a whole ID number; there is no other way to look for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Executor
from app.identity.numbers import read_id_number
from app.people import accounts, logins_store
from app.people.accounts import PhoneAccount
from app.people.rules import normalise_phone
from app.sealing import Vault


async def get_resident_id_by_phone(db: Executor, vault: Vault, phone: str) -> UUID | None:
    """Whoever logs in by this phone."""
    found = await accounts.find(db, vault, PhoneAccount(normalise_phone(phone)))
    return found.resident_id if found else None


async def get_resident_id_by_id_number(db: Executor, vault: Vault, id_number: str, now: datetime) -> UUID | None:
    """Whoever has proven to be the person with this number."""
    number = read_id_number(id_number, now)
    return await logins_store.get_identity_holder(db, vault.indexes("identity", number.text))


async def list_residents_by_index(db: Executor, indexes: Sequence[bytes]) -> list[UUID]:
    """Whoever has proven one of the identities that these are the blind indexes of."""
    return await logins_store.list_identity_holders(db, indexes)
