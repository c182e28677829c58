"""Sessions: opened by proof, refreshed in turn, ended once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.people import store
from app.people.endings import ending
from app.people.errors import InstallationNotApprovedError, SessionExpiredError, SessionReusedError
from app.people.model import AdvancedSession, OpenedSession, ResidentCaller, Session, Standing
from app.people.newcomers import find_newcomer, name_newcomer
from app.people.rules import assurance_of, held_roles, require_verified, roles_in_token
from app.people.telling import tell
from app.people.tokens import AccessTokens, RefreshClaim, RefreshTokens
from app.people.unreaching import note_endings
from app.sealing import Vault
from app.settings import Settings

_LOST_ANSWER = timedelta(seconds=10)
"""How long after a refresh its token is taken once more; docs/decisions/0072 says why that hides no thief."""


class Doorkeeper(msgspec.Struct, frozen=True):
    """What opening and refreshing a session takes."""

    pool: Pool
    vault: Vault
    settings: Settings
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens


async def open_session(
    db: Connection, door: Doorkeeper, resident_id: UUID, installation_id: UUID, *, login_id: UUID, now: datetime
) -> OpenedSession:
    """A session of a resident who came in by a login; it takes the place of the installation's one before."""
    is_new = await store.touch_installation(db, resident_id, installation_id, now)
    replaced = await store.end_sessions(db, resident_id, now=now, reason="replaced", installation_id=installation_id)
    await store.insert_endings(db, replaced, now)
    session_id = new_id()
    expires_at = now + timedelta(seconds=door.settings.session_lifetime)
    await store.insert_session(
        db,
        resident_id,
        session_id,
        installation_id=installation_id,
        login_id=login_id,
        now=now,
        expires_at=expires_at,
    )
    standing = await require_standing(db, resident_id, installation_id)
    if is_new and await store.count_installations(db, resident_id) > 1:
        name = name_newcomer(door.vault, resident_id, installation_id)
        await _tell(db, standing, "installation.new", {"installation_id": name, "at": now}, now)
    advanced = AdvancedSession(installation_id, expires_at)
    return issue_tokens(door, standing, advanced, RefreshClaim(resident_id, session_id, 1), now)


async def refresh(door: Doorkeeper, token: str, now: datetime) -> OpenedSession:
    """The next pair of tokens. A refresh token that was used already ends the session: somebody holds a copy. For a few
    seconds it is taken once more, since the answer may have been lost on its way, and leads to the same generation.
    """
    claim = door.refresh_tokens.read(token)
    async with ending(door.pool) as db:
        advanced = await _advance(db, door, claim, now)
        if advanced is not None:
            standing = await require_standing(db, claim.resident_id, advanced.installation_id)
            following = RefreshClaim(claim.resident_id, claim.session_id, claim.generation + 1)
            return issue_tokens(door, standing, advanced, following, now)
        is_copy = await store.is_generation_past(
            db, claim.resident_id, claim.session_id, generation=claim.generation, now=now
        )
        if is_copy:
            await _end(db, claim.resident_id, claim.session_id, now, "reused")
    raise SessionReusedError if is_copy else SessionExpiredError


async def _advance(db: Connection, door: Doorkeeper, claim: RefreshClaim, now: datetime) -> AdvancedSession | None:
    advanced = await store.advance_session(
        db,
        claim.resident_id,
        claim.session_id,
        generation=claim.generation,
        now=now,
        expires_at=now + timedelta(seconds=door.settings.session_lifetime),
        idle_until=now + timedelta(seconds=door.settings.staff_idle),
    )
    return advanced or await store.repeat_generation(
        db,
        claim.resident_id,
        claim.session_id,
        generation=claim.generation,
        now=now,
        refreshed_since=now - _LOST_ANSWER,
    )


async def list_sessions(pool: Pool, caller: ResidentCaller, now: datetime) -> list[Session]:
    """The caller's living sessions, the latest used first; an installation that nobody let in sees its own alone."""
    found = await store.list_sessions(pool, caller.resident_id, now)
    return [session for session in found if caller.sees_personal_data or session.session_id == caller.session_id]


async def close_session(pool: Pool, caller: ResidentCaller, session_id: UUID, now: datetime) -> None:
    """Ends one of the caller's own sessions."""
    async with ending(pool) as db:
        if not await _end(db, caller.resident_id, session_id, now, "closed"):
            raise NotFoundError


async def _end(db: Connection, resident_id: UUID, session_id: UUID, now: datetime, reason: str) -> bool:
    ended = await store.end_sessions(db, resident_id, now=now, reason=reason, session_id=session_id)
    await note_endings(db, resident_id, ended, now)
    return bool(ended)


async def approve_installation(door: Doorkeeper, caller: ResidentCaller, named: UUID, now: datetime) -> None:
    """A trusted installation lets another of the same resident in; its next refresh is verified. It is `named` as the
    resident was told of it, or by its id.

    The resident is held first, as a lock holds them: an approval under way would otherwise outlive the lock, which
    cannot see the trust that it has to end.
    """
    require_verified(caller)
    async with transaction(door.pool) as db:
        await store.hold_resident(db, caller.resident_id)
        standing = await require_standing(db, caller.resident_id, caller.installation_id)
        if not standing.trusted:
            raise InstallationNotApprovedError
        installation_id = await find_newcomer(db, door.vault, caller.resident_id, named)
        is_news = await store.trust_installation(
            db, caller.resident_id, installation_id, now=now, approved_by=caller.installation_id
        )
        if is_news is None:
            raise NotFoundError
        if is_news:
            await _tell(db, standing, "installation.approved", {"at": now}, now)


async def require_standing(db: Connection, resident_id: UUID, installation_id: UUID) -> Standing:
    """How a resident stands on this installation; raises SessionExpiredError where there is none of them any more."""
    standing = await store.get_standing(db, resident_id, installation_id)
    if standing is None:
        raise SessionExpiredError
    return standing


def issue_tokens(
    door: Doorkeeper, standing: Standing, session: AdvancedSession, claim: RefreshClaim, now: datetime
) -> OpenedSession:
    """The next pair of a session's tokens; what they bear follows from how its resident stands now."""
    required = door.settings.second_factor_required
    caller = ResidentCaller(
        resident_id=standing.resident_id,
        session_id=claim.session_id,
        installation_id=session.installation_id,
        subject_no=standing.subject_no,
        assurance=assurance_of(standing),
        identity_verified=standing.verified,
        roles=roles_in_token(standing, second_factor_at=session.second_factor_at, required=required),
        held_roles=held_roles(standing),
        second_factor_at=session.second_factor_at,
    )
    until = session.expires_at if session.staff_until else None
    access_token, expires_at = door.access_tokens.issue(caller, now, until=until)
    return OpenedSession(
        access_token=access_token,
        expires_at=expires_at,
        refresh_token=door.refresh_tokens.issue(claim, now),
        resident_id=standing.resident_id,
        assurance=caller.assurance,
    )


async def _tell(db: Connection, standing: Standing, topic: str, data: Mapping[str, object], now: datetime) -> None:
    await tell(db, standing.subject_no, standing.resident_id, topic, data, now)
