"""Kinds of licences: what the program ships, and what operators added or changed beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from time import monotonic

import msgspec

from app.database import Executor, is_pool
from app.licences import store
from app.licences.model import LicenceType

TypeBook = Mapping[str, LicenceType]
"""Every kind there is, by its id."""

HELD_SECONDS = 5.0
"""A changed kind is seen by every process within this time."""


@cache
def read_shipped() -> TypeBook:
    """The files of app/licences/shipped; raises where one is no LicenceType."""
    folder = files("app.licences") / "shipped"
    shipped = [one for one in folder.iterdir() if one.name.endswith(".json")]
    read = [msgspec.json.decode(one.read_bytes(), type=LicenceType) for one in shipped]
    return {kind.id: kind for kind in sorted(read, key=lambda kind: kind.id)}


async def get_types(db: Executor) -> TypeBook:
    """Shipped kinds, with what operators put in their place or took away.

    Of a pool the book is the one that this process read within the last seconds; within a transaction it is read anew,
    so that whoever changes kinds sees the change.
    """
    return await _SHELF.get(db)


def forget_types() -> None:
    """Has the next reader ask again: a kind was changed in this process."""
    _SHELF.forget()


async def read_types(db: Executor) -> TypeBook:
    """The same, always as the database has it now."""
    book = dict(read_shipped())
    for type_id, kind, is_withdrawn in await store.list_types(db):
        if is_withdrawn:
            book.pop(type_id, None)
        else:
            book[type_id] = kind
    return dict(sorted(book.items()))


class Origin(StrEnum):
    """Where a kind comes from."""

    SHIPPED = "shipped"
    CHANGED = "changed"
    """Shipped, and something else was put in its place."""
    ADDED = "added"
    WITHDRAWN = "withdrawn"


async def list_origins(db: Executor) -> list[tuple[LicenceType, Origin]]:
    """Every kind that is or was here, and where it comes from."""
    shipped = read_shipped()
    found = {kind.id: (kind, Origin.SHIPPED) for kind in shipped.values()}
    for type_id, kind, is_withdrawn in await store.list_types(db):
        here = Origin.CHANGED if type_id in shipped else Origin.ADDED
        found[type_id] = (kind, Origin.WITHDRAWN if is_withdrawn else here)
    return [found[type_id] for type_id in sorted(found)]


class TypeShelf:
    """One book, for the one pool that a process has: a request asks for it several times, and it hardly ever changes.

    It is held for the pool that it was read from alone, so that who has another one, as tests do, never gets its book.
    """

    def __init__(self, timer: Callable[[], float] = monotonic) -> None:
        self._timer = timer
        self._held: tuple[Executor, float, TypeBook] | None = None

    async def get(self, db: Executor) -> TypeBook:
        """The book held, or read anew; what a connection reads is not held, since it may be undone."""
        if not is_pool(db):
            return await read_types(db)
        held, moment = self._held, self._timer()
        if held is not None and held[0] is db and held[1] > moment:
            return held[2]
        book = await read_types(db)
        if held is not None and held[2] == book:
            book = held[2]  # what others worked out of it is good for as long as it is the same object
        self._held = (db, moment + HELD_SECONDS, book)
        return book

    def forget(self) -> None:
        """Holds none."""
        self._held = None


_SHELF = TypeShelf()
