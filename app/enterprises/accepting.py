"""A handler's side: seeing what one is invited to, accepting it, declining it, and giving it back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.audit import record_act
from app.database import Connection, Executor, transaction
from app.enterprises import delegation_store, store
from app.enterprises.desk import EnterpriseDesk, end_delegation, notice_of, open_handler, seal_handler
from app.enterprises.errors import DelegationClosedError
from app.enterprises.model import DelegationInvitation, DelegationState, Ending, StoredDelegation
from app.enterprises.rules import is_meant
from app.errors import NotFoundError
from app.people.bindings import bind, get_binding
from app.people.errors import BindingRestsError, SessionExpiredError
from app.people.holding import tell_resident
from app.people.model import BindingKind, ResidentCaller
from app.people.proven import get_proven, list_phones
from app.people.registering import open_key, require_key, require_living
from app.people.rules import require_verified
from app.people.standing import require_trust
from app.sealing import DataKey, UnsealingError, Vault

_MOST = 100


async def list_invitations(desk: EnterpriseDesk, caller: ResidentCaller, now: datetime) -> list[DelegationInvitation]:
    """What waits for the caller's answer: for one of their phones, under their name."""
    require_verified(caller)
    found: list[DelegationInvitation] = []
    for company_id, delegation_id in await _list_own(desk.pool, desk.vault, caller.resident_id):
        one = await delegation_store.get_delegation(desk.pool, company_id, delegation_id)
        if one is None or one.state_at(now) is not DelegationState.INVITED:
            continue
        company = await store.get_company(desk.pool, company_id)
        if company is not None and await _is_for(desk.pool, desk.vault, caller.resident_id, one):
            found.append(
                DelegationInvitation(
                    id=delegation_id,
                    company_id=company_id,
                    name=company.name,
                    unified_social_credit_code=company.unified_social_credit_code,
                    scopes=one.scopes,
                    starts_at=one.starts_at,
                    ends_at=one.ends_at,
                    invited_at=one.invited_at,
                    answer_by=one.answer_by,
                )
            )
    return found


async def _list_own(db: Executor, vault: Vault, resident_id: UUID) -> list[delegation_store.Due]:
    phones = await list_phones(db, vault, resident_id)
    indexes = [index for phone in phones for index in vault.indexes("invitation", phone)]
    return await delegation_store.list_invitations(db, indexes, _MOST) if indexes else []


async def _is_for(db: Executor, vault: Vault, resident_id: UUID, one: StoredDelegation) -> bool:
    """Whether an open invitation means this resident, by the name that they have proven."""
    proven = await get_proven(db, vault, resident_id)
    if proven is None or not one.sealed_handler or one.granted_by == resident_id:
        return False
    try:
        handler = open_handler(await require_key(db, vault, one.sealed_for), one.sealed_handler)
    except (UnsealingError, SessionExpiredError):
        return False
    return is_meant(handler.name, proven)


async def _require_invited(
    db: Connection, desk: EnterpriseDesk, caller: ResidentCaller, delegation_id: UUID, now: datetime
) -> StoredDelegation:
    """Holds the caller, the company and the invitation; raises NotFoundError of what is not for the caller.

    One that was for somebody and is open no more is not found either: nobody learns what became of another's.
    """
    require_verified(caller)
    await require_trust(db, caller, now)
    own = await _list_own(db, desk.vault, caller.resident_id)
    company_id = next((one.company_id for one in own if one.delegation_id == delegation_id), None)
    if company_id is None:
        raise NotFoundError
    await store.hold_company(db, company_id)
    one = await delegation_store.hold_delegation(db, company_id, delegation_id)
    if one is None:
        raise NotFoundError
    if one.state_at(now) is not DelegationState.INVITED:
        raise DelegationClosedError
    if not await _is_for(db, desk.vault, caller.resident_id, one):
        raise NotFoundError
    return one


async def accept_invitation(desk: EnterpriseDesk, caller: ResidentCaller, delegation_id: UUID, now: datetime) -> None:
    """From its first day on the caller shows codes of the company; accepting again changes nothing."""
    async with transaction(desk.pool) as db:
        require_verified(caller)
        if await _holds(db, caller, delegation_id):
            return
        one = await _require_invited(db, desk, caller, delegation_id, now)
        giver = await _require_giver(db, desk.vault, one)
        own = await require_key(db, desk.vault, caller.resident_id)
        subject_no = await bind(
            db,
            kind=BindingKind.ENTERPRISE,
            binding_id=delegation_id,
            shows=caller.resident_id,
            principal_id=one.company_id,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            now=now,
        )
        await delegation_store.accept(
            db,
            one,
            delegate_id=caller.resident_id,
            subject_no=subject_no,
            sealed_handler=seal_handler(own, open_handler(giver, one.sealed_handler)),
            now=now,
        )
        await delegation_store.delete_invitation(db, one)
        await record_act(db, caller.resident_id, "delegation.accepted", delegation_id, now)
        for resident_id in (one.granted_by, caller.resident_id):
            await tell_resident(db, resident_id, "delegation.accepted", notice_of(one, now), now)


async def _require_giver(db: Connection, vault: Vault, one: StoredDelegation) -> DataKey:
    """The key of who invited; what a locked account granted, somebody else may have: it waits until they are back."""
    giver = await require_living(db, one.sealed_for)
    if giver.locked_at is not None:
        raise BindingRestsError
    return open_key(vault, giver)


async def _holds(db: Connection, caller: ResidentCaller, delegation_id: UUID) -> bool:
    binding = await get_binding(db, caller.resident_id, delegation_id)
    return binding is not None and binding.kind is BindingKind.ENTERPRISE and binding.ended_at is None


async def decline_invitation(desk: EnterpriseDesk, caller: ResidentCaller, delegation_id: UUID, now: datetime) -> None:
    """Turns an invitation down; who invited is told."""
    async with transaction(desk.pool) as db:
        one = await _require_invited(db, desk, caller, delegation_id, now)
        await end_delegation(db, one, Ending.DECLINED, by=caller.resident_id, topic="delegation.declined", now=now)


async def return_delegation(desk: EnterpriseDesk, caller: ResidentCaller, delegation_id: UUID, now: datetime) -> None:
    """Gives a delegation back; its codes end at once. One that has ended is left as it is."""
    require_verified(caller)
    async with transaction(desk.pool) as db:
        await require_trust(db, caller, now)
        binding = await get_binding(db, caller.resident_id, delegation_id)
        if binding is None or binding.kind is not BindingKind.ENTERPRISE:
            raise NotFoundError
        await store.hold_company(db, binding.principal_id)
        one = await delegation_store.hold_delegation(db, binding.principal_id, delegation_id)
        if one is None or one.delegate_id != caller.resident_id:
            raise NotFoundError
        if one.ended_at is None:
            await end_delegation(db, one, Ending.RETURNED, by=caller.resident_id, topic="delegation.returned", now=now)
