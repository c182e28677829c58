"""The book of accounts: whose login a phone or a platform's account is, found by keyed indexes alone.

While index keys rotate an account stands in the book under each key, so that a server that has only the old one finds
it as one does that has both; whoever comes in under the old key alone is entered under the new one as well.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from app.database import Connection, Executor
from app.people import logins_store
from app.people.logins_store import Table
from app.people.model import Login, LoginKind, Lookup, StoredLogin
from app.people.rules import mask_phone
from app.people.unreaching import leave_account
from app.platforms.model import PlatformLogin
from app.sealing import DataKey, Vault


class PhoneAccount(msgspec.Struct, frozen=True):
    """A phone whose holder has just shown that they read its texts, or whom WeChat vouches for."""

    phone: str

    def __repr__(self) -> str:
        return "PhoneAccount(…)"


Account: TypeAlias = PhoneAccount | PlatformLogin


class _PlatformNames(msgspec.Struct, frozen=True):
    """What is sealed of a platform's account: every name by which the platform has told it."""

    open_ids: dict[str, str]
    """By app_id."""
    union_id: str | None = None


class _Names(msgspec.Struct, frozen=True):
    """The indexes under which an account stands, each under every index key."""

    table: Table
    own: list[bytes]
    """By which it is known for certain: the phone, or its id in one app."""
    shared: list[bytes]
    """Of the same person in every app of the same operator."""

    @property
    def all(self) -> list[bytes]:
        return [*self.own, *self.shared]


def _names_of(vault: Vault, account: Account) -> _Names:
    if isinstance(account, PhoneAccount):
        return _Names("phone", vault.indexes("phone", account.phone), [])
    own = vault.indexes("login", _own_name(account.platform, account.app_id, account.open_id))
    shared = vault.indexes("login", _shared_name(account.platform, account.union_id)) if account.union_id else []
    return _Names("login", own, shared)


def _own_name(platform: str, app_id: str, open_id: str) -> str:
    return f"{platform}\0app\0{app_id}\0{open_id}"


def _shared_name(platform: str, union_id: str) -> str:
    return f"{platform}\0operator\0{union_id}"


async def find(db: Executor, vault: Vault, account: Account) -> Lookup | None:
    """Whose login an account is. What one app knows it by decides; only where the app never met it, what the operator's
    apps share: so an operator's word never puts two residents together.
    """
    names = _names_of(vault, account)
    found = {row.index: row for row in await logins_store.find_lookups(db, names.table, names.all)}
    first = next((found[index] for index in names.all if index in found), None)
    return first and msgspec.structs.replace(first, complete=len(found) == len(names.all))


async def enter(
    db: Connection, vault: Vault, account: Account, *, resident_id: UUID, login_id: UUID, now: datetime
) -> bool:
    """Makes an account somebody's login; False, and nothing done, where it is anybody's already."""
    names = _names_of(vault, account)
    savepoint = db.transaction()
    await savepoint.start()
    claimed = await logins_store.claim_lookups(
        db, names.table, names.all, resident_id=resident_id, login_id=login_id, now=now
    )
    if claimed == len(names.all):
        await savepoint.commit()
        return True
    await savepoint.rollback()
    return False


async def keep_current(
    db: Connection, vault: Vault, key: DataKey, account: Account, held: Lookup, now: datetime
) -> None:
    """Enters what is new of an account that came in: another app of its operator, or the newest index key."""
    names = _names_of(vault, account)
    named = await logins_store.claim_lookups(
        db, names.table, names.all, resident_id=held.resident_id, login_id=held.login_id, now=now
    )
    if named and isinstance(account, PlatformLogin):
        stored = await logins_store.get_login(db, held.resident_id, held.login_id)
        if stored is not None:
            known = _open_names(key, stored)
            open_ids = {**known.open_ids, account.app_id: account.open_id}
            sealed = _seal_names(key, _PlatformNames(open_ids, known.union_id or account.union_id))
            await logins_store.reseal_login(db, held.resident_id, held.login_id, sealed)


