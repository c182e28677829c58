"""A venue asks for a licence: what its purpose may ask, of whom, and what became of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Executor, transaction
from app.errors import InvalidError, NotFoundError
from app.identifiers import new_id
from app.licences.type_store import list_allowed
from app.licences.types import get_types
from app.people.telling import tell
from app.venues import shift_store
from app.venues import store as venue_store
from app.venues.errors import PurposeNotRegisteredError, ShiftRequiredError, VenueNotApprovedError
from app.venues.model import Scanner
from app.wallet import presentation_store as store
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import (
    ConsentRefusedError,
    ConsentTimedOutError,
    FieldsNotAllowedError,
    PresentationAnsweredError,
    PresentationEndedError,
)
from app.wallet.presentation_model import Answered, AskedState, Presentation, Query
from app.wallet.results import fetch_result

ASKED_AFTER_SCAN = timedelta(minutes=10)
MOST_QUERIES = 8
NONCE_BYTES, STATE_BYTES = 24, 24


class Wanted(msgspec.Struct, frozen=True):
    """One licence that somebody wants to see; no fields: all that the purpose may ask."""

    id: str
    licence_type: str
    fields: Sequence[str] | None = None


async def request_presentation(
    room: AskingRoom,
    scanner: Scanner,
    *,
    purpose: str | None,
    wanted: Sequence[Wanted],
    scan_id: UUID | None,
    request_key: bytes | None,
    now: datetime,
) -> Presentation:
    """Puts a question to whoever was scanned, who is told at once, or to whoever reads its link first.

    Raises VenueNotApprovedError, PurposeNotRegisteredError, ShiftRequiredError, FieldsNotAllowedError, and
    NotFoundError for a scan that is not this venue's of a moment ago. The same request again is the same question.
    """
    staff_id = await require_asking(room, scanner, purpose, now)
    queries = await choose_queries(room.pool, scanner.purpose, wanted)
    scanned = await _require_scanned(room, scanner, scan_id, now) if scan_id else None
    asked = Presentation(
        presentation_id=name_request(request_key) if request_key else new_id(),
        venue_id=scanner.venue_id,
        scanner_id=scanner.scanner_id,
        verifier_id=None,
        purpose=scanner.purpose,
        queries=queries,
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        audience=room.audience(now),
        created_at=now,
        expires_at=now + room.lifetime,
        resident_id=scanned[1] if scanned else None,
        wallet_state=None if scanned else secrets.token_urlsafe(STATE_BYTES),
        staff_id=staff_id,
    )
    async with transaction(room.pool) as db:
        if not await store.insert_presentation(db, asked):
            return await _require_own(db, scanner, asked.presentation_id)
        if scanned is not None:
            await _direct(db, room, asked, *scanned, now)
    return asked


async def _direct(
    db: Connection, room: AskingRoom, asked: Presentation, subject_no: int, resident_id: UUID, now: datetime
) -> None:
    """Puts the question to one resident, who is told; raises TooManyRequestsError for a venue that does not stop."""
    room.limit.claim(f"{asked.venue_id.hex}:{resident_id.hex}", now.timestamp())
    await store.add_to_inbox(db, resident_id, asked.presentation_id, now)
    data = {"presentation_id": asked.presentation_id, "venue_id": asked.venue_id, "at": now}
    await tell(db, subject_no, resident_id, "presentation.asked", data, now)


async def require_asking(room: AskingRoom, scanner: Scanner, purpose: str | None, now: datetime) -> UUID | None:
    """Who is signed in. Raises unless this scanner may ask at all, for this purpose, and somebody is where that is
    needed.
    """
    require_approved(scanner)
    if purpose is not None and purpose != scanner.purpose:
        raise PurposeNotRegisteredError
    shift = await shift_store.get_shift(room.pool, scanner.scanner_id, now)
    if scanner.requires_shift and shift is None:
        raise ShiftRequiredError
    return shift.staff_id if shift else None


def require_approved(scanner: Scanner) -> None:
    """Raises VenueNotApprovedError."""
    if not scanner.approved:
        raise VenueNotApprovedError


async def list_askable(db: Executor, purpose: str) -> list[Query]:
    """What a purpose may ask, each kind of licence under its own name; kinds that are there no more are left out."""
    book = await get_types(db)
    return [
        Query(asked.type_id, asked.type_id, asked.fields, asked.kept_days)
        for asked in await list_allowed(db, purpose)
        if asked.type_id in book
    ]


async def choose_queries(db: Executor, purpose: str, wanted: Sequence[Wanted]) -> list[Query]:
    """The questions within what the purpose may ask; raises FieldsNotAllowedError for anything beyond."""
    if not 0 < len(wanted) <= MOST_QUERIES:
        raise InvalidError("/queries", f"Ask for one licence or more, {MOST_QUERIES} at most.")
    if len({one.id for one in wanted}) < len(wanted) or len({one.licence_type for one in wanted}) < len(wanted):
        raise InvalidError("/queries", "Each query has an id and a kind of licence of its own.")
    askable = {query.licence_type: query for query in await list_askable(db, purpose)}
    return [_within(askable.get(one.licence_type), one) for one in wanted]


def _within(allowed: Query | None, wanted: Wanted) -> Query:
    if allowed is None:
        raise FieldsNotAllowedError(f"{wanted.licence_type}: this purpose may not ask for it.")
    fields = list(dict.fromkeys(allowed.fields if wanted.fields is None else wanted.fields))
    beyond = [field for field in fields if field not in allowed.fields]
    if beyond:
        raise FieldsNotAllowedError(f"{wanted.licence_type}: beyond what this purpose may ask: {', '.join(beyond)}.")
    if not fields:
        raise InvalidError("/queries", f"Say which fields of {wanted.licence_type}.")
    return Query(wanted.id, wanted.licence_type, fields, allowed.kept_days)


async def _require_scanned(room: AskingRoom, scanner: Scanner, scan_id: UUID, now: datetime) -> tuple[int, UUID]:
    """The subject and the resident whose code was scanned here a moment ago."""
    row = await store.get_scanned(room.pool, scan_id, scanner.venue_id)
    if row is None or row["scanned_at"] < now - ASKED_AFTER_SCAN:
        raise NotFoundError("No scan of this venue's last ten minutes has this id.")
    return row["subject_no"], row["resident_id"]


def name_request(request_key: bytes) -> UUID:
    """The id of a question that a request makes: the same request leads to the same (RFC 9562, version 8)."""
    number = int.from_bytes(request_key[:16], "big") & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=number | (8 << 76) | (0b10 << 62))


async def get_answer(room: AskingRoom, scanner: Scanner, presentation_id: UUID, now: datetime) -> Answered:
    """What became of a question, for the scanner that put it.

    Raises ConsentRefusedError, ConsentTimedOutError, PresentationEndedError once a result is there no more, and
    VenueNotApprovedError where the venue's approval has ended since it was agreed to.
    """
    asked = await _require_own(room.pool, scanner, presentation_id)
    state = asked.state_at(now)
    match state:
        case AskedState.REFUSED:
            raise ConsentRefusedError
        case AskedState.EXPIRED:
            raise ConsentTimedOutError
        case AskedState.GRANTED:
            await _require_still_approved(room.pool, asked)
            items = await fetch_result(room, presentation_id, now)
            if items is None:
                raise PresentationEndedError("What was told has been fetched, or lay there for its time.")
            return Answered(asked, state, items)
        case _:
            return Answered(asked, state, [])


async def _require_still_approved(db: Executor, asked: Presentation) -> None:
    """Read anew, where a scanner is known as it was a moment ago: what is handed out now comes back from nobody."""
    venue = await venue_store.get_venue(db, asked.venue_id)
    if venue is None or not venue.may_look:
        raise VenueNotApprovedError


async def withdraw_presentation(room: AskingRoom, scanner: Scanner, presentation_id: UUID, now: datetime) -> None:
    """Takes a question back that nobody has answered; twice is no fault. Raises PresentationAnsweredError."""
    await _require_own(room.pool, scanner, presentation_id)
    if await store.claim_withdrawal(room.pool, presentation_id, now):
        return
    state = (await _require_own(room.pool, scanner, presentation_id)).state_at(now)
    if state in {AskedState.GRANTED, AskedState.REFUSED}:
        raise PresentationAnsweredError


async def _require_own(db: Executor, scanner: Scanner, presentation_id: UUID) -> Presentation:
    asked = await store.get_presentation(db, presentation_id)
    if asked is None or asked.scanner_id != scanner.scanner_id:
        raise NotFoundError
    return asked
