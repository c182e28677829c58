"""Which licences somebody could show where one of a kind is asked for: their own, or a company's they act for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.licences.holding import require_good, require_holder, require_opened
from app.licences.sources import note_use
from app.people.model import ResidentCaller
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import LicenceNotHeldError
from app.wallet.presentation_model import Query
from app.wallet.wallets import Chosen, Found, find_licences, list_wallets, open_found

Candidates = Mapping[str, Sequence[Found]]
"""By the kind of licence."""


async def list_candidates(
    room: AskingRoom, caller: ResidentCaller, queries: Iterable[Query], now: datetime
) -> Candidates:
    """Everything of the asked kinds that the caller may show, good or not: a card that is not says why."""
    kinds = {query.licence_type for query in queries}
    wallets = await list_wallets(room.pool, await require_holder(room.pool, caller, None, now), now)
    found = await find_licences(room.pool, wallets, kinds, now)
    for holder in {one.holder.holder_id: one.holder for one in found}.values():
        await note_use(room.licences, holder, now)
    return {kind: [one for one in found if one.stood.type.id == kind] for kind in kinds}


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
        chosen.append(Chosen(query, found.holder, await require_opened(room.licences, found.holder, stood)))
    return chosen


async def open_candidates(
    room: AskingRoom, candidates: Candidates, queries: Sequence[Query]
) -> dict[str, list[Chosen]]:
    """What each would tell, by query: for its holder, who decides."""
    return {
        query.id: await open_found(room.pool, room.vault, query, candidates.get(query.licence_type, ()))
        for query in queries
    }
