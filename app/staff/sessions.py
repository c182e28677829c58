"""Opening a session of staff with a second factor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.database import transaction
from app.identifiers import new_id
from app.people.acting import record_office_act
from app.people.endings import ending
from app.people.model import ResidentCaller
from app.people.sessions import Doorkeeper
from app.people.staff_sessions import OpenedStaffSession, open_for_staff
from app.staff import passkeys, store
from app.staff.errors import SecondFactorWrongError
from app.staff.guesses import OPENING, Proof, is_right, list_confirmed, settle
from app.staff.model import FactorKind
from app.staff.rules import require_unlocked

CEREMONY_LIFE = timedelta(minutes=5)


class Ceremony(msgspec.Struct, frozen=True):
    """A challenge for a passkey, and what to tell the browser."""

    ceremony_id: UUID
    options: dict[str, Any]
    expires_at: datetime


async def prepare_staff_session(door: Doorkeeper, caller: ResidentCaller, now: datetime) -> Ceremony:
    """A challenge that one of the caller's passkeys signs."""
    party = passkeys.read_relying_party(door.settings.url)
    async with transaction(door.pool) as db:
        found = await list_confirmed(db, caller.resident_id, FactorKind.PASSKEY)
        known = [factor.credential_id for factor in found if factor.credential_id]
        challenge, options = passkeys.ask_to_sign(party, known=known)
        ceremony = Ceremony(new_id(), options, now + CEREMONY_LIFE)
        await store.delete_old_ceremonies(db, caller.resident_id, now)
        await store.insert_ceremony(
            db,
            caller.resident_id,
            ceremony.ceremony_id,
            purpose=OPENING,
            challenge=challenge,
            expires_at=ceremony.expires_at,
        )
    return ceremony


async def open_staff_session(
    door: Doorkeeper, caller: ResidentCaller, proof: Proof, now: datetime
) -> OpenedStaffSession:
    """Lets staff in by a second factor. A wrong one stays counted, so what it was is said after its transaction."""
    async with ending(door.pool) as db:
        attempts = await store.hold_attempts(db, caller.resident_id)
        require_unlocked(attempts, now)
        right = await is_right(db, door, caller, proof, now)
        await settle(db, caller, attempts, right=right, now=now)
        if right:
            opened = await open_for_staff(db, door, caller, now)
            await record_office_act(db, door.vault, caller, "staff.session-opened", now=now)
            return opened
    raise SecondFactorWrongError
