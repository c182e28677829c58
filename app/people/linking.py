"""A resident's logins: one more linked, one unlinked, never the last; an account is one resident's alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.people import accounts, logins_store, store
from app.people.accounts import Account, PhoneAccount
from app.people.endings import ending
from app.people.errors import LastLoginError, LoginAlreadyLinkedError
from app.people.holding import tell_resident
from app.people.logging_in import Grant, Visitor, prove_account
from app.people.model import Login, LoginKind, ResidentCaller, StoredLogin
from app.people.registering import open_key, require_living
from app.people.rules import require_own_eyes
from app.people.sessions import Doorkeeper
from app.people.standing import require_control
from app.people.telling import tell, warn_by_text
from app.people.unreaching import note_endings
from app.platforms.registry import Platforms
from app.sealing import DataKey, Vault


async def list_logins(db: Executor, vault: Vault, caller: ResidentCaller, now: datetime) -> list[Login]:
    """The accounts by which the caller can come in, masked."""
    require_own_eyes(caller)
    resident = await require_living(db, caller.resident_id)
    key = open_key(vault, resident)
    current = await logins_store.get_session_login(db, caller.resident_id, caller.session_id, now)
    found = await logins_store.list_logins(db, caller.resident_id)
    return [accounts.show_login(key, login, current=login.login_id == current) for login in found]


async def link_login(
    door: Doorkeeper, platforms: Platforms, caller: ResidentCaller, grant: Grant, address: str, now: datetime
) -> Login:
    """Adds the account that a grant proves to the caller's logins; one that is the caller's already is answered again.

    One that is another resident's stays theirs: two residents become one by proof of identity alone.
    """
    require_own_eyes(caller)
    account = await prove_account(door, platforms, grant, Visitor(caller.installation_id, address), now)
    async with transaction(door.pool) as db:
        await require_control(db, caller, now)
        key = open_key(door.vault, await require_living(db, caller.resident_id))
        linked = await _find_or_link(db, door.vault, key, caller, account, now)
    if linked is None:
        raise LoginAlreadyLinkedError
    return accounts.show_login(key, linked, current=False)


async def _find_or_link(
    db: Connection, vault: Vault, key: DataKey, caller: ResidentCaller, account: Account, now: datetime
) -> StoredLogin | None:
    """None where the account is another resident's, who is told."""
    login = accounts.make_login(key, account, new_id(), now)
    if await accounts.enter(db, vault, account, resident_id=caller.resident_id, login_id=login.login_id, now=now):
        await logins_store.insert_login(db, caller.resident_id, login)
        await _note_phone(db, key, caller.resident_id, account)
        data = {"login_id": login.login_id, "at": now}
        await tell(db, caller.subject_no, caller.resident_id, "login.linked", data, now)
        return login
    held = await accounts.find(db, vault, account)
    if held is None or held.resident_id != caller.resident_id:
        if held is not None:
            await tell_resident(db, held.resident_id, "login.attempted", {"at": now}, now)
        return None
    await accounts.keep_current(db, vault, key, account, held, now)
    return await logins_store.get_login(db, caller.resident_id, held.login_id)


async def _note_phone(db: Connection, key: DataKey, resident_id: UUID, account: Account) -> None:
    """The first phone of a resident who came by a mini-program is where they are texted."""
    resident = await store.get_resident(db, resident_id)
    if isinstance(account, PhoneAccount) and resident is not None and resident.sealed_phone is None:
        await logins_store.set_phone(db, resident_id, key.seal(account.phone, "phone"))


async def unlink_login(door: Doorkeeper, caller: ResidentCaller, login_id: UUID, now: datetime) -> list[UUID]:
    """Takes a login away, and answers the sessions that were opened by it and have ended with it."""
    require_own_eyes(caller)
    async with ending(door.pool) as db:
        await require_control(db, caller, now)
        resident = await require_living(db, caller.resident_id)
        key = open_key(door.vault, resident)
        held = await logins_store.list_logins(db, caller.resident_id)
        login = next((one for one in held if one.login_id == login_id), None)
        if login is None:
            raise NotFoundError
        left = [one for one in held if one is not login]
        if not left:
            raise LastLoginError
        await accounts.strike(db, door.vault, key, caller.resident_id, login, now)
        if login.kind is LoginKind.PHONE:
            phone = accounts.open_phone(key, login)
            await _move_contact(db, key, caller.resident_id, phone, left)
            await warn_by_text(db, door.vault, caller.subject_no, caller.resident_id, phone, "login.unlinked", now)
        ended = await logins_store.end_sessions_of_login(db, caller.resident_id, login_id, now)
        await note_endings(db, caller.resident_id, ended, now)
        await tell(db, caller.subject_no, caller.resident_id, "login.unlinked", {"at": now}, now)
        return ended


async def find_platform_account(
    db: Connection, vault: Vault, resident_id: UUID, kind: LoginKind, app_id: str
) -> str | None:
    """What a mini-program knows a resident by; of several accounts the one that came in last, of none None."""
    key = open_key(vault, await require_living(db, resident_id))
    held = [one for one in await logins_store.list_logins(db, resident_id) if one.kind is kind]
    for login in sorted(held, key=lambda one: one.last_used_at, reverse=True):
        account = accounts.open_platform_account(key, login, app_id)
        if account is not None:
            return account
    return None


async def drop_unproven(db: Connection, vault: Vault, caller: ResidentCaller, login_id: UUID, now: datetime) -> None:
    """Takes away what was linked before anybody was proven, where `login_id`, by which the caller came, is a phone.

    Numbers are recycled: whoever had this one before may have linked an account of theirs, and would keep the login of
    a person whom they never were. What is the person's own is linked again in a minute.
    """
    key = open_key(vault, await require_living(db, caller.resident_id))
    held = await logins_store.list_logins(db, caller.resident_id)
    kept = [one for one in held if one.login_id == login_id and one.kind is LoginKind.PHONE]
    for login in held if kept else []:
        if login.login_id == login_id:
            continue
        await accounts.strike(db, vault, key, caller.resident_id, login, now)
        if login.kind is LoginKind.PHONE:
            await _move_contact(db, key, caller.resident_id, accounts.open_phone(key, login), kept)
        await tell(db, caller.subject_no, caller.resident_id, "login.unlinked", {"at": now}, now)


async def _move_contact(db: Connection, key: DataKey, resident_id: UUID, phone: str, left: list[StoredLogin]) -> None:
    """Where a resident is texted, once a phone is not theirs any more: at another of theirs, or nowhere."""
    resident = await require_living(db, resident_id)
    if resident.sealed_phone is None or key.open(resident.sealed_phone, "phone") != phone:
        return
    others = [accounts.open_phone(key, one) for one in left if one.kind is LoginKind.PHONE]
    await logins_store.set_phone(db, resident_id, key.seal(others[0], "phone") if others else None)
