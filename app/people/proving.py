"""Proving who the caller is: the authority is asked first, and then it is decided what that leads to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection
from app.errors import InvalidError
from app.identity.authority import IdentityAuthority
from app.identity.model import Applicant, CarrierEvidence, Evidence, IdentityClaim, ProvenIdentity
from app.people import accounts, logins_store, store
from app.people.claim_rules import Course, choose_course
from app.people.claiming import open_claim
from app.people.endings import ending
from app.people.errors import SessionExpiredError
from app.people.guardians import require_guardian_consent
from app.people.linking import drop_unproven
from app.people.locking import unlock
from app.people.model import Claim, LoginKind, OpenedSession, ResidentCaller
from app.people.registering import claim_identity, require_key, require_living
from app.people.sessions import Doorkeeper, open_session, require_standing
from app.people.standing import hold_caller
from app.people.telling import tell
from app.people.unreaching import note_end_of_all


class Told(msgspec.Struct, frozen=True):
    """Who somebody says they are, and by which evidence."""

    evidence: Evidence
    name: str | None = None
    id_number: str | None = None

    def __repr__(self) -> str:
        return f"Told({type(self.evidence).__name__})"


async def prove_identity(
    door: Doorkeeper, authority: IdentityAuthority, caller: ResidentCaller, told: Told, now: datetime
) -> OpenedSession | Claim:
    """A fresh session that is verified, or the claim that the identity's resident is told of.

    The authority is asked before anything is looked up: whoever cannot prove an identity learns nothing of it.
    """
    is_by_carrier = isinstance(told.evidence, CarrierEvidence)
    applicant = await require_applicant(door, caller, now)
    claim = IdentityClaim(
        applicant=applicant,
        evidence=told.evidence,
        name=told.name,
        id_number=told.id_number,
        phone=await _require_phone(door, applicant) if is_by_carrier else None,
    )
    proven = await authority.prove(claim, now)
    async with ending(door.pool) as db:
        login_id = await hold_caller(db, caller, now)
        return await _act(db, door, caller, login_id, proven, now)


async def require_applicant(door: Doorkeeper, caller: ResidentCaller, now: datetime) -> Applicant:
    """Whom evidence is for: the caller, in a session that lives."""
    login_id = await logins_store.get_session_login(door.pool, caller.resident_id, caller.session_id, now)
    if login_id is None:
        raise SessionExpiredError
    return Applicant(caller.resident_id, caller.installation_id, login_id)


async def _require_phone(door: Doorkeeper, applicant: Applicant) -> str:
    """The phone whose text opened this session: a carrier vouches for who holds it, and nobody else."""
    assert applicant.login_id is not None  # noqa: S101  require_applicant says so
    login = await logins_store.get_login(door.pool, applicant.resident_id, applicant.login_id)
    if login is None or login.kind is not LoginKind.PHONE:
        raise InvalidError("/evidence/kind", "A carrier vouches for a phone: log in by its number first.")
    async with door.pool.acquire() as db:
        return accounts.open_phone(await require_key(db, door.vault, applicant.resident_id), login)


async def _act(
    db: Connection, door: Doorkeeper, caller: ResidentCaller, login_id: UUID, proven: ProvenIdentity, now: datetime
) -> OpenedSession | Claim:
    """Of two who prove the same new identity at once one becomes its resident, and the other meets them."""
    indexes = door.vault.indexes("identity", proven.identity_key)
    standing = await require_standing(db, caller.resident_id, caller.installation_id)
    resident = await require_living(db, caller.resident_id)
    holder_id = await logins_store.get_identity_holder(db, indexes)
    course = choose_course(resident, holder_id, proven.kind, trusted=standing.trusted)
    await require_guardian_consent(db, door.vault, proven, holder_id or caller.resident_id, now)
    if course is Course.VERIFY:
        if not await claim_identity(db, door.vault, resident, proven, now):
            return await _act(db, door, caller, login_id, proven, now)
        await drop_unproven(db, door.vault, caller, login_id, now)
        await _end_all(db, caller, now)
    if course is Course.CLAIM and holder_id is not None:
        return await open_claim(db, door, caller, holder_id, proven.kind, now)
    if course is not Course.STAY:
        await _trust(db, caller, course, now)
    return await open_session(db, door, caller.resident_id, caller.installation_id, login_id=login_id, now=now)


async def _end_all(db: Connection, caller: ResidentCaller, now: datetime) -> None:
    """Tokens of before say that there is no identity to protect; whoever else came in by this login comes in again."""
    ended = await store.end_sessions(db, caller.resident_id, now=now, reason="proven")
    await note_end_of_all(db, caller.resident_id, ended, now)


async def _trust(db: Connection, caller: ResidentCaller, course: Course, now: datetime) -> None:
    await unlock(db, caller.resident_id, now)
    is_news = await store.trust_installation(db, caller.resident_id, caller.installation_id, now=now, approved_by=None)
    if course is Course.VERIFY:
        await tell(db, caller.subject_no, caller.resident_id, "identity.proven", {"at": now}, now)
    elif is_news:
        await tell(db, caller.subject_no, caller.resident_id, "installation.proven", {"at": now}, now)
