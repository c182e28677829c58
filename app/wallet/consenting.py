"""The resident's side of a question: seeing who asks for what, and answering it once.

Who answers, on whichever phone, holds their account and takes the question out of 'pending' by one statement; what was
granted is in the log of accesses and lies ready for the venue in the same transaction, or nothing of it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, transaction
from app.errors import InvalidError, NotFoundError
from app.people.model import ResidentCaller
from app.people.rules import require_verified
from app.people.standing import require_trust
from app.wallet import presentation_store as store
from app.wallet.asking_room import AskingRoom
from app.wallet.candidates import choose, list_candidates
from app.wallet.credentials import make_presentation
from app.wallet.errors import PresentationAnsweredError, PresentationEndedError
from app.wallet.giving import give
from app.wallet.looking import Showing
from app.wallet.model import LookForm
from app.wallet.presentation_model import AskedState, Given, Presentation, Presented
from app.wallet.results import keep_result
from app.wallet.verifying import require_current, require_held_by, verify_shown
from app.wallet.wallets import Chosen
from codes import KeyUse, StatusReference, TrustList

_HIGHEST_ID = UUID(int=2**128 - 1)


class Answer(msgspec.Struct, frozen=True):
    """A resident's yes: which licence for which query, and what their phone made for each, where it can sign."""

    licences: Mapping[str, UUID]
    presentations: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        """Without what the phone made, wherever this may be printed."""
        return f"Answer({self.licences})"


async def open_request(room: AskingRoom, caller: ResidentCaller, presentation_id: UUID, now: datetime) -> Presentation:
    """A question as whoever is asked sees it. One that is open becomes the caller's by this first look.

    Raises NotFoundError for a question to somebody else.
    """
    require_verified(caller)
    asked = await store.get_presentation(room.pool, presentation_id)
    if asked is not None and asked.resident_id is None and asked.state_at(now) is AskedState.PENDING:
        async with transaction(room.pool) as db:
            if await store.claim_open(db, presentation_id, caller.resident_id, now):
                await store.add_to_inbox(db, caller.resident_id, presentation_id, now)
        asked = await store.get_presentation(room.pool, presentation_id)
    if asked is None or asked.resident_id != caller.resident_id:
        raise NotFoundError
    return asked


async def list_requests(
    room: AskingRoom, caller: ResidentCaller, *, before: UUID | None, limit: int, now: datetime
) -> list[Presentation]:
    """What the caller was asked in the last weeks, newest first."""
    require_verified(caller)
    position = now + timedelta(days=1), _HIGHEST_ID
    if before is not None:
        asked_at = await store.get_asked_at(room.pool, caller.resident_id, before)
        if asked_at is None:
            raise InvalidError("/cursor", "This is not a cursor that this server gave.")
        position = asked_at, before
    ids = await store.list_inbox(room.pool, caller.resident_id, position, limit)
    found = {one.presentation_id: one for one in await store.list_presentations(room.pool, ids)}
    return [found[one] for one in ids if one in found]


async def refuse_request(room: AskingRoom, caller: ResidentCaller, presentation_id: UUID, now: datetime) -> None:
    """A no. Whoever asked learns that alone."""
    require_verified(caller)
    async with transaction(room.pool) as db:
        await require_trust(db, caller, now)
        await _claim(db, caller, presentation_id, AskedState.REFUSED, now)


async def grant_request(
    room: AskingRoom, caller: ResidentCaller, trust: TrustList, presentation_id: UUID, answer: Answer, now: datetime
) -> list[Given]:
    """A yes: each licence that was chosen is looked at by the venue, once.

    Raises PresentationAnsweredError, PresentationEndedError, LicenceNotHeldError, LicenceNotGoodError, and of what a
    phone made whatever verify_shown does.
    """
    require_verified(caller)
    asked = await store.get_presentation(room.pool, presentation_id)
    if asked is None or asked.resident_id != caller.resident_id:
        raise NotFoundError
    _require_open(asked, now)
    candidates = await list_candidates(room, caller, asked.queries, now)
    chosen = await choose(room, candidates, asked.queries, answer.licences)
    if answer.presentations is not None and set(answer.presentations) != {one.query.id for one in chosen}:
        raise InvalidError("/vp_token", "There is one presentation for each licence that was chosen.")
    proofs: Sequence[str | StatusReference]
    if answer.presentations is not None:
        proofs = [answer.presentations[one.query.id] for one in chosen]
    else:  # before the transaction: claiming places takes a connection of its own
        proofs = (await room.places.take(KeyUse.LICENCE, len(chosen), now)).references()
    async with transaction(room.pool) as db:
        await require_trust(db, caller, now)
        await _claim(db, caller, presentation_id, AskedState.GRANTED, now)
        giving = _Giving(db, room, trust, asked, now)
        given = [await giving.show(one, proof) for one, proof in zip(chosen, proofs, strict=True)]
        await keep_result(db, room.vault, presentation_id, given, now)
    return given


async def _claim(
    db: Connection, caller: ResidentCaller, presentation_id: UUID, state: AskedState, now: datetime
) -> None:
    """Answers the question, or says why that is too late."""
    if await store.claim_answer(db, presentation_id, state, resident_id=caller.resident_id, now=now):
        return
    asked = await store.get_presentation(db, presentation_id)
    if asked is None or asked.resident_id != caller.resident_id:
        raise NotFoundError
    _require_open(asked, now)
    raise PresentationAnsweredError


def _require_open(asked: Presentation, now: datetime) -> None:
    match asked.state_at(now):
        case AskedState.GRANTED | AskedState.REFUSED:
            raise PresentationAnsweredError
        case AskedState.EXPIRED | AskedState.WITHDRAWN:
            raise PresentationEndedError
        case AskedState.PENDING:
            return


class _Giving(msgspec.Struct, frozen=True):
    """The transaction in which a question is granted."""

    db: Connection
    room: AskingRoom
    trust: TrustList
    asked: Presentation
    now: datetime

    async def show(self, chosen: Chosen, proof: str | StatusReference) -> Given:
        """Records that the venue looks at one licence, and answers what it is handed: by what a phone made, or what is
        made here, which has this place in a status list.
        """
        presented: Presented
        if isinstance(proof, str):
            shown = await verify_shown(self.db, self.room, self.trust, self.asked, chosen.query, proof, self.now)
            require_held_by(shown, chosen.holder.holder_id, chosen.licence.licence_id)
            require_current(shown, chosen.licence.content)
            presented, shown_at = shown, shown.credential.issued_at
        else:
            presented = await make_presentation(self.db, self.room, self.asked, chosen, proof, self.now)
            shown_at = self.now
        showing = Showing(
            subject_no=chosen.holder.subject_no,
            code_kind=chosen.holder.code_kind,
            form=LookForm.CONSENT,
            licence_type=chosen.licence.type.id,
            licence_id=chosen.licence.licence_id,
            claim=self.asked.presentation_id.bytes + chosen.licence.licence_id.bytes,
            shown_at=shown_at,
            expires_at=self.asked.expires_at,
        )
        return await give(self.db, self.room, self.asked, showing, presented, self.now)
