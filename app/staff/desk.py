"""The desk: finding one resident for a reason, which they are told, and locking their account when they call."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Executor, transaction
from app.errors import InvalidError, NotFoundError
from app.identifiers import new_id
from app.people import store as people_store
from app.people.acting import record_office_act
from app.people.endings import ending
from app.people.finding import get_resident_id_by_id_number, get_resident_id_by_phone
from app.people.locking import lock_resident
from app.people.model import Resident, ResidentCaller, Role
from app.people.quotas import HOUR, require_quota
from app.people.rules import mask_name, mask_phone
from app.people.sessions import Doorkeeper
from app.people.telling import tell
from app.sealing import Vault
from app.staff import desk_store as store
from app.staff.errors import LookExpiredError
from app.staff.model import Look

_FOLLOWED_WITHIN = timedelta(minutes=15)


async def find_resident(
    door: Doorkeeper,
    caller: ResidentCaller,
    *,
    phone: str | None,
    id_number: str | None,
    reason: str,
    case_reference: str,
    now: datetime,
) -> Look:
    """One look at one resident, kept with its reason and told to them. Looking for nobody is kept as well."""
    await claim_look(door, caller, now)
    async with transaction(door.pool) as db:
        resident_id = await _find(db, door.vault, phone=phone, id_number=id_number, now=now)
        resident = await people_store.get_resident(db, resident_id) if resident_id else None
        await record_office_act(
            db,
            door.vault,
            caller,
            "resident.searched",
            role=Role.OPERATOR,
            object_id=resident.resident_id if resident else None,
            reason=f"{case_reference}: {reason}",
            about=resident.resident_id if resident else None,
            now=now,
        )
        if resident is not None:
            return await _look(db, door.vault, caller, resident, case_reference, now)
    raise NotFoundError


async def claim_look(door: Doorkeeper, caller: ResidentCaller, now: datetime) -> None:
    """One of the looks that an operator has in an hour; whatever tells whether a phone is somebody's here takes one."""
    most = door.settings.desk_looks_per_hour
    await require_quota(door.pool, door.vault, f"desk:{caller.resident_id}", most, HOUR, now)


async def _find(
    db: Connection, vault: Vault, *, phone: str | None, id_number: str | None, now: datetime
) -> UUID | None:
    if phone is not None and id_number is None:
        return await get_resident_id_by_phone(db, vault, phone)
    if id_number is not None and phone is None:
        return await get_resident_id_by_id_number(db, vault, id_number, now)
    raise InvalidError("", "Give the whole phone or the whole ID number, one of the two.")


async def _look(
    db: Connection, vault: Vault, caller: ResidentCaller, resident: Resident, case_reference: str, now: datetime
) -> Look:
    key = vault.open_data_key(resident.wrapped_key, resident.resident_id)
    look_id, expires_at = new_id(), now + _FOLLOWED_WITHIN
    await store.insert_look(
        db,
        caller.resident_id,
        look_id,
        resident_id=resident.resident_id,
        sealed_case=key.seal(case_reference, "case"),
        now=now,
        expires_at=expires_at,
    )
    await tell(db, resident.subject_no, resident.resident_id, "staff.looked", {"at": now}, now)
    return Look(
        look_id=look_id,
        expires_at=expires_at,
        masked_name=mask_name(key.open(resident.sealed_name, "name")) if resident.sealed_name else None,
        masked_phone=mask_phone(key.open(resident.sealed_phone, "phone")) if resident.sealed_phone else None,
        verified=resident.verified_at is not None,
        locked=resident.locked_at is not None,
        installations=await store.count_trusted(db, resident.resident_id),
    )


async def require_look(db: Executor, caller: ResidentCaller, look_id: UUID, now: datetime) -> UUID:
    """The resident of one of the caller's own looks, while it may be followed up."""
    row = await store.get_look(db, caller.resident_id, look_id)
    if row is None:
        raise NotFoundError
    if row["expires_at"] <= now:
        raise LookExpiredError
    resident_id: UUID = row["resident_id"]
    return resident_id


async def lock_for_caller(
    door: Doorkeeper, caller: ResidentCaller, look_id: UUID, *, reason: str, now: datetime
) -> None:
    """Locks an account for a resident who calls, as they could themself. Staff alone never unlocks: presence does."""
    async with ending(door.pool) as db:
        resident_id = await require_look(db, caller, look_id, now)
        resident = await people_store.get_resident(db, resident_id)
        if resident is None:
            raise NotFoundError
        await lock_resident(db, resident_id, now)
        await record_office_act(
            db,
            door.vault,
            caller,
            "resident.locked",
            role=Role.OPERATOR,
            object_id=resident_id,
            reason=reason,
            about=resident_id,
            now=now,
        )
        await tell(db, resident.subject_no, resident_id, "account.locked-by-desk", {"at": now}, now)
