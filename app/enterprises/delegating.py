"""A representative's side: inviting somebody to act for the company, seeing who may, ending it, and keeping it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.audit import record_act
from app.database import Connection, Executor, transaction
from app.enterprises import delegation_store, store
from app.enterprises.desk import (
    EnterpriseDesk,
    end_delegation,
    open_handler,
    require_representative,
    seal_handler,
    tell_both,
)
from app.enterprises.errors import DelegationClosedError
from app.enterprises.model import Delegation, DelegationState, Ending, Handler, StoredDelegation
from app.enterprises.rules import ANSWERED_WITHIN, MOST_INVITATIONS, MOST_OPEN, read_period, read_scopes
from app.errors import ForbiddenError, InvalidError, NotFoundError, TooManyRequestsError
from app.identifiers import new_id
from app.identity.names import read_name
from app.people.errors import SessionExpiredError
from app.people.model import ResidentCaller
from app.people.proven import list_phones
from app.people.registering import require_key
from app.people.rules import mask_name, mask_phone, normalise_phone
from app.sealing import DataKey, UnsealingError, Vault

_DAY = timedelta(hours=24)


class Grant(msgspec.Struct, frozen=True):
    """What a representative would let somebody do."""

    name: str
    phone: str
    scopes: Sequence[str]
    starts_at: datetime | None
    ends_at: datetime

    def __repr__(self) -> str:
        """Without name and phone, wherever this may be printed."""
        return "Grant()"


async def invite_delegate(
    db: Executor, desk: EnterpriseDesk, caller: ResidentCaller, company_id: UUID, grant: Grant, now: datetime
) -> Delegation:
    """Invites whoever has this phone and this name.

    Nothing here looks whether the phone is anybody's: the worker does, and tells them. So neither the answer nor the
    time that it takes says whether somebody has an account.
    """
    handler = Handler(read_name(grant.name), normalise_phone(grant.phone))
    starts_at, ends_at = read_period(grant.starts_at, grant.ends_at, longest=desk.longest, now=now)
    async with transaction(db) as held:
        await require_representative(held, caller, company_id, now)
        scopes = read_scopes(grant.scopes, {scope.id for scope in await store.list_scopes(held)})
        if handler.phone in await list_phones(held, desk.vault, caller.resident_id):
            raise InvalidError("/phone", "This phone is your own: you act for the company as it is.")
        await _claim_room(held, desk.vault, caller, company_id, now)
        key = await require_key(held, desk.vault, caller.resident_id)
        one = StoredDelegation(
            company_id=company_id,
            delegation_id=new_id(),
            granted_by=caller.resident_id,
            scopes=scopes,
            starts_at=starts_at,
            ends_at=ends_at,
            sealed_handler=seal_handler(key, handler),
            sealed_for=caller.resident_id,
            phone_index=index_phone(desk.vault, handler.phone),
            invited_at=now,
            answer_by=min(now + ANSWERED_WITHIN, ends_at),
        )
        await delegation_store.insert_delegation(held, one)
        await delegation_store.insert_invitation(held, one)
        await record_act(held, caller.resident_id, "delegation.granted", one.delegation_id, now)
    return _show(one, handler, None, now)


async def _claim_room(db: Connection, vault: Vault, caller: ResidentCaller, company_id: UUID, now: datetime) -> None:
    if await delegation_store.count_open(db, company_id) >= MOST_OPEN:
        raise ForbiddenError(f"A company has {MOST_OPEN} delegations at most: end one first.")
    bucket = vault.index("quota", f"delegation:{caller.resident_id}")
    free_at = await store.claim_place(db, bucket, MOST_INVITATIONS, _DAY, now)
    if free_at is not None:
        raise TooManyRequestsError(int((free_at - now).total_seconds()) + 1)


def index_phone(vault: Vault, phone: str) -> bytes:
    """Where whoever has a phone finds their invitations: under the newest key."""
    return vault.lasting_index("invitation", phone)


async def list_delegations(
    desk: EnterpriseDesk, caller: ResidentCaller, company_id: UUID, *, before: UUID, limit: int, now: datetime
) -> list[Delegation]:
    """Who may act for the company, and who was invited or could, the latest first; and when each last did."""
    async with transaction(desk.pool) as db:
        await require_representative(db, caller, company_id, now)
        found = await delegation_store.list_delegations(db, company_id, before=before, limit=limit)
        handlers = await _open_handlers(db, desk.vault, found)
    subject_nos = [one.subject_no for one in found if one.subject_no is not None]
    used = await store.list_last_uses(desk.pool, subject_nos)
    return [
        _show(one, handlers.get(one.delegation_id), used.get(one.subject_no) if one.subject_no else None, now)
        for one in found
    ]


async def _open_handlers(db: Connection, vault: Vault, found: Sequence[StoredDelegation]) -> dict[UUID, Handler]:
    """Those that can be opened: whoever has left took theirs along."""
    keys: dict[UUID, DataKey] = {}
    opened: dict[UUID, Handler] = {}
    for one in found:
        if not one.sealed_handler:
            continue
        try:
            if one.sealed_for not in keys:
                keys[one.sealed_for] = await require_key(db, vault, one.sealed_for)
            opened[one.delegation_id] = open_handler(keys[one.sealed_for], one.sealed_handler)
        except (UnsealingError, SessionExpiredError):
            continue
    return opened


def _show(one: StoredDelegation, handler: Handler | None, used_at: datetime | None, now: datetime) -> Delegation:
    return Delegation(
        id=one.delegation_id,
        masked_name=mask_name(handler.name) if handler else None,
        masked_phone=mask_phone(handler.phone) if handler else None,
        scopes=one.scopes,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        state=one.state_at(now),
        invited_at=one.invited_at,
        answer_by=one.answer_by,
        accepted_at=one.accepted_at,
        review_due_at=one.review_due_at,
        ended_at=one.ended_at,
        ended_for=one.ended_for,
        last_used_at=used_at,
    )


async def revoke_delegation(
    desk: EnterpriseDesk, caller: ResidentCaller, company_id: UUID, delegation_id: UUID, now: datetime
) -> None:
    """Ends a delegation, or takes an invitation back; one that has ended is left as it is."""
    async with transaction(desk.pool) as db:
        await require_representative(db, caller, company_id, now)
        one = await delegation_store.hold_delegation(db, company_id, delegation_id)
        if one is None:
            raise NotFoundError
        if one.ended_at is not None:
            return
        accepted = one.accepted_at is not None
        one = msgspec.structs.replace(one, granted_by=caller.resident_id)  # whoever ends it is told
        why, topic = (Ending.ENDED, "delegation.ended") if accepted else (Ending.WITHDRAWN, "delegation.withdrawn")
        await end_delegation(db, one, why, by=caller.resident_id, topic=topic, now=now)


async def keep_delegation(
    desk: EnterpriseDesk, caller: ResidentCaller, company_id: UUID, delegation_id: UUID, now: datetime
) -> None:
    """A new representative takes over what the one before granted, to its own end; what is theirs already stays so."""
    async with transaction(desk.pool) as db:
        await require_representative(db, caller, company_id, now)
        one = await delegation_store.hold_delegation(db, company_id, delegation_id)
        if one is None:
            raise NotFoundError
        if one.state_at(now) in {DelegationState.ENDED, DelegationState.INVITED}:
            raise DelegationClosedError
        if one.review_due_at is None:
            return
        if one.review_due_at <= now:
            raise DelegationClosedError
        await delegation_store.keep(db, one, caller.resident_id)
        await record_act(db, caller.resident_id, "delegation.kept", delegation_id, now)
        one = msgspec.structs.replace(one, granted_by=caller.resident_id)
        await tell_both(db, one, "delegation.kept", now)
