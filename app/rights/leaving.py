"""Leaving: asked for with a proof given just now, locked at once, and taken back within the days of grace."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.audit import record_act
from app.database import Connection, Executor, transaction
from app.errors import NotFoundError
from app.people import accounts
from app.people.accounts import Account
from app.people.endings import ending
from app.people.locking import lock_resident
from app.people.model import ResidentCaller
from app.people.rules import codes_end_at, require_own_eyes
from app.people.sessions import Doorkeeper
from app.people.standing import require_control
from app.people.telling import tell
from app.rights import store
from app.rights.consenting import require_holder
from app.rights.errors import ProofRequiredError, RoleHeldError, VenueManagedError
from app.rights.model import Deletion

_SETTLING = timedelta(seconds=30)
"""A scan under way when the subject ends is over well before: its access is there to be erased, or never comes."""


async def request_deletion(door: Doorkeeper, caller: ResidentCaller, proven: Account, now: datetime) -> Deletion:
    """Locks the account and has it erased after the days of grace. `proven` is the login that was proven just now.

    Of a verified resident only a trusted installation may ask: who got hold of the phone alone destroys nothing.
    """
    require_may_leave(caller)
    found = await accounts.find(door.pool, door.vault, proven)
    if found is None or found.resident_id != caller.resident_id:
        raise ProofRequiredError
    grace = timedelta(days=door.settings.deletion_grace_days)
    async with ending(door.pool) as db:
        await require_control(db, caller, now)
        holder = await require_holder(db, caller)
        await require_nothing_held(db, caller.resident_id)
        deletion = await _order(db, caller.resident_id, holder.subject_no, due_at=now + grace, now=now)
        data = {"at": now, "due_at": deletion.due_at}
        await tell(db, holder.subject_no, caller.resident_id, "account.deletion-requested", data, now)
    return deletion


def require_may_leave(caller: ResidentCaller) -> None:
    """Asked before the proof is used up: what is refused anyway costs nobody their one-time password."""
    require_own_eyes(caller)


async def order_erasure(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Has a resident erased without days of grace: for the desk, where two persons have decided it.

    Raises NotFoundError where there is none, and refuses what request_deletion refuses. Run it in a transaction that
    may end sessions.
    """
    await store.hold(db, resident_id)
    holder = await store.get_holder(db, resident_id)
    if holder is None:
        raise NotFoundError
    await require_nothing_held(db, resident_id)
    await _order(db, resident_id, holder.subject_no, due_at=now + _SETTLING, now=now)


async def _order(db: Connection, resident_id: UUID, subject_no: int, *, due_at: datetime, now: datetime) -> Deletion:
    await lock_resident(db, resident_id, now)
    await store.suspend_subject(db, subject_no, now)
    await record_act(db, resident_id, "account.deletion-requested", resident_id, now)
    return await store.insert_deletion(db, resident_id, now=now, due_at=due_at)


async def require_nothing_held(db: Executor, resident_id: UUID) -> None:
    """Raises where others depend on this resident's being there."""
    if await store.list_roles(db, resident_id):
        raise RoleHeldError
    if await store.manages_venues(db, resident_id):
        raise VenueManagedError


async def get_deletion(db: Executor, caller: ResidentCaller) -> Deletion | None:
    """The deletion under way; whoever comes in by a login of the resident's may know of it, to take it back."""
    return await store.get_deletion(db, caller.resident_id)


async def cancel_deletion(door: Doorkeeper, caller: ResidentCaller, now: datetime) -> None:
    """Takes it back. Any session may: keeping is the safe direction, and the account stays locked until presence is
    proven anew.
    """
    async with transaction(door.pool) as db:
        await store.hold(db, caller.resident_id)
        holder = await require_holder(db, caller)
        if await store.cancel_deletion(db, caller.resident_id, now) is None:
            raise NotFoundError
        await store.resume_subject(db, holder.subject_no, codes_end_at(now))
        await record_act(db, caller.resident_id, "account.deletion-cancelled", caller.resident_id, now)
        data = {"at": now}
        await tell(db, holder.subject_no, caller.resident_id, "account.deletion-cancelled", data, now)
