"""Another phone in the place of the one at which a resident is texted.

Whoever proves that they read a number's texts takes it from a resident who never proved who they are: numbers are
recycled, and such a resident is no more than the number. A verified resident keeps theirs.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from app.database import Connection
from app.errors import InvalidError
from app.identifiers import new_id
from app.people import accounts, logins_store, store
from app.people.accounts import PhoneAccount
from app.people.endings import ending
from app.people.errors import LoginAlreadyLinkedError
from app.people.holding import tell_resident
from app.people.logging_in import AppId, OtpGrant, PlatformCode, Visitor, claim_otp, claim_platform_quotas
from app.people.model import Login, LoginKind, Lookup, Resident, ResidentCaller
from app.people.registering import open_key, require_living
from app.people.rules import normalise_phone, require_own_eyes
from app.people.sessions import Doorkeeper
from app.people.standing import hold_residents, require_control
from app.people.telling import tell, warn_by_text
from app.people.unreaching import note_endings
from app.platforms.registry import Platforms
from app.sealing import Vault


class WechatPhoneGrant(msgspec.Struct, frozen=True, tag_field="grant", tag="wechat-phone"):
    """What getPhoneNumber gave: WeChat vouches that it once checked the number."""

    app_id: AppId
    code: PlatformCode


PhoneGrant: TypeAlias = OtpGrant | WechatPhoneGrant


async def change_phone(
    door: Doorkeeper, platforms: Platforms, caller: ResidentCaller, grant: PhoneGrant, address: str, now: datetime
) -> Login:
    """Makes the number that a grant proves the caller's, in the place of the one before, which is warned."""
    require_own_eyes(caller)
    visitor = Visitor(caller.installation_id, address)
    account = await _prove_phone(door, platforms, grant, visitor, now)
    async with ending(door.pool) as db:
        held = await accounts.find(db, door.vault, account)
        await hold_residents(db, caller.resident_id, *([held.resident_id] if held else []))
        await require_control(db, caller, now)
        is_free = await _free_number(
            db, door.vault, caller, account, held, is_read=isinstance(grant, OtpGrant), now=now
        )
        login = await _replace(db, door.vault, caller, account, now) if is_free else None
    if login is None:
        raise LoginAlreadyLinkedError
    return login


async def _prove_phone(
    door: Doorkeeper, platforms: Platforms, grant: PhoneGrant, visitor: Visitor, now: datetime
) -> PhoneAccount:
    if isinstance(grant, OtpGrant):
        return await claim_otp(door, grant, now)
    await claim_platform_quotas(door, visitor, now)
    phone = await platforms.read_wechat_phone(grant.app_id, grant.code)
    try:
        return PhoneAccount(normalise_phone(phone))
    except InvalidError:
        raise InvalidError("/code", "WeChat holds no mobile number for this account.") from None


async def _free_number(
    db: Connection,
    vault: Vault,
    caller: ResidentCaller,
    account: PhoneAccount,
    held: Lookup | None,
    *,
    is_read: bool,
    now: datetime,
) -> bool:
    """Whether the number may become the caller's; from a resident without an identity it is taken then and there."""
    again = await accounts.find(db, vault, account)
    if again is None or again.resident_id == caller.resident_id:
        return True
    if held is None or held.resident_id != again.resident_id:
        return False  # it became somebody's at this very moment: whoever that is is not held
    other = await store.get_resident(db, again.resident_id)
    if other is None or other.verified_at is not None or not is_read:
        await tell_resident(db, again.resident_id, "login.attempted", {"at": now}, now)
        return False
    await _take(db, vault, other, account, again, now)
    return True


async def _take(
    db: Connection, vault: Vault, other: Resident, account: PhoneAccount, held: Lookup, now: datetime
) -> None:
    await accounts.strike_account(db, vault, account, held)
    await _end_sessions(db, held.resident_id, held.login_id, now)
    key = open_key(vault, other)
    left = [one for one in await logins_store.list_logins(db, other.resident_id) if one.kind is LoginKind.PHONE]
    phone = accounts.open_phone(key, left[0]) if left else None
    await logins_store.set_phone(db, other.resident_id, key.seal(phone, "phone") if phone else None)
    await tell_resident(db, other.resident_id, "phone.taken", {"at": now}, now)


async def _replace(
    db: Connection, vault: Vault, caller: ResidentCaller, account: PhoneAccount, now: datetime
) -> Login | None:
    resident = await require_living(db, caller.resident_id)
    key = open_key(vault, resident)
    old = PhoneAccount(key.open(resident.sealed_phone, "phone")) if resident.sealed_phone else None
    login = accounts.make_login(key, account, new_id(), now)
    if await accounts.enter(db, vault, account, resident_id=caller.resident_id, login_id=login.login_id, now=now):
        await logins_store.insert_login(db, caller.resident_id, login)
    else:
        held = await accounts.find(db, vault, account)
        found = await logins_store.get_login(db, caller.resident_id, held.login_id) if held else None
        if found is None:
            return None
        login = found
    if old is not None and old != account:
        await _give_up(db, vault, caller, old, login.login_id, now)
    await logins_store.set_phone(db, caller.resident_id, key.seal(account.phone, "phone"))
    await tell(db, caller.subject_no, caller.resident_id, "phone.changed", {"at": now}, now)
    return accounts.show_login(key, login, current=False)


async def _give_up(
    db: Connection, vault: Vault, caller: ResidentCaller, old: PhoneAccount, login_id: UUID, now: datetime
) -> None:
    """The number of before opens nothing any more; the session that asks stays, as one of the new number."""
    held = await accounts.find(db, vault, old)
    if held is not None and held.resident_id == caller.resident_id:
        await accounts.strike_account(db, vault, old, held)
        if await logins_store.get_session_login(db, caller.resident_id, caller.session_id, now) == held.login_id:
            await logins_store.set_session_login(db, caller.resident_id, caller.session_id, login_id)
        await _end_sessions(db, caller.resident_id, held.login_id, now)
    await warn_by_text(db, vault, caller.subject_no, caller.resident_id, old.phone, "phone.changed", now)


async def _end_sessions(db: Connection, resident_id: UUID, login_id: UUID, now: datetime) -> None:
    ended = await logins_store.end_sessions_of_login(db, resident_id, login_id, now)
    await note_endings(db, resident_id, ended, now)
