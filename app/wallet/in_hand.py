"""A licence shown in hand, answered as any question is: with a presentation bound to this one."""

from __future__ import annotations

import secrets
from datetime import datetime

from app.database import transaction
from app.identifiers import new_id
from app.venues.model import Scanner
from app.wallet import presentation_store as store
from app.wallet.asking_room import AskingRoom
from app.wallet.checking_in_hand import InHand, check_licence
from app.wallet.credentials import make_presentation
from app.wallet.errors import PresentationEndedError
from app.wallet.giving import hand_over
from app.wallet.presentation_model import Answered, AskedState, Presentation, Query
from app.wallet.requesting import NONCE_BYTES, name_request
from app.wallet.results import fetch_result, keep_result
from codes import KeyUse, TrustList


async def answer_in_hand(
    room: AskingRoom, trust: TrustList, scanner: Scanner, shown: InHand, *, request_key: bytes | None, now: datetime
) -> Answered:
    """Checks a licence in hand and hands over what it says; the same request again gets the first answer for minutes.

    Raises what check_licence does.
    """
    checked = await check_licence(room, trust, scanner, shown, request_key=request_key, now=now)
    chosen = checked.chosen
    asked = _describe(room, scanner, chosen.query, request_key, now)
    (place,) = (await room.places.take(KeyUse.LICENCE, 1, now)).references()
    async with transaction(room.pool) as db:
        if await store.insert_presentation(db, asked):
            presented = await make_presentation(db, room, asked, chosen, place, now)
            given = await hand_over(db, room, chosen.holder.subject_no, checked.look, presented, now)
            await keep_result(db, room.vault, asked.presentation_id, [given], now)
    first = await store.get_presentation(room.pool, asked.presentation_id)
    items = await fetch_result(room, asked.presentation_id, now)
    if first is None or items is None:
        raise PresentationEndedError
    return Answered(first, AskedState.GRANTED, items)


def _describe(
    room: AskingRoom, scanner: Scanner, query: Query, request_key: bytes | None, now: datetime
) -> Presentation:
    """The question that showing the licence answered. It names no resident: the look does, and its log is theirs."""
    return Presentation(
        presentation_id=name_request(request_key) if request_key else new_id(),
        venue_id=scanner.venue_id,
        scanner_id=scanner.scanner_id,
        verifier_id=None,
        purpose=scanner.purpose,
        queries=[query],
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        audience=room.audience(now),
        created_at=now,
        expires_at=now,
        state=AskedState.GRANTED,
        answered_at=now,
    )
