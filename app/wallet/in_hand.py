"""A licence shown in hand, answered as any question is: with a presentation bound to this one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from app.database import transaction
from app.identifiers import new_id
from app.venues.model import Scanner
from app.wallet import presentation_store as store
from app.wallet.asking_room import AskingRoom
from app.wallet.checking_in_hand import CheckedLicence, check_licence
from app.wallet.credentials import make_presentation
from app.wallet.errors import PresentationEndedError
from app.wallet.giving import hand_over
from app.wallet.presentation_model import Answered, AskedState, Presentation
from app.wallet.requesting import NONCE_BYTES, name_request
from app.wallet.results import fetch_result, keep_result
from codes import KeyUse, TrustList


async def answer_in_hand(
    room: AskingRoom,
    trust: TrustList,
    scanner: Scanner,
    *,
    code: str,
    purpose: str | None,
    licence_type: str | None,
    fields: Sequence[str] | None,
    request_key: bytes | None,
    now: datetime,
) -> Answered:
    """Checks a licence in hand and hands over what it says; the same request again gets the first answer for minutes.

    Raises what check_licence does.
    """
    checked = await check_licence(
        room, trust, scanner, code=code, purpose=purpose, licence_type=licence_type, fields=fields,
        request_key=request_key, now=now,
    )  # fmt: skip
    asked = _describe(room, scanner, checked, request_key, now)
    places = await room.places.take(KeyUse.LICENCE, 1, now)
    async with transaction(room.pool) as db:
        if await store.insert_presentation(db, asked):
            text = await make_presentation(
                db, room, checked.holder, checked.licence, checked.query, places=places, index=0,
                nonce=asked.nonce, audience=asked.audience, now=now,
            )  # fmt: skip
            given = await hand_over(
                db, room, checked.query, checked.subject_no, checked.look, checked.fields, text, now
            )
            await keep_result(db, room.vault, asked.presentation_id, [given], now)
    first = await store.get_presentation(room.pool, asked.presentation_id)
    items = await fetch_result(room, asked.presentation_id, now)
    if first is None or items is None:
        raise PresentationEndedError
    return Answered(first, AskedState.GRANTED, items)


def _describe(
    room: AskingRoom, scanner: Scanner, checked: CheckedLicence, request_key: bytes | None, now: datetime
) -> Presentation:
    """The question that showing the licence answered. It names no resident: the look does, and its log is theirs."""
    return Presentation(
        presentation_id=name_request(request_key) if request_key else new_id(),
        venue_id=scanner.venue_id,
        scanner_id=scanner.scanner_id,
        verifier_id=None,
        purpose=scanner.purpose,
        queries=[checked.query],
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        audience=room.audience(now),
        created_at=now,
        expires_at=now,
        state=AskedState.GRANTED,
        answered_at=now,
    )
