"""Which licences somebody could show where one of a kind is asked for: their own, or a company's they act for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Executor
from app.errors import NotFoundError
from app.licences.holding import Holder, require_good, require_holder, require_opened
from app.licences.model import Licence
from app.licences.rules import may_see
from app.licences.standings import Stood, list_standings
from app.licences.types import get_types
from app.people.bindings import list_bindings
from app.people.errors import BindingEndedError, BindingRestsError
from app.people.model import BindingKind, BindingPart, ResidentCaller
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import LicenceNotHeldError
from app.wallet.presentation_model import Query


class Candidate(msgspec.Struct, frozen=True):
    """A licence that could be shown, and whose it is."""

    holder: Holder
    stood: Stood


class Chosen(msgspec.Struct, frozen=True):
    """A licence that its holder shows in answer to a query."""

    query: Query
    holder: Holder
    licence: Licence


Candidates = Mapping[str, Sequence[Candidate]]
"""By the kind of licence."""


async def list_candidates(
    room: AskingRoom, caller: ResidentCaller, queries: Iterable[Query], now: datetime
) -> Candidates:
    """Everything of the asked kinds that the caller may show, good or not: a card that is not says why."""
    book = await get_types(room.pool)
    kinds = {query.licence_type for query in queries if query.licence_type in book}
    holder_kinds = {book[kind].holder for kind in kinds}
    found: dict[str, list[Candidate]] = {kind: [] for kind in kinds}
    for holder in await _list_wallets(room.pool, caller, now):
        if holder.kind not in holder_kinds:
            continue
        for stood in await list_standings(room.pool, book, holder.holder_id, now):
            if stood.type.id in kinds and may_see(stood.type, holder.scopes, holder.kind):
                found[stood.type.id].append(Candidate(holder, stood))
    return found


async def _list_wallets(db: Executor, caller: ResidentCaller, now: datetime) -> list[Holder]:
    """The caller's own wallet, and those of companies that they may act for at this moment."""
    wallets = [await require_holder(db, caller, None, now)]
    for bound in await list_bindings(db, caller.resident_id):
        if bound.kind is BindingKind.ENTERPRISE and bound.part is BindingPart.SHOWS and bound.is_alive(now):
            try:
                wallets.append(await require_holder(db, caller, bound.binding_id, now))
            except (BindingEndedError, BindingRestsError, NotFoundError):
                continue
    return wallets


async def choose(
    room: AskingRoom, candidates: Candidates, queries: Sequence[Query], licences: Mapping[str, UUID]
) -> list[Chosen]:
    """The licences that were chosen, opened, in the order of the queries; raises LicenceNotHeldError for any that is
    none of the caller's of that kind, and LicenceNotGoodError.
    """
    known = {query.id: query for query in queries}
    if not licences or licences.keys() - known.keys():
        raise LicenceNotHeldError("Choose a licence for one query or more, each by its id.")
    chosen: list[Chosen] = []
    for query in queries:
        if query.id not in licences:
            continue
        held = candidates.get(query.licence_type, ())
        found = next((one for one in held if one.stood.licence_id == licences[query.id]), None)
        if found is None:
            raise LicenceNotHeldError(f"{query.id}: this is no {query.licence_type} of yours.")
        stood = require_good(found.stood)
        chosen.append(Chosen(query, found.holder, await require_opened(room.desk, found.holder, stood)))
    return chosen


async def open_candidates(
    room: AskingRoom, candidates: Candidates, queries: Sequence[Query]
) -> dict[str, list[tuple[Candidate, Licence]]]:
    """What each would tell, by query: for its holder, who decides. One that is gone meanwhile is left out."""
    opened: dict[str, list[tuple[Candidate, Licence]]] = {query.id: [] for query in queries}
    for query in queries:
        for one in candidates.get(query.licence_type, ()):
            try:
                opened[query.id].append((one, await require_opened(room.desk, one.holder, one.stood)))
            except NotFoundError:
                continue
    return opened
