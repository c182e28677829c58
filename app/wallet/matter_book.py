"""Matters that windows do, and the materials that each needs: what the program ships, and what operators added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec

from app.database import Executor
from app.errors import NotFoundError
from app.licences.model import Bilingual, Slug
from app.wallet import material_store as store

_ONCE_EACH = "each material has an id of its own"


class Material(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a matter needs."""

    id: Slug
    name: Bilingual
    types: list[Slug]
    """Any one of these kinds of licences will do; none: no licence stands for it, and it is brought."""
    required: bool
    bring: Bilingual
    """What to bring where no licence is held."""


class Matter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is done at a window."""

    id: Slug
    name: Bilingual
    materials: Annotated[list[Material], msgspec.Meta(min_length=1, max_length=8)]

    def __post_init__(self) -> None:
        if len({one.id for one in self.materials}) < len(self.materials):
            raise ValueError(_ONCE_EACH)


MatterBook = Mapping[str, Matter]


@cache
def read_shipped() -> MatterBook:
    """The files of app/wallet/matters; raises where one is no Matter."""
    folder = files("app.wallet") / "matters"
    read = [
        msgspec.json.decode(one.read_bytes(), type=Matter) for one in folder.iterdir() if one.name.endswith(".json")
    ]
    return {one.id: one for one in sorted(read, key=lambda one: one.id)}


async def list_matters(db: Executor) -> Sequence[Matter]:
    """Shipped ones, with what operators put in their place or took away, by id."""
    book = dict(read_shipped())
    for row in await store.list_matters(db):
        if row["withdrawn_at"] is not None:
            book.pop(row["matter_id"], None)
        else:
            book[row["matter_id"]] = msgspec.json.decode(row["definition"], type=Matter)
    return [book[one] for one in sorted(book)]


async def require_matter(db: Executor, matter_id: str) -> Matter:
    """Raises NotFoundError."""
    found = next((one for one in await list_matters(db) if one.id == matter_id), None)
    if found is None:
        raise NotFoundError
    return found
