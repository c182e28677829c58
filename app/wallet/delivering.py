"""Sending what was granted to a verifier elsewhere: after the transaction, and again until it was taken or is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import transaction
from app.errors import NotFoundError
from app.people.holding import tell_resident
from app.people.model import ResidentCaller
from app.people.rules import require_verified
from app.wallet import presentation_store as store
from app.wallet import verifier_store
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import NotDeliveredError, PresentationEndedError, ResponseAddressRefusedError
from app.wallet.outer_addresses import read_address
from app.wallet.presentation_model import AskedState, Presentation
from app.wallet.results import read_result

_CLAIMED_FOR = timedelta(seconds=30)
"""Much longer than one try takes: a server that dies in the middle leaves it to the next."""


async def deliver(room: AskingRoom, presentation_id: UUID, now: datetime) -> Presentation:
    """What has become of an answer; one that goes elsewhere is sent now. Where that fails the resident is told, and the
    same answer can be sent again while it lies here: nothing is presented anew.
    """
    asked = await store.get_presentation(room.pool, presentation_id)
    if asked is None:
        raise NotFoundError
    if asked.response_uri is None or asked.delivered_at is not None or asked.state is AskedState.PENDING:
        return asked
    try:
        return await _send_once(room, asked, now)
    except (NotDeliveredError, ResponseAddressRefusedError, PresentationEndedError):
        if asked.resident_id is not None:
            async with transaction(room.pool) as db:
                data = {"presentation_id": presentation_id, "venue_id": asked.venue_id, "at": now}
                await tell_resident(db, asked.resident_id, "presentation.not-delivered", data, now)
        return asked


async def deliver_again(room: AskingRoom, caller: ResidentCaller, presentation_id: UUID, now: datetime) -> Presentation:
    """The resident's second try; raises NotDeliveredError, and PresentationEndedError once it lies here no more."""
    require_verified(caller)
    asked = await store.get_presentation(room.pool, presentation_id)
    if asked is None or asked.resident_id != caller.resident_id or asked.response_uri is None:
        raise NotFoundError
    if asked.delivered_at is not None:
        return asked
    if asked.state is AskedState.PENDING:
        raise PresentationEndedError("It is not answered yet.")
    return await _send_once(room, asked, now)


async def _send_once(room: AskingRoom, asked: Presentation, now: datetime) -> Presentation:
    """Sends it, unless somebody is at that: what has become of it by then, they will see. Raises as `_send` does."""
    presentation_id = asked.presentation_id
    if not await store.claim_delivery(room.pool, presentation_id, now, now + _CLAIMED_FOR):
        return await store.get_presentation(room.pool, presentation_id) or asked
    try:
        await _send(room, asked, now)
    except BaseException:
        await store.release_delivery(room.pool, presentation_id)
        raise
    await store.mark_delivered(room.pool, presentation_id, now)
    return msgspec.structs.replace(asked, delivered_at=now)


async def _send(room: AskingRoom, asked: Presentation, now: datetime) -> None:
    """By direct_post (OpenID4VP 1.0, section 8.2): the presentations by their queries, or that access was denied.

    Raises PresentationEndedError where the verifier was withdrawn meanwhile: nothing is sent to it any more.
    """
    verifier = await verifier_store.get_verifier(room.pool, asked.verifier_id) if asked.verifier_id else None
    if verifier is None or not verifier.may_ask:
        raise PresentationEndedError("Whoever asked may ask no more.")
    address = read_address(asked.response_uri or "", allows_loopback=room.postman.allows_loopback)
    form = {} if asked.response_state is None else {"state": asked.response_state}
    if asked.state is AskedState.GRANTED:
        items = await read_result(room, asked.presentation_id, now)
        if items is None:
            raise PresentationEndedError("The answer lay here for its time.")
        shown = {given.query_id: [given.credential] for given in items}
        form["vp_token"] = msgspec.json.encode(shown).decode()
    else:
        form["error"] = "access_denied"
    await room.postman.post(address, form)
