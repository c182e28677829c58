"""Giving consents and taking them back, with effect at once."""

from __future__ import annotations

from datetime import datetime

from app.database import Connection, Executor, Pool, transaction
from app.enterprises.leaving import leave_companies
from app.errors import InvalidError, NotFoundError, UnauthenticatedError
from app.identifiers import new_id
from app.licences.exporting import forget_wallet
from app.people.bindings import list_named_subject_nos
from app.people.caring import end_all_care
from app.people.endings import ending
from app.people.guardians import withdraw_all
from app.people.locking import lock_resident
from app.people.model import ResidentCaller
from app.people.rules import require_own_eyes
from app.people.standing import require_control
from app.people.telling import tell
from app.people.unreaching import leave_platform
from app.rights import store
from app.rights.errors import ConsentNotSwitchableError, RoleHeldError
from app.rights.kinds import IDENTITY, KINDS, MASKED_NAME, MESSAGES_TO, ConsentKind
from app.rights.model import Consent, ConsentState, Holder, Standing
from app.rights.rules import standing_of
from app.roaming.agreeing import BACKGROUND, LOCATION, end_background, end_roaming, follow_consents, forget_places
from app.roaming.remembering import Memory
from app.sealing import Vault

_WITHHELD = {MASKED_NAME: "masked_name"}
"""What a scan does not answer without the consent."""


async def list_consents(pool: Pool, caller: ResidentCaller) -> list[Standing]:
    """Every kind there is, and how it stands with the caller."""
    require_own_eyes(caller)
    holder = await require_holder(pool, caller)
    return await list_standings(pool, holder)


async def list_standings(db: Executor, holder: Holder) -> list[Standing]:
    """The same, of a resident who has been read already."""
    given = await store.list_consents(db, holder.resident_id)
    return [standing_of(kind, given, holder) for kind in KINDS.values()]


async def grant_consent(pool: Pool, caller: ResidentCaller, kind: str, *, version: int, now: datetime) -> Standing:
    """Notes that the caller agrees to the words of this version; doing it again changes nothing."""
    require_own_eyes(caller)
    wanted = _require_kind(kind)
    if version != wanted.version:
        raise InvalidError("/version", "These are not the words in force: list the consents again.")
    if not wanted.can_switch_on:
        raise ConsentNotSwitchableError
    async with transaction(pool) as db:
        holder = await _hold(db, caller, now)
        standing = await _read(db, wanted, holder)
        if standing.state is not ConsentState.GRANTED or standing.version != version:
            await store.withdraw_consent(db, holder.resident_id, kind, now)
            await store.insert_consent(db, holder.resident_id, new_id(), Consent(kind, version, now, None))
        # Where it stood already, too: a server of before had it stand without what rests on it here.
        await _apply(db, holder, wanted, now, granted=True)
        return await _read(db, wanted, holder)


async def withdraw_consent(
    pool: Pool, vault: Vault, memory: Memory, caller: ResidentCaller, kind: str, now: datetime
) -> Standing:
    """Takes a consent back; what rested on it ends in the same transaction. Without one it changes nothing."""
    standing = await _withdraw(pool, vault, caller, kind, now)
    if kind in {LOCATION, BACKGROUND}:
        await forget_places(pool, memory, caller.resident_id)
    return standing


async def _withdraw(pool: Pool, vault: Vault, caller: ResidentCaller, kind: str, now: datetime) -> Standing:
    require_own_eyes(caller)
    wanted = _require_kind(kind)
    if not wanted.can_switch_off:
        raise ConsentNotSwitchableError
    async with ending(pool) as db:
        holder = await _hold(db, caller, now)
        standing = await _read(db, wanted, holder)
        if standing.state is ConsentState.GRANTED and standing.granted_at is not None:
            if not await store.withdraw_consent(db, holder.resident_id, kind, now):
                implied = Consent(kind, standing.version or wanted.version, standing.granted_at, now)
                await store.insert_consent(db, holder.resident_id, new_id(), implied)
            await _apply(db, holder, wanted, now, granted=False)
            if kind == IDENTITY:
                await _give_up_identity(db, vault, holder, now)
            await tell(db, holder.subject_no, holder.resident_id, "consent.withdrawn", {"kind": kind, "at": now}, now)
        return await _read(db, wanted, await require_holder(db, caller))


async def _apply(db: Connection, holder: Holder, kind: ConsentKind, now: datetime, *, granted: bool) -> None:
    """What scans answer, and where somebody may be told of, follow in the same transaction."""
    if kind.kind in _WITHHELD:
        withheld = [] if granted else [_WITHHELD[kind.kind]]
        for subject_no in [holder.subject_no, *await list_named_subject_nos(db, holder.resident_id)]:
            await store.withhold(db, subject_no, withheld)
    channel = MESSAGES_TO.get(kind.kind)
    if channel is not None and not granted:
        await leave_platform(db, holder.resident_id, channel, now)
    if kind.kind in {LOCATION, BACKGROUND}:
        await _apply_to_roaming(db, holder, kind.kind, now, granted=granted)


async def _apply_to_roaming(db: Connection, holder: Holder, kind: str, now: datetime, *, granted: bool) -> None:
    who = holder.subject_no, holder.resident_id
    if granted:
        given = await store.list_consents(db, holder.resident_id)
        await follow_consents(db, *who, [one.kind for one in given if one.withdrawn_at is None], now)
    elif kind == LOCATION:
        # The wider one rests on it: left standing, it would work again unasked with the next yes to this one.
        await store.withdraw_consent(db, holder.resident_id, BACKGROUND, now)
        await end_roaming(db, *who, now)
    else:
        await end_background(db, *who, now)


async def _give_up_identity(db: Connection, vault: Vault, holder: Holder, now: datetime) -> None:
    """Name and number go, and with them all that rests on them: codes, trust, every session, what binds them to others.

    Bindings and consents for children end, and before the account is locked: what only rested would come back with
    whoever proves an identity here next.
    """
    if await store.list_roles(db, holder.resident_id):
        raise RoleHeldError
    await leave_companies(db, holder.resident_id, now)
    await end_all_care(db, holder.resident_id, now)
    await withdraw_all(db, vault, holder.resident_id, now)
    await lock_resident(db, holder.resident_id, now)
    await store.end_claims(db, holder.resident_id, now)
    await store.free_identity(db, holder.resident_id)
    await store.forget_checks(db, holder.resident_id)
    await store.forget_identity(db, holder.resident_id)
    await forget_wallet(db, holder.resident_id)  # registries were asked about that identity


async def _read(db: Executor, kind: ConsentKind, holder: Holder) -> Standing:
    return standing_of(kind, await store.list_consents(db, holder.resident_id), holder)


async def _hold(db: Connection, caller: ResidentCaller, now: datetime) -> Holder:
    """The resident, held until the transaction ends: two who switch at once take turns. The token may be older than a
    lock, or than the proof that made the account somebody's.
    """
    await require_control(db, caller, now)
    return await require_holder(db, caller)


async def require_holder(db: Executor, caller: ResidentCaller) -> Holder:
    """The caller as stored; raises UnauthenticatedError where the account is gone."""
    holder = await store.get_holder(db, caller.resident_id)
    if holder is None:
        raise UnauthenticatedError
    return holder


def _require_kind(kind: str) -> ConsentKind:
    if kind not in KINDS:
        raise NotFoundError
    return KINDS[kind]
