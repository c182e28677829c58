"""免于提交: a window asks which materials somebody holds; they agree, and hand them over. Nothing of it is uploaded.

    ask ─► held | obtainable | missing ─► agreed on the phone, or by whoever stands there and has none ─► handed over

Until somebody agreed, a window learns of each material that one word and no more.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.licences.holding import Holder
from app.licences.model import Standing
from app.licences.types import get_types
from app.people.acting import record_office_act
from app.people.model import ResidentCaller, Role
from app.people.presence_store import has_login
from app.people.presences import require_presence
from app.people.telling import tell
from app.people.window_model import Presence
from app.wallet import material_store as store
from app.wallet import presentation_store
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import (
    ConsentRefusedError,
    ConsentTimedOutError,
    LicenceNotHeldError,
    MaterialsNotAgreedError,
    PresentationEndedError,
)
from app.wallet.looking import Looker
from app.wallet.material_model import (
    AgreesBy,
    AskedMaterial,
    HandedMaterial,
    MaterialRequest,
    MaterialState,
    RequestState,
    ShownRequest,
)
from app.wallet.matter_book import Material, require_matter
from app.wallet.presentation_model import AskedState, Presentation, Query
from app.wallet.receipts import make_receipt
from app.wallet.requesting import NONCE_BYTES, list_askable
from app.wallet.results import fetch_result
from app.wallet.wallets import Chosen, Found, find_licences, open_found
from app.wallet.window_desk import (
    PURPOSE,
    WindowDesk,
    freshen,
    list_present_wallets,
    list_unheard,
    meet,
    open_windows,
    require_still,
)
from app.wallet.window_looking import enter_look
from app.wallet.window_questions import take_back_questions

_KEPT = timedelta(days=1)


async def ask_materials(
    desk: WindowDesk, room: AskingRoom, caller: ResidentCaller, presence_id: UUID, matter_id: str, now: datetime
) -> ShownRequest:
    """Which materials of a matter whoever stands there holds; where they have a phone, it is asked to agree.

    Raises NotFoundError for a matter that is none, and what `meet` does.
    """
    matter = await require_matter(desk.pool, matter_id)
    presence = await meet(desk, caller, presence_id, now)
    wallets = await list_present_wallets(desk, presence, now)
    await freshen(desk, wallets, now)
    queries = {query.licence_type: query for query in await list_askable(desk.pool, PURPOSE)}
    kinds = {kind for material in matter.materials for kind in material.types if kind in queries}
    held = {one.stood.type.id for one in await _find_good(desk, wallets, kinds, now)}
    obtainable = await _list_obtainable(desk, wallets, kinds - held, now)
    request = MaterialRequest(
        resident_id=presence.resident_id,
        request_id=new_id(),
        staff_id=caller.resident_id,
        presence_id=presence_id,
        matter_id=matter.id,
        asked=[_judge(material, queries, held, obtainable) for material in matter.materials],
        asked_at=now,
        expires_at=presence.expires_at,
    )
    looker = await open_windows(desk, caller, now)
    async with transaction(desk.pool) as db:
        await require_still(db, caller, presence, now)
        await take_back_questions(db, presence.resident_id, now)
        request = await _ask(db, room, looker, presence, request, now)
        await store.insert_request(db, request)
        await _record(db, desk, caller, "window.materials-asked", presence, now)
    return await _show(desk, request, now)


async def _list_obtainable(
    desk: WindowDesk, wallets: Sequence[Holder], kinds: Collection[str], now: datetime
) -> Collection[str]:
    """The kinds that some registry has and was not heard about of late."""
    book = await get_types(desk.pool)
    unheard = await list_unheard(desk, wallets, [book[kind] for kind in kinds if kind in book], now)
    return {kind for kind, states in unheard.items() if states}


def _judge(
    material: Material, queries: Mapping[str, Query], held: Collection[str], obtainable: Collection[str]
) -> AskedMaterial:
    """By the first kind that will do and is held, or can be had, among those that windows may ask for."""
    usable = [kind for kind in material.types if kind in queries]
    if kind := next((kind for kind in usable if kind in held), None):
        return AskedMaterial(material.id, MaterialState.HELD, kind, queries[kind].fields, queries[kind].kept_days)
    if kind := next((kind for kind in usable if kind in obtainable), None):
        return AskedMaterial(material.id, MaterialState.OBTAINABLE, kind, [], 0)
    return AskedMaterial(material.id, MaterialState.MISSING, None, [], 0)


async def _ask(
    db: Connection, room: AskingRoom, looker: Looker, presence: Presence, request: MaterialRequest, now: datetime
) -> MaterialRequest:
    """Puts the question to the phone of who has one; who has none is told what was asked, to read some day."""
    if not request.held or not await has_login(db, presence.resident_id):
        said = {"venue_id": looker.venue_id, "at": now}
        await tell(db, presence.subject_no, presence.resident_id, "materials.asked", said, now)
        return request
    asked = Presentation(
        presentation_id=new_id(),
        venue_id=looker.venue_id,
        scanner_id=None,
        verifier_id=None,
        purpose=looker.purpose,
        queries=_list_queries(request),
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        audience=room.audience(now),
        created_at=now,
        expires_at=presence.expires_at,
        resident_id=presence.resident_id,
        staff_id=looker.staff_id,
    )
    await presentation_store.insert_presentation(db, asked)
    await presentation_store.add_to_inbox(db, presence.resident_id, asked.presentation_id, now)
    said = {"presentation_id": asked.presentation_id, "venue_id": looker.venue_id, "at": now}
    await tell(db, presence.subject_no, presence.resident_id, "presentation.asked", said, now)
    return msgspec.structs.replace(request, presentation_id=asked.presentation_id)


def _list_queries(request: MaterialRequest) -> list[Query]:
    """One for each kind: a licence that serves as two materials is asked for once."""
    by_kind: dict[str, Query] = {}
    for one in request.held:
        if one.licence_type is not None:
            by_kind.setdefault(one.licence_type, Query(one.material, one.licence_type, one.fields, one.kept_days))
    return list(by_kind.values())


async def get_materials(
    desk: WindowDesk, caller: ResidentCaller, presence_id: UUID, request_id: UUID, now: datetime
) -> ShownRequest:
    """What has become of a request of the caller's window; raises NotFoundError for any other."""
    async with transaction(desk.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
    return await _show(desk, await _require_request(desk.pool, presence, request_id), now)


async def _require_request(db: Executor, presence: Presence, request_id: UUID) -> MaterialRequest:
    request = await store.get_request(db, presence.resident_id, request_id)
    if request is None or request.presence_id != presence.presence_id:
        raise NotFoundError
    return request


_BECAME = {
    AskedState.PENDING: RequestState.ASKED,
    AskedState.GRANTED: RequestState.AGREED,
    AskedState.REFUSED: RequestState.REFUSED,
}


async def _show(desk: WindowDesk, request: MaterialRequest, now: datetime) -> ShownRequest:
    if not request.held:
        return ShownRequest(request, RequestState.NOTHING_HELD, None)
    agrees_by = AgreesBy.PHONE if request.presentation_id else AgreesBy.WINDOW
    if request.handed_at is not None:
        return ShownRequest(request, RequestState.HANDED_OVER, agrees_by)
    if request.presentation_id is None:
        return ShownRequest(request, RequestState.ASKED, agrees_by)
    asked = await presentation_store.get_presentation(desk.pool, request.presentation_id)
    state = asked.state_at(now) if asked else AskedState.EXPIRED
    return ShownRequest(request, _BECAME.get(state, RequestState.ENDED), agrees_by)


async def hand_over(
    desk: WindowDesk,
    room: AskingRoom,
    caller: ResidentCaller,
    presence_id: UUID,
    request_id: UUID,
    *,
    agreed_here: bool,
    now: datetime,
) -> list[HandedMaterial]:
    """What was agreed to. `agreed_here`: who has no phone agreed before the screen that was turned to them.

    Raises MaterialsNotAgreedError, ConsentRefusedError, ConsentTimedOutError, LicenceNotHeldError, and
    PresentationEndedError once what a phone gave lies there no more.
    """
    async with transaction(desk.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
    request = await _require_request(desk.pool, presence, request_id)
    if not request.held:
        raise LicenceNotHeldError
    if request.presentation_id is not None:
        given = await _take_from_phone(room, request.presentation_id, now)
        async with transaction(desk.pool) as db:
            await _note_handing(db, desk, caller, presence, request, AgreesBy.PHONE, now)
    elif agreed_here:
        given = await _give_at_window(desk, caller, presence, request, now)
    else:
        raise MaterialsNotAgreedError
    found = ((one, given.get(one.licence_type or "")) for one in request.held)
    return [msgspec.structs.replace(handed, material=one.material) for one, handed in found if handed is not None]


async def _note_handing(
    db: Connection,
    desk: WindowDesk,
    caller: ResidentCaller,
    presence: Presence,
    request: MaterialRequest,
    agreed_by: AgreesBy,
    now: datetime,
) -> None:
    await store.mark_handed(db, presence.resident_id, request.request_id, agreed_by, now)
    await _record(db, desk, caller, "window.materials-handed-over", presence, now)


async def _take_from_phone(room: AskingRoom, presentation_id: UUID, now: datetime) -> Mapping[str, HandedMaterial]:
    """By the kind of licence, what its holder granted there."""
    asked = await presentation_store.get_presentation(room.pool, presentation_id)
    match asked.state_at(now) if asked else AskedState.EXPIRED:
        case AskedState.PENDING:
            raise MaterialsNotAgreedError
        case AskedState.REFUSED:
            raise ConsentRefusedError
        case AskedState.GRANTED:
            items = await fetch_result(room, presentation_id, now)
        case _:
            raise ConsentTimedOutError
    if items is None:
        raise PresentationEndedError("What was agreed to has been fetched, or lay there for its time.")
    return {
        one.licence_type: HandedMaterial(
            one.query_id, one.licence_type, one.fields, one.access_id, one.receipt, one.kept_until
        )
        for one in items
    }


async def _give_at_window(
    desk: WindowDesk, caller: ResidentCaller, presence: Presence, request: MaterialRequest, now: datetime
) -> Mapping[str, HandedMaterial]:
    """By the kind of licence, one of each that is still good: of several the one that was issued last.

    The looks and the act that they were are one transaction. Raises LicenceNotHeldError where none is good any more.
    """
    queries = _list_queries(request)
    wallets = await list_present_wallets(desk, presence, now)
    held = await _find_good(desk, wallets, {query.licence_type for query in queries}, now)
    opened = [await open_found(desk.pool, desk.vault, query, held) for query in queries]
    chosen = [max(of_kind, key=lambda one: one.licence.content.issued_on or date.min) for of_kind in opened if of_kind]
    if not chosen:
        raise LicenceNotHeldError
    looker = await open_windows(desk, caller, now)
    async with transaction(desk.pool) as db:
        await require_still(db, caller, presence, now)
        given = {one.query.licence_type: await _give(db, desk, looker, presence, one, request, now) for one in chosen}
        await _note_handing(db, desk, caller, presence, request, AgreesBy.WINDOW, now)
    return given


async def _find_good(desk: WindowDesk, wallets: Sequence[Holder], kinds: Collection[str], now: datetime) -> list[Found]:
    found = await find_licences(desk.pool, wallets, kinds, now)
    return [one for one in found if one.stood.standing is Standing.VALID]


async def _give(
    db: Connection,
    desk: WindowDesk,
    looker: Looker,
    presence: Presence,
    one: Chosen,
    request: MaterialRequest,
    now: datetime,
) -> HandedMaterial:
    query = one.query
    fields = query.pick(one.licence.content.fields)
    seen = await enter_look(db, looker, presence, one, list(fields), request.request_id.bytes, now)
    receipt = await make_receipt(
        db, desk.ring, one.holder.subject_no, seen.access_id, kept_days=query.kept_days, presentation=None, now=now
    )
    kept_until = receipt.claims.kept_until
    return HandedMaterial(query.id, query.licence_type, fields, seen.access_id, receipt.text, kept_until)


async def _record(
    db: Connection, desk: WindowDesk, caller: ResidentCaller, act: str, presence: Presence, now: datetime
) -> None:
    await record_office_act(db, desk.vault, caller, act, role=Role.WINDOW, object_id=presence.resident_id, now=now)


async def forget_requests(pool: Pool, now: datetime) -> None:
    """The worker's: what windows asked until yesterday; the log of acts and of accesses keep what came of it."""
    await store.purge_requests(pool, now - _KEPT)
