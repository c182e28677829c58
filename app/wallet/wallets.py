"""The wallets that somebody may use, their own and those of the companies that they act for, and what is in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

import msgspec

from app.database import Executor
from app.errors import NotFoundError
from app.licences.holding import Holder, list_opened, require_company
from app.licences.model import Licence
from app.licences.rules import may_see
from app.licences.standings import Stood, list_standings
from app.licences.types import get_types
from app.people.bindings import list_bindings
from app.people.errors import BindingEndedError, BindingRestsError
from app.people.model import BindingKind, BindingPart
from app.sealing import Vault
from app.wallet.presentation_model import Query


class Found(msgspec.Struct, frozen=True):
    """A licence that could be shown, and whose it is."""

    holder: Holder
    stood: Stood


class Chosen(msgspec.Struct, frozen=True):
    """A licence in answer to a query, opened, and whose it is."""

    query: Query
    holder: Holder
    licence: Licence


async def list_wallets(db: Executor, own: Holder, now: datetime) -> list[Holder]:
    """Their own, and those of companies that they may act for at this moment."""
    wallets = [own]
    for bound in await list_bindings(db, own.resident_id):
        if bound.kind is BindingKind.ENTERPRISE and bound.part is BindingPart.SHOWS and bound.is_alive(now):
            with suppress(BindingEndedError, BindingRestsError, NotFoundError):
                wallets.append(await require_company(db, own.resident_id, bound.binding_id, now))
    return wallets


async def find_licences(
    db: Executor, wallets: Sequence[Holder], type_ids: Collection[str], now: datetime
) -> list[Found]:
    """What is in these wallets of these kinds, good or not, as far as whoever uses them may see it; nothing of it is
    opened.
    """
    book = await get_types(db)
    held_by = {book[type_id].holder for type_id in type_ids if type_id in book}
    return [
        Found(holder, stood)
        for holder in wallets
        if holder.kind in held_by
        for stood in await list_standings(db, book, holder.holder_id, now)
        if stood.type.id in type_ids and may_see(stood.type, holder.scopes, holder.kind)
    ]


async def open_found(db: Executor, vault: Vault, query: Query, found: Sequence[Found]) -> list[Chosen]:
    """What those of the query's kind say, for whoever holds them; one that has gone meanwhile is left out."""
    of_kind = [one for one in found if one.stood.type.id == query.licence_type]
    return [
        Chosen(query, holder, licence)
        for holder, held in groupby(of_kind, key=lambda one: one.holder)  # wallet by wallet, as they were found
        for licence in await list_opened(db, vault, holder.holder_id, holder.kind, [one.stood for one in held])
    ]
