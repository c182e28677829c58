"""Trying a second factor: each wrong one counts before it is answered, and none is tried while a lockout lasts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection
from app.people import store as people_store
from app.people.holding import tell_resident
from app.people.model import ResidentCaller
from app.people.sessions import Doorkeeper
from app.staff import passkeys, store
from app.staff.model import Attempts, Factor, FactorKind
from app.staff.recovery import hash_recovery_code
from app.staff.rules import count_failure
from app.staff.totp import find_step

NO_FAILURES = Attempts(failed=0, lockouts=0, locked_until=None)
OPENING = "open"
_SECRET = "totp secret"  # noqa: S105  the field's name


class PasskeyProof(msgspec.Struct, frozen=True):
    """What a browser answered to the challenge of a ceremony."""

    ceremony_id: UUID
    credential: dict[str, object]


class Proof(msgspec.Struct, frozen=True):
    """A second factor as it was shown: one of these."""

    totp: str | None = None
    passkey: PasskeyProof | None = None
    recovery_code: str | None = None

    def __repr__(self) -> str:
        return "Proof(…)"


async def is_right(db: Connection, door: Doorkeeper, caller: ResidentCaller, proof: Proof, now: datetime) -> bool:
    """Whether one of the caller's factors was shown. That uses it up: a code, a signature, a time step count once."""
    if proof.totp is not None:
        return await _is_totp_right(db, door, caller.resident_id, proof.totp, now)
    if proof.passkey is not None:
        return await _is_passkey_right(db, door, caller.resident_id, proof.passkey, now)
    if proof.recovery_code is not None:
        return await _is_recovery_code_right(db, door, caller.resident_id, proof.recovery_code, now)
    return False


async def list_confirmed(db: Connection, resident_id: UUID, kind: FactorKind | None = None) -> list[Factor]:
    """The factors that count, of one kind or of both."""
    factors = await store.list_factors(db, resident_id)
    return [factor for factor in factors if factor.confirmed_at is not None and kind in {None, factor.kind}]


async def _is_totp_right(db: Connection, door: Doorkeeper, resident_id: UUID, code: str, now: datetime) -> bool:
    for factor in await list_confirmed(db, resident_id, FactorKind.TOTP):
        if await try_totp(db, door, resident_id, factor, code, now):
            return True
    return False


async def try_totp(
    db: Connection, door: Doorkeeper, resident_id: UUID, factor: Factor, code: str, now: datetime
) -> bool:
    """Whether the code is this factor's, of a time step later than any before."""
    resident = await people_store.get_resident(db, resident_id)
    if resident is None or factor.sealed_secret is None:
        return False
    secret = door.vault.open_data_key(resident.wrapped_key, resident_id).open(factor.sealed_secret, _SECRET)
    step = find_step(secret, code, now, after=factor.last_step)
    if step is None:
        return False
    await store.use_factor(db, resident_id, factor.factor_id, last_step=step, sign_count=0, now=now)
    return True


async def seal_secret(db: Connection, door: Doorkeeper, resident_id: UUID, secret: str) -> bytes | None:
    """A TOTP's secret as it is stored; None where the resident is gone."""
    resident = await people_store.get_resident(db, resident_id)
    return door.vault.open_data_key(resident.wrapped_key, resident_id).seal(secret, _SECRET) if resident else None


async def _is_passkey_right(
    db: Connection, door: Doorkeeper, resident_id: UUID, proof: PasskeyProof, now: datetime
) -> bool:
    challenge = await store.claim_ceremony(db, resident_id, proof.ceremony_id, purpose=OPENING, now=now)
    if challenge is None:
        return False
    party = passkeys.read_relying_party(door.settings.url)
    shown = passkeys.read_credential_id(proof.credential)
    for factor in await list_confirmed(db, resident_id, FactorKind.PASSKEY):
        if factor.credential_id != shown or factor.public_key is None:
            continue
        count = passkeys.read_signature(
            party, challenge, proof.credential, public_key=factor.public_key, sign_count=factor.sign_count
        )
        if count is not None:
            await store.use_factor(db, resident_id, factor.factor_id, last_step=None, sign_count=count, now=now)
            return True
    return False


async def _is_recovery_code_right(
    db: Connection, door: Doorkeeper, resident_id: UUID, code: str, now: datetime
) -> bool:
    hashes = hash_recovery_code(door.vault, resident_id, code)
    if not await store.claim_recovery_code(db, resident_id, hashes, now):
        return False
    await tell_resident(db, resident_id, "staff.recovery-code-used", {"at": now}, now)
    return True


async def settle(db: Connection, caller: ResidentCaller, attempts: Attempts, *, right: bool, now: datetime) -> None:
    """Forgets earlier failures, or counts one more; a lockout is told to the person."""
    after = NO_FAILURES if right else count_failure(attempts, now)
    if after != attempts:
        await store.set_attempts(db, caller.resident_id, after)
    if after.locked_until is not None:
        await tell_resident(db, caller.resident_id, "staff.factor-locked", {"at": now}, now)