async def strike_account(db: Connection, vault: Vault, account: Account, held: Lookup) -> None:
    """Takes an account out of the book, and from whoever's login it is."""
    names = _names_of(vault, account)
    await logins_store.delete_lookups(db, names.table, names.all, held.resident_id)
    await logins_store.delete_login(db, held.resident_id, held.login_id)


async def strike(
    db: Connection, vault: Vault, key: DataKey, resident_id: UUID, login: StoredLogin, now: datetime
) -> None:
    """Takes a login of a resident out of the book, under all of its names; nothing is sent there any more."""
    for table, indexes in _stored_indexes(vault, key, login):
        await logins_store.delete_lookups(db, table, indexes, resident_id)
    await logins_store.delete_login(db, resident_id, login.login_id)
    if login.kind is not LoginKind.PHONE:
        await leave_account(db, resident_id, login.kind, _open_names(key, login).open_ids, now)


async def move(
    db: Connection, vault: Vault, keys: tuple[DataKey, DataKey], login: StoredLogin, *, source: UUID, target: UUID
) -> None:
    """Makes one resident's login another's; `keys` are theirs, in that order."""
    old, new = keys
    for table, indexes in _stored_indexes(vault, old, login):
        await logins_store.move_lookups(db, table, indexes, source=source, target=target)
    field = _field_of(login.kind)
    sealed = new.seal(old.open(login.sealed_account, field), field)
    await logins_store.insert_login(db, target, msgspec.structs.replace(login, sealed_account=sealed))
    await logins_store.delete_login(db, source, login.login_id)


def _stored_indexes(vault: Vault, key: DataKey, login: StoredLogin) -> list[tuple[Table, list[bytes]]]:
    if login.kind is LoginKind.PHONE:
        return [("phone", vault.indexes("phone", open_phone(key, login)))]
    names = _open_names(key, login)
    texts = [_own_name(login.kind, app_id, open_id) for app_id, open_id in names.open_ids.items()]
    if names.union_id is not None:
        texts.append(_shared_name(login.kind, names.union_id))
    return [("login", [index for text in texts for index in vault.indexes("login", text)])]


def make_login(key: DataKey, account: Account, login_id: UUID, now: datetime) -> StoredLogin:
    """An account as it is stored with a resident, sealed under their key."""
    if isinstance(account, PhoneAccount):
        return StoredLogin(login_id, LoginKind.PHONE, None, key.seal(account.phone, "phone"), now, now)
    sealed = _seal_names(key, _PlatformNames({account.app_id: account.open_id}, account.union_id))
    return StoredLogin(login_id, LoginKind(account.platform), account.app_id, sealed, now, now)


def show_login(key: DataKey, login: StoredLogin, *, current: bool) -> Login:
    """A login as its resident sees it: of a phone, some digits; of a platform's account, the app alone."""
    masked = mask_phone(open_phone(key, login)) if login.kind is LoginKind.PHONE else None
    return Login(login.login_id, login.kind, login.app_id, masked, login.linked_at, login.last_used_at, current)


def open_platform_account(key: DataKey, login: StoredLogin, app_id: str) -> str | None:
    """What an app of a platform knows a login's account by; None where it never met it."""
    return _open_names(key, login).open_ids.get(app_id)


def open_phone(key: DataKey, login: StoredLogin) -> str:
    """The number of a phone's login."""
    return key.open(login.sealed_account, "phone")


def _field_of(kind: LoginKind) -> str:
    return "phone" if kind is LoginKind.PHONE else "account"


def _open_names(key: DataKey, login: StoredLogin) -> _PlatformNames:
    return msgspec.json.decode(key.open(login.sealed_account, "account"), type=_PlatformNames)


def _seal_names(key: DataKey, names: _PlatformNames) -> bytes:
    return key.seal(msgspec.json.encode(names).decode(), "account")
