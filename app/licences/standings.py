"""How the licences of a wallet stand, found without opening any: nothing of what they say is needed for that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from app.database import Executor
from app.identity.numbers import today
from app.licences import card_store
from app.licences.model import LicenceType, Standing
from app.licences.rules import compose_standing, find_good, stands_on
from app.licences.types import TypeBook


class Stood(msgspec.Struct, frozen=True):
    """A licence in a wallet, and how it stands now; a composite is as good as its parts."""

    licence_id: UUID
    licence_no: int
    type: LicenceType
    standing: Standing
    valid_until: date | None


class Part(msgspec.Struct, frozen=True):
    """What a composite stands for: one of its parts, as far as whoever looks may see it."""

    type_id: str
    licence_id: UUID | None
    standing: Standing | None
    """None: the wallet has none of the kind."""


async def list_standings(db: Executor, book: TypeBook, holder_id: UUID, now: datetime) -> list[Stood]:
    """Every licence in a wallet, but of kinds that are there no more."""
    rows = [row for row in await card_store.list_standings(db, holder_id) if row["type_id"] in book]
    day = today(now)
    told = [stands_on(Standing(row["standing"]), row["valid_from"], row["valid_until"], day) for row in rows]
    good = find_good(book, ((row["type_id"], standing) for row, standing in zip(rows, told, strict=True)))
    return [
        Stood(
            licence_id=row["licence_id"],
            licence_no=row["licence_no"],
            type=book[row["type_id"]],
            standing=compose_standing(book[row["type_id"]], standing, good),
            valid_until=row["valid_until"],
        )
        for row, standing in zip(rows, told, strict=True)
    ]


def list_parts(kind: LicenceType, held: Sequence[Stood], visible: Collection[UUID]) -> list[Part]:
    """The parts of a composite in their order, each by the best licence of its kind. Of one that whoever looks may not
    see they learn how it stands, since the composite stands on it, and no more.
    """
    found: list[Part] = []
    for type_id in kind.parts:
        of_kind = [one for one in held if one.type.id == type_id]
        best = next((one for one in of_kind if one.standing is Standing.VALID), of_kind[0] if of_kind else None)
        licence_id = best.licence_id if best and best.licence_id in visible else None
        found.append(Part(type_id, licence_id, best.standing if best else None))
    return found
