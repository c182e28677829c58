"""Enrolling second factors and taking them away; whoever has one already shows it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import InvalidError, NotFoundError
from app.identifiers import new_id
from app.people import store as people_store
from app.people.acting import record_office_act
from app.people.holding import tell_resident
from app.people.model import ResidentCaller
from app.people.rules import mask_phone, require_verified
from app.people.sessions import Doorkeeper
from app.provinces import PROVINCES
from app.staff import passkeys, store
from app.staff.errors import LastFactorError, SecondFactorWrongError
from app.staff.guesses import list_confirmed, seal_secret, settle, try_totp
from app.staff.model import Factor, FactorKind
from app.staff.recovery import renew_recovery_codes
from app.staff.rules import require_fresh, require_unlocked
from app.staff.sessions import CEREMONY_LIFE, Ceremony
from app.staff.totp import make_uri, new_secret

_ADDING = "add"
_CONFIRMED_WITHIN = timedelta(minutes=10)
_MOST_FACTORS = 10


class TotpSecret(msgspec.Struct, frozen=True):
    """What an authenticator app is told, once."""

    factor_id: UUID
    secret: str
    uri: str

    def __repr__(self) -> str:
        return f"TotpSecret({self.factor_id})"


class NewFactor(msgspec.Struct, frozen=True):
    """A factor that counts from now on, and recovery codes where it is the first."""

    factor: Factor
    recovery_codes: list[str]


async def list_factors(pool: Pool, caller: ResidentCaller) -> tuple[list[Factor], int]:
    """The caller's factors, and how many recovery codes are left."""
    async with pool.acquire() as db:
        factors = await list_confirmed(db, caller.resident_id)
        return factors, await store.count_recovery_codes(db, caller.resident_id)


async def begin_totp(door: Doorkeeper, caller: ResidentCaller, name: str, now: datetime) -> TotpSecret:
    """A new secret; it counts once a code of it was shown, and is forgotten when another is asked for."""
    secret, factor_id = new_secret(), new_id()
    async with transaction(door.pool) as db:
        await _require_may_change(db, caller, now)
        await store.delete_unconfirmed(db, caller.resident_id)
        sealed = await seal_secret(db, door, caller.resident_id, secret)
        if sealed is None:
            raise NotFoundError
        await store.insert_totp(db, caller.resident_id, factor_id, name=name, sealed_secret=sealed, now=now)
        account = await _name_account(db, door, caller.resident_id)
    return TotpSecret(factor_id, secret, make_uri(secret, account=account, issuer=_issuer(door)))


async def confirm_totp(
    door: Doorkeeper, caller: ResidentCaller, factor_id: UUID, code: str, now: datetime
) -> NewFactor:
    """Lets a TOTP count, since its first code is right. Wrong ones are counted as at the door."""
    async with transaction(door.pool) as db:
        attempts = await store.hold_attempts(db, caller.resident_id)
        require_unlocked(attempts, now)
        await _require_may_change(db, caller, now)
        factor = _find(await store.list_factors(db, caller.resident_id), factor_id)
        if factor.confirmed_at is not None or now - factor.created_at > _CONFIRMED_WITHIN:
            raise NotFoundError
        right = await try_totp(db, door, caller.resident_id, factor, code, now)
        await settle(db, caller, attempts, right=right, now=now)
        if right:
            await store.confirm_factor(db, caller.resident_id, factor_id, now)
            return await _welcome(db, door, caller, factor_id, now)
    raise SecondFactorWrongError


async def prepare_passkey(door: Doorkeeper, caller: ResidentCaller, now: datetime) -> Ceremony:
    """A challenge for a new passkey."""
    party = passkeys.read_relying_party(door.settings.url)
    async with transaction(door.pool) as db:
        await _require_may_change(db, caller, now)
        found = await list_confirmed(db, caller.resident_id, FactorKind.PASSKEY)
        known = [factor.credential_id for factor in found if factor.credential_id]
        account = await _name_account(db, door, caller.resident_id)
        challenge, options = passkeys.ask_to_create(party, user=caller.resident_id.bytes, account=account, known=known)
        ceremony = Ceremony(new_id(), options, now + CEREMONY_LIFE)
        await store.delete_old_ceremonies(db, caller.resident_id, now)
        await store.insert_ceremony(
            db,
            caller.resident_id,
            ceremony.ceremony_id,
            purpose=_ADDING,
            challenge=challenge,
            expires_at=ceremony.expires_at,
        )
    return ceremony


