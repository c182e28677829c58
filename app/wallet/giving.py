"""Handing over what was agreed to: one look in the log, its receipt, and what the venue is told."""

from __future__ import annotations

from datetime import datetime

from app.database import Connection
from app.licences.model import Standing
from app.venues import scanner_store
from app.venues import store as venue_store
from app.wallet import verifier_store
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import PresentationEndedError
from app.wallet.looking import Looker, Showing, look
from app.wallet.model import Look
from app.wallet.presentation_model import Given, Presentation, Presented
from app.wallet.receipts import make_receipt


async def give(
    db: Connection, room: AskingRoom, asked: Presentation, showing: Showing, presented: Presented, now: datetime
) -> Given:
    """Enters one look into the log, in the transaction of the answer; raises CodeRevokedError where its holder's
    showings have ended meanwhile, and PresentationEndedError where the venue may ask no more.
    """
    seen = await look(db, await _require_looker(db, asked), showing, list(presented.fields), now=now)
    return await hand_over(db, room, showing.subject_no, seen, presented, now)


async def hand_over(
    db: Connection, room: AskingRoom, subject_no: int, seen: Look, presented: Presented, now: datetime
) -> Given:
    """What a venue gets of a look that is in the log: the fields, the presentation that proves them, the receipt."""
    query, text = presented.query, presented.text
    receipt = await make_receipt(
        db, room.ring, subject_no, seen.access_id, kept_days=query.kept_days, presentation=text, now=now
    )
    return Given(
        query_id=query.id,
        licence_type=query.licence_type,
        fields=presented.fields,
        standing=Standing.VALID.value,
        credential=text,
        access_id=seen.access_id,
        receipt=receipt.text,
        kept_until=receipt.claims.kept_until,
    )


async def _require_looker(db: Connection, asked: Presentation) -> Looker:
    """Who asked, if they still may: whoever was signed in then, though they may have gone home since."""
    venue = await venue_store.get_venue(db, asked.venue_id)
    may_ask = venue is not None and venue.may_look
    if asked.scanner_id is not None:
        scanner = await scanner_store.get_scanner(db, asked.scanner_id)
        may_ask = may_ask and scanner is not None and not scanner.revoked
    if asked.verifier_id is not None:
        verifier = await verifier_store.get_verifier(db, asked.verifier_id)
        may_ask = may_ask and verifier is not None and verifier.may_ask
    if not may_ask:
        raise PresentationEndedError("Whoever asked may ask no more.")
    return Looker(asked.venue_id, asked.purpose, asked.scanner_id, staff_id=asked.staff_id)
