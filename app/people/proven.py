"""What a resident has proven of themself, in the clear: for asking a registry about them, never for showing."""

from __future__ import annotations

from uuid import UUID

import msgspec

from app.database import Executor
from app.people import accounts, guardian_store, logins_store, store
from app.people.model import LoginKind
from app.people.registering import open_key
from app.people.rules import mask_name
from app.sealing import Vault


class Proven(msgspec.Struct, frozen=True):
    """A verified resident, as an authority confirmed; by a network credential neither name nor number."""

    name: str | None
    id_number: str | None
    masked_name: str | None

    def __repr__(self) -> str:
        """Without any of it, wherever this may be printed."""
        return "Proven()"


async def get_proven(db: Executor, vault: Vault, resident_id: UUID) -> Proven | None:
    """None where the resident is gone, or verified no more."""
    resident = await store.get_resident(db, resident_id)
    if resident is None or resident.verified_at is None:
        return None
    key = open_key(vault, resident)
    name = key.open(resident.sealed_name, "name") if resident.sealed_name else None
    masked = key.open(resident.sealed_masked_name, "masked_name") if resident.sealed_masked_name else None
    sealed_number = await guardian_store.get_sealed_id_number(db, resident_id)
    return Proven(
        name=name,
        id_number=key.open(sealed_number, "id_number") if sealed_number else None,
        masked_name=mask_name(name or masked or "") or None,
    )


async def list_phones(db: Executor, vault: Vault, resident_id: UUID) -> list[str]:
    """The phones by which a resident comes in: each proven by whoever read its texts."""
    resident = await store.get_resident(db, resident_id)
    if resident is None:
        return []
    key = open_key(vault, resident)
    held = await logins_store.list_logins(db, resident_id)
    return [accounts.open_phone(key, one) for one in held if one.kind is LoginKind.PHONE]
