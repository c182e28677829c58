"""Changing kinds of licences and what purposes may ask of them: validated, kept as an act, and never by surprise."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import record_act
from app.database import Connection, Executor, transaction
from app.enterprises.showing import list_scopes
from app.errors import InvalidError, NotFoundError
from app.licences import type_store as store
from app.licences.model import LicenceType
from app.licences.type_rules import Asked, check_asked, check_type, find_breaks
from app.licences.types import forget_types, read_types
from app.people.offices import hold_office


class TypeBreaksError(Exception):
    """The change breaks what relies on the kind as it is; `breaks` says what, each in a sentence."""

    def __init__(self, breaks: list[str]) -> None:
        super().__init__("; ".join(breaks))
        self.breaks = breaks


class Changer(msgspec.Struct, frozen=True):
    """Who changes it, as the log of acts has them."""

    actor_id: UUID
    role: str


async def require_puttable(db: Connection, kind: LicenceType) -> list[str]:
    """What putting the kind would break; raises InvalidError where it can be no kind at all."""
    book = await read_types(db)
    check_type(kind, book, {scope.id for scope in await list_scopes(db)})
    return find_breaks(book.get(kind.id), kind, await store.list_asked(db), book)


async def find_put_breaks(db: Executor, kind: LicenceType) -> list[str]:
    """The same for somebody who only asks."""
    async with transaction(db) as held:
        return await require_puttable(held, kind)


async def require_withdrawable(db: Connection, type_id: str) -> list[str]:
    """What withdrawing the kind would break; raises NotFoundError where there is none."""
    book = await read_types(db)
    if type_id not in book:
        raise NotFoundError
    return find_breaks(book[type_id], None, await store.list_asked(db), book)


async def put_type(db: Executor, changer: Changer, kind: LicenceType, *, force: bool, now: datetime) -> list[str]:
    """Adds a kind, or puts it in the place of the one with its id; answers with what that broke.

    Raises TypeBreaksError where it breaks anything and is not forced. What purposes asked and the kind has no more,
    they may ask no more, so that no request ever names a field that is not there.
    """
    async with transaction(db) as held:
        await hold_office(held)
        breaks = await require_puttable(held, kind)
        _require_forced(breaks, force=force)
        await store.put_type(held, kind, changed_by=changer.actor_id, now=now)
        for asked in await store.list_asked(held):
            if asked.type_id == kind.id:
                await _narrow(held, asked, [name for name in asked.fields if kind.field(name)])
        await record_act(held, changer.actor_id, f"licence-type.put:{kind.id}", None, now, role=changer.role)
    forget_types()
    return breaks


async def withdraw_type(db: Executor, changer: Changer, type_id: str, *, force: bool, now: datetime) -> list[str]:
    """Takes a kind away: wallets show its licences no more, and nobody may ask for it; answers with what that broke."""
    async with transaction(db) as held:
        await hold_office(held)
        breaks = await require_withdrawable(held, type_id)
        _require_forced(breaks, force=force)
        kind = (await read_types(held))[type_id]
        await store.withdraw_type(held, kind, changed_by=changer.actor_id, now=now)
        for asked in await store.list_asked(held):
            if asked.type_id == type_id:
                await _narrow(held, asked, [])
        await record_act(held, changer.actor_id, f"licence-type.withdrawn:{type_id}", None, now, role=changer.role)
    forget_types()
    return breaks


async def require_askable(db: Connection, asked: Asked) -> None:
    """Raises InvalidError for what no purpose could ask."""
    check_asked(asked, await read_types(db), await store.list_purposes(db))


async def list_asked(db: Executor, purpose: str) -> list[Asked]:
    """What a purpose may ask, by kind; raises NotFoundError for a purpose that nobody knows."""
    if purpose not in await store.list_purposes(db):
        raise NotFoundError
    return await store.list_allowed(db, purpose)


async def let_ask(db: Executor, changer: Changer, asked: Asked, now: datetime) -> None:
    """From now on a purpose may ask these fields of a kind, and no others."""
    async with transaction(db) as held:
        await hold_office(held)
        await require_askable(held, asked)
        await store.put_asked(held, asked)
        act = f"purpose.licence-allowed:{asked.purpose}/{asked.type_id}"
        await record_act(held, changer.actor_id, act, None, now, role=changer.role)


async def stop_asking(db: Executor, changer: Changer, purpose: str, type_id: str, now: datetime) -> None:
    """A purpose may ask nothing of a kind any more; raises NotFoundError where it could not before."""
    async with transaction(db) as held:
        await hold_office(held)
        if not await store.delete_asked(held, purpose, type_id):
            raise NotFoundError
        act = f"purpose.licence-refused:{purpose}/{type_id}"
        await record_act(held, changer.actor_id, act, None, now, role=changer.role)


def decode_type(text: bytes | str) -> LicenceType:
    """A kind as its file has it; raises InvalidError with where it is wrong."""
    try:
        return msgspec.json.decode(text, type=LicenceType)
    except msgspec.ValidationError as error:
        message, _, at = str(error).partition(" - at `$")
        pointer = at.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
        raise InvalidError(pointer, message) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidError("", "This is not JSON.") from None


async def _narrow(db: Connection, asked: Asked, fields: list[str]) -> None:
    if not fields:
        await store.delete_asked(db, asked.purpose, asked.type_id)
    elif fields != asked.fields:
        await store.put_asked(db, msgspec.structs.replace(asked, fields=fields))


def _require_forced(breaks: list[str], *, force: bool) -> None:
    if breaks and not force:
        raise TypeBreaksError(breaks)
