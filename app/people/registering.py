"""A resident comes to be: at the first login of a phone that nobody has."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from app.database import Connection
from app.errors import ForbiddenError, NotFoundError
from app.identifiers import new_id
from app.people import store
from app.sealing import Vault

_SUBJECT_BITS = 63  # a PostgreSQL bigint holds them unsigned


def new_subject_no() -> int:
    """A random number of a binding: it says nothing, and nobody guesses the next."""
    return secrets.randbits(_SUBJECT_BITS)


async def find_or_register(db: Connection, vault: Vault, phone: str, now: datetime) -> UUID:
    """The resident who has this phone; of two first logins at once, one makes the resident and both get it."""
    while True:
        found = await store.get_resident_id_by_phone(db, vault.indexes("phone", phone))
        if found is not None:
            return found
        resident_id = new_id()
        if await store.claim_phone(db, vault.index("phone", phone), resident_id, now):
            await register(db, vault, resident_id, phone, now)
            return resident_id


async def register(db: Connection, vault: Vault, resident_id: UUID, phone: str, now: datetime) -> None:
    """The resident, their key and their own subject."""
    key, wrapped = vault.create_data_key(resident_id)
    subject_no = new_subject_no()
    await store.insert_resident(
        db,
        resident_id,
        subject_no=subject_no,
        wrapped_key=wrapped,
        sealed_phone=key.seal(phone, "phone"),
        now=now,
    )
    valid_from = now.replace(microsecond=0)
    await store.insert_subject(db, subject_no, kind="personal", resident_id=resident_id, valid_from=valid_from, now=now)


async def verify_identity(
    db: Connection, vault: Vault, resident_id: UUID, *, name: str, id_number: str, now: datetime
) -> None:
    """Ties a proven identity to a resident; raises where the identity has another resident already."""
    resident = await store.get_resident(db, resident_id)
    if resident is None:
        raise NotFoundError
    if resident.verified_at is None and not await store.claim_identity(
        db, vault.index("identity", id_number), resident_id, now
    ):
        raise ForbiddenError("This identity has a resident already.")
    key = vault.open_data_key(resident.wrapped_key, resident_id)
    await store.verify_resident(
        db,
        resident_id,
        sealed_name=key.seal(name, "name"),
        sealed_id_number=key.seal(id_number, "id_number"),
        now=now,
    )
