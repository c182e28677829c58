"""Sessions of staff: opened beside the resident's own by a second factor, short when idle, over after a working day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection
from app.errors import ForbiddenError
from app.identifiers import new_id
from app.people import store
from app.people.model import AdvancedSession, OpenedSession, ResidentCaller, Role
from app.people.rules import held_roles, require_verified
from app.people.sessions import Doorkeeper, issue_tokens, require_standing
from app.people.tokens import RefreshClaim
from app.people.unreaching import note_endings


class OpenedStaffSession(msgspec.Struct, frozen=True):
    """The pair of tokens, what they bear, and when they are over."""

    opened: OpenedSession
    roles: list[Role]
    idle_until: datetime
    ends_at: datetime


async def open_for_staff(db: Connection, door: Doorkeeper, caller: ResidentCaller, now: datetime) -> OpenedStaffSession:
    """A session that bears the caller's roles, in place of the one before it on this installation.

    Whoever calls this has seen the second factor. The resident is held, so that a role that is being taken back, or an
    account that is being locked, is over when the tokens are made.
    """
    require_verified(caller)
    await store.hold_resident(db, caller.resident_id)
    standing = await require_standing(db, caller.resident_id, caller.installation_id)
    roles = held_roles(standing)
    if not roles:
        raise ForbiddenError
    replaced = await store.end_staff_sessions(
        db, caller.resident_id, now=now, reason="replaced", installation_id=caller.installation_id
    )
    await store.insert_endings(db, replaced, now)
    ends_at = now + timedelta(seconds=door.settings.staff_session_lifetime)
    idle_until = min(now + timedelta(seconds=door.settings.staff_idle), ends_at)
    session_id = new_id()
    await store.insert_staff_session(
        db,
        caller.resident_id,
        session_id,
        installation_id=caller.installation_id,
        now=now,
        expires_at=idle_until,
        staff_until=ends_at,
    )
    session = AdvancedSession(caller.installation_id, idle_until, ends_at, now)
    opened = issue_tokens(door, standing, session, RefreshClaim(caller.resident_id, session_id, 1), now)
    return OpenedStaffSession(opened, sorted(roles), idle_until, ends_at)


async def end_for_staff(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Ends every session of staff of one resident."""
    ended = await store.end_staff_sessions(db, resident_id, now=now, reason="closed")
    await note_endings(db, resident_id, ended, now)