async def add_passkey(
    door: Doorkeeper,
    caller: ResidentCaller,
    *,
    ceremony_id: UUID,
    credential: Mapping[str, Any],
    name: str,
    now: datetime,
) -> NewFactor:
    """Enrols the passkey that answered the challenge."""
    party = passkeys.read_relying_party(door.settings.url)
    async with transaction(door.pool) as db:
        attempts = await store.hold_attempts(db, caller.resident_id)
        require_unlocked(attempts, now)
        await _require_may_change(db, caller, now)
        challenge = await store.claim_ceremony(db, caller.resident_id, ceremony_id, purpose=_ADDING, now=now)
        made = passkeys.read_new_passkey(party, challenge, dict(credential)) if challenge else None
        await settle(db, caller, attempts, right=made is not None, now=now)
        if made is not None:
            factor_id = new_id()
            await store.insert_passkey(
                db,
                caller.resident_id,
                factor_id,
                name=name,
                credential_id=made.credential_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                now=now,
            )
            return await _welcome(db, door, caller, factor_id, now)
    raise SecondFactorWrongError


async def remove_factor(door: Doorkeeper, caller: ResidentCaller, factor_id: UUID, now: datetime) -> None:
    """Takes a factor away, but for the last one."""
    async with transaction(door.pool) as db:
        await _require_may_change(db, caller, now)
        factors = await list_confirmed(db, caller.resident_id)
        _find(factors, factor_id)
        if len(factors) == 1:
            raise LastFactorError
        await store.delete_factor(db, caller.resident_id, factor_id)
        await record_office_act(db, door.vault, caller, "staff.factor-removed", object_id=factor_id, now=now)
        await tell_resident(db, caller.resident_id, "staff.factor-removed", {"at": now}, now)


async def renew_codes(door: Doorkeeper, caller: ResidentCaller, now: datetime) -> list[str]:
    """Ten new recovery codes; there are none without a factor that they stand in for."""
    async with transaction(door.pool) as db:
        await _require_may_change(db, caller, now)
        if not await list_confirmed(db, caller.resident_id):
            raise NotFoundError
        codes = await renew_recovery_codes(db, door.vault, caller.resident_id, now)
        await record_office_act(db, door.vault, caller, "staff.recovery-codes-renewed", now=now)
    return codes


async def forget_factors(pool: Pool, resident_ids: Iterable[UUID]) -> None:
    """Puts people back to before they had any second factor: for the demo, whose scripts have none."""
    async with transaction(pool) as db:
        for resident_id in resident_ids:
            await store.delete_all(db, resident_id)


async def _require_may_change(db: Connection, caller: ResidentCaller, now: datetime) -> None:
    """The attempts are held, so that of two first factors at once the second one needs the first."""
    require_verified(caller)
    await store.hold_attempts(db, caller.resident_id)
    factors = await list_confirmed(db, caller.resident_id)
    require_fresh(caller, has_factor=bool(factors), now=now)
    if len(factors) > _MOST_FACTORS:
        raise InvalidError("", f"There are {_MOST_FACTORS} factors already: remove one first.")


async def _welcome(
    db: Connection, door: Doorkeeper, caller: ResidentCaller, factor_id: UUID, now: datetime
) -> NewFactor:
    factors = await list_confirmed(db, caller.resident_id)
    codes: list[str] = []
    if len(factors) == 1:
        codes = await renew_recovery_codes(db, door.vault, caller.resident_id, now)
    await record_office_act(db, door.vault, caller, "staff.factor-added", object_id=factor_id, now=now)
    await tell_resident(db, caller.resident_id, "staff.factor-added", {"at": now}, now)
    return NewFactor(_find(factors, factor_id), codes)


def _find(factors: list[Factor], factor_id: UUID) -> Factor:
    for factor in factors:
        if factor.factor_id == factor_id:
            return factor
    raise NotFoundError


async def _name_account(db: Connection, door: Doorkeeper, resident_id: UUID) -> str:
    """What the authenticator shows: a masked phone, which says to its owner alone whose it is."""
    resident = await people_store.get_resident(db, resident_id)
    if resident is None:
        raise NotFoundError
    if resident.sealed_phone is None:
        return str(resident_id)[-8:]
    key = door.vault.open_data_key(resident.wrapped_key, resident_id)
    return mask_phone(key.open(resident.sealed_phone, "phone"))


def _issuer(door: Doorkeeper) -> str:
    return f"随行 {PROVINCES[door.settings.province].zh}"
