"""A resident comes to be: at the first login of an account that nobody has."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor
from app.errors import ForbiddenError, NotFoundError
from app.identifiers import new_id
from app.identity.model import AgeBand, EvidenceKind, ProvenIdentity
from app.people import accounts, claims_store, logins_store, store
from app.people.accounts import Account, PhoneAccount
from app.people.errors import SessionExpiredError
from app.people.model import Lookup, Resident
from app.sealing import DataKey, Vault

_SUBJECT_BITS = 63  # a PostgreSQL bigint holds them unsigned
_TRIES = 5
"""A login moves rarely, and nobody can make it move faster than it is found."""


def new_subject_no() -> int:
    """A random number of a binding: it says nothing, and nobody guesses the next."""
    return secrets.randbits(_SUBJECT_BITS)


async def find_or_register(db: Connection, vault: Vault, account: Account, now: datetime) -> Lookup:
    """The resident whose login this is, held until the transaction ends; of two first logins at once, one makes the
    resident and both get it.

    Held, so that a lock, or an account that becomes a part of another, comes wholly before or wholly after.
    """
    for _ in range(_TRIES):
        found = await accounts.find(db, vault, account)
        if found is not None:
            await store.hold_resident(db, found.resident_id)
            if await _is_still(db, vault, account, found, now):
                return found
            continue
        resident_id = new_id()
        if await accounts.enter(db, vault, account, resident_id=resident_id, login_id=resident_id, now=now):
            await _register(db, vault, resident_id, account, now)
            return Lookup(b"", resident_id, resident_id)
    raise SessionExpiredError


async def _is_still(db: Connection, vault: Vault, account: Account, found: Lookup, now: datetime) -> bool:
    """Whether the login is this resident's now that nobody else can change it; brings it up to date."""
    if not await logins_store.touch_login(db, found.resident_id, found.login_id, now):
        again = await accounts.find(db, vault, account)
        if again is None or (again.resident_id, again.login_id) != (found.resident_id, found.login_id):
            return False
        # A phone that an import, or a server of the version before, entered without a login of its own.
        key = await require_key(db, vault, found.resident_id)
        await logins_store.insert_login(db, found.resident_id, accounts.make_login(key, account, found.login_id, now))
    elif not found.complete:
        key = await require_key(db, vault, found.resident_id)
        await accounts.keep_current(db, vault, key, account, found, now)
    return True


async def require_key(db: Executor, vault: Vault, resident_id: UUID) -> DataKey:
    """The key of a resident who is there."""
    return open_key(vault, await require_living(db, resident_id))


def open_key(vault: Vault, resident: Resident) -> DataKey:
    """A resident's own key."""
    return vault.open_data_key(resident.wrapped_key, resident.resident_id)


async def require_living(db: Executor, resident_id: UUID) -> Resident:
    """A resident who is there; raises SessionExpiredError of one who was erased, or became a part of another."""
    resident = await store.get_resident(db, resident_id)
    if resident is None:
        raise SessionExpiredError
    return resident


async def _register(db: Connection, vault: Vault, resident_id: UUID, account: Account, now: datetime) -> None:
    """The resident, and the login by which they came; it bears the resident's own id."""
    key = await register_without_login(
        db, vault, resident_id, now, phone=account.phone if isinstance(account, PhoneAccount) else None
    )
    await logins_store.insert_login(db, resident_id, accounts.make_login(key, account, resident_id, now))


async def register_without_login(
    db: Connection, vault: Vault, resident_id: UUID, now: datetime, *, phone: str | None = None
) -> DataKey:
    """A resident whom no account leads to yet, with a key and a subject of their own."""
    key, wrapped = vault.create_data_key(resident_id)
    subject_no = new_subject_no()
    await store.insert_resident(
        db,
        resident_id,
        subject_no=subject_no,
        wrapped_key=wrapped,
        sealed_phone=key.seal(phone, "phone") if phone is not None else None,
        now=now,
    )
    valid_from = now.replace(microsecond=0)
    await store.insert_subject(db, subject_no, kind="personal", resident_id=resident_id, valid_from=valid_from, now=now)
    return key


async def claim_identity(
    db: Connection, vault: Vault, resident: Resident, proven: ProvenIdentity, now: datetime
) -> bool:
    """Ties a proven identity to a resident who has none; False where it has a resident already."""
    indexes = vault.indexes("identity", proven.identity_key)
    savepoint = db.transaction()
    await savepoint.start()
    if await logins_store.claim_identity(db, indexes, resident.resident_id, now) < len(indexes):
        await savepoint.rollback()
        return False
    await savepoint.commit()
    await _write_identity(db, vault, resident, proven, now)
    return True


async def _write_identity(
    db: Connection, vault: Vault, resident: Resident, proven: ProvenIdentity, now: datetime
) -> None:
    key = open_key(vault, resident)
    masked = proven.masked_name if proven.name is None else None
    await claims_store.mark_verified(
        db,
        resident.resident_id,
        sealed_name=key.seal(proven.name, "name") if proven.name else None,
        sealed_id_number=key.seal(proven.id_number, "id_number") if proven.id_number else None,
        sealed_masked_name=key.seal(masked, "masked_name") if masked else None,
        verified_by=proven.kind.value,
        now=now,
    )


async def verify_identity(
    db: Connection, vault: Vault, resident_id: UUID, *, name: str, id_number: str, now: datetime
) -> None:
    """Ties an invented identity to a demo resident; raises where the identity has another resident already."""
    resident = await store.get_resident(db, resident_id)
    if resident is None:
        raise NotFoundError
    proven = ProvenIdentity(EvidenceKind.FACE, id_number, AgeBand.ADULT, now, name=name, id_number=id_number)
    if resident.verified_at is not None:
        await _write_identity(db, vault, resident, proven, now)
    elif not await claim_identity(db, vault, resident, proven, now):
        raise ForbiddenError("This identity has a resident already.")
