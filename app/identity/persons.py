"""A name and a number together: read from what somebody typed, and found again by a keyed index."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.identity.names import compare_form, read_name
from app.identity.numbers import IdNumber, read_id_number
from app.sealing import Vault


class Person(msgspec.Struct, frozen=True):
    """A name and a number that could be somebody's."""

    name: str
    number: IdNumber

    def __repr__(self) -> str:
        """Without either, wherever this may be printed."""
        return "Person()"


def read_person(name: str | None, id_number: str | None, now: datetime) -> Person:
    """Raises InvalidError for what no card can bear."""
    return Person(read_name(name or ""), read_id_number(id_number or "", now))


def index_person(vault: Vault, name: str, id_number: str) -> bytes:
    """A keyed index of name and number together, under the newest key."""
    return vault.index("person", f"{id_number}\0{compare_form(name)}")


def index_person_by_each_key(vault: Vault, name: str, id_number: str) -> list[bytes]:
    """The same under each key, for looking up while keys rotate."""
    return vault.indexes("person", f"{id_number}\0{compare_form(name)}")
