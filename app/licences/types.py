"""Kinds of licences: what the program ships, and what operators added or changed beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from app.database import Executor
from app.licences import store
from app.licences.model import LicenceType

TypeBook = Mapping[str, LicenceType]
"""Every kind there is, by its id."""


@cache
def read_shipped() -> TypeBook:
    """The files of app/licences/shipped; raises where one is no LicenceType."""
    folder = files("app.licences") / "shipped"
    read = [msgspec.json.decode(one.read_bytes(), type=LicenceType) for one in folder.iterdir() if _is_type(one.name)]
    return {kind.id: kind for kind in sorted(read, key=lambda kind: kind.id)}


def _is_type(name: str) -> bool:
    return name.endswith(".json")


async def get_types(db: Executor) -> TypeBook:
    """Shipped kinds, with what operators put in their place or took away."""
    book = dict(read_shipped())
    for type_id, kind, is_withdrawn in await store.list_types(db):
        if is_withdrawn:
            book.pop(type_id, None)
        else:
            book[type_id] = kind
    return book
