"""A resident seen by themself, masked."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor, Pool
from app.errors import UnauthenticatedError
from app.people import store
from app.people.model import Profile, Resident, ResidentCaller
from app.people.rules import mask_name, mask_phone
from app.sealing import DataKey, Vault


async def get_profile(pool: Pool, vault: Vault, caller: ResidentCaller) -> Profile:
    """Name and phone, masked; neither where the installation is not trusted with a verified resident's data."""
    resident = await store.get_resident(pool, caller.resident_id)
    if resident is None:
        raise UnauthenticatedError
    name = phone = None
    if caller.sees_personal_data:
        key = vault.open_data_key(resident.wrapped_key, resident.resident_id)
        phone = mask_phone(key.open(resident.sealed_phone, "phone")) if resident.sealed_phone else None
        name = _masked_name(key, resident)
    return Profile(
        resident_id=resident.resident_id,
        assurance=caller.assurance,
        identity_verified=caller.identity_verified,
        masked_name=name,
        masked_phone=phone,
        roles=sorted(caller.roles),
    )


async def get_masked_name(db: Executor, vault: Vault, resident_id: UUID) -> str | None:
    """What a purpose that needs it may learn of a holder: a surname and stars."""
    resident = await store.get_resident(db, resident_id)
    if resident is None:
        return None
    return _masked_name(vault.open_data_key(resident.wrapped_key, resident_id), resident)


def _masked_name(key: DataKey, resident: Resident) -> str | None:
    """What an authority told masked is masked again: it need not be masked as ours are."""
    if resident.sealed_name is not None:
        return mask_name(key.open(resident.sealed_name, "name"))
    if resident.sealed_masked_name is not None:
        return mask_name(key.open(resident.sealed_masked_name, "masked_name"))
    return None


async def open_resident_key(db: Executor, vault: Vault, resident_id: UUID) -> DataKey | None:
    """The key of a resident's own, under which other domains seal what is theirs; None once they were erased."""
    resident = await store.get_resident(db, resident_id)
    return vault.open_data_key(resident.wrapped_key, resident_id) if resident else None


async def seal_for(pool: Pool, vault: Vault, resident_id: UUID, text: str, field: str) -> bytes | None:
    """Seals words about a resident under the resident's own key; None where there are no words, or no resident."""
    resident = await store.get_resident(pool, resident_id)
    if resident is None or not text:
        return None
    return vault.open_data_key(resident.wrapped_key, resident_id).seal(text, field)
