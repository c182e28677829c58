"""Holding the caller's resident while something is decided, and seeing then what the caller may do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection
from app.people import logins_store, store
from app.people.errors import InstallationNotApprovedError, SessionExpiredError
from app.people.model import ResidentCaller, Standing
from app.people.sessions import require_standing


async def hold_residents(db: Connection, *resident_ids: UUID) -> None:
    """Holds several until the transaction ends, in one order, so that two who do so do not wait in a circle."""
    for resident_id in sorted(set(resident_ids)):
        await store.hold_resident(db, resident_id)


async def hold_caller(db: Connection, caller: ResidentCaller, now: datetime) -> UUID:
    """Holds the caller's resident and answers the login by which the session was opened.

    An access token outlives its session by a while, so the session is asked for: raises SessionExpiredError.
    """
    await store.hold_resident(db, caller.resident_id)
    login_id = await logins_store.get_session_login(db, caller.resident_id, caller.session_id, now)
    if login_id is None:
        raise SessionExpiredError
    return login_id


async def require_trust(db: Connection, caller: ResidentCaller, now: datetime) -> Standing:
    """Holds the caller's resident; raises unless this installation of theirs is trusted at this moment."""
    await hold_caller(db, caller, now)
    standing = await require_standing(db, caller.resident_id, caller.installation_id)
    if not (standing.verified and standing.trusted):
        raise InstallationNotApprovedError
    return standing


async def require_control(db: Connection, caller: ResidentCaller, now: datetime) -> Standing:
    """As require_trust; of a resident who has proven no identity any session will do, since a login is all there is."""
    await hold_caller(db, caller, now)
    standing = await require_standing(db, caller.resident_id, caller.installation_id)
    if standing.verified and not standing.trusted:
        raise InstallationNotApprovedError
    return standing
