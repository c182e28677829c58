"""Claims on an identity that has a resident: opened by proof, told to the resident, approved or denied by them, and
completed by the claimant when they are approved or have waited long enough.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.identity.model import EvidenceKind
from app.people import claims_store, store
from app.people.claim_rules import (
    CLAIM_LIFE,
    UNDER_WAY,
    choose_due_at,
    is_ready,
    require_completable,
    require_room,
    state_of,
)
from app.people.endings import ending
from app.people.errors import ClaimEndedError
from app.people.holding import tell_resident
from app.people.locking import unlock
from app.people.merging import merge
from app.people.model import Claim, ClaimState, OpenedSession, Resident, ResidentCaller
from app.people.registering import open_key, require_living
from app.people.rules import require_verified
from app.people.sessions import Doorkeeper, open_session
from app.people.standing import hold_caller, hold_residents, require_trust
from app.people.telling import warn_by_text
from app.sealing import Vault


class ShownClaim(msgspec.Struct, frozen=True):
    """A claim as one of the two sees it; neither is told who the other is."""

    id: UUID
    on_me: bool
    """Whether it is on the caller's identity, and theirs to approve or deny."""
    evidence: EvidenceKind
    state: ClaimState
    opened_at: datetime
    due_at: datetime | None
    """From when on it holds without an approval; null where it never does."""
    expires_at: datetime
    ready: bool
    """Whether it can be completed now, on the installation where it was opened."""


async def open_claim(
    db: Connection, door: Doorkeeper, caller: ResidentCaller, holder_id: UUID, kind: EvidenceKind, now: datetime
) -> Claim:
    """Opens a claim of the caller, whom the transaction holds, or answers the one under way."""
    claims = await claims_store.list_claims(db, holder_id)
    due_at = choose_due_at(kind, timedelta(seconds=door.settings.identity_claim_wait), now)
    claim = Claim(
        resident_id=holder_id,
        claim_id=new_id(),
        claimant_id=caller.resident_id,
        installation_id=caller.installation_id,
        evidence=kind,
        opened_at=now,
        due_at=due_at,
        expires_at=now + CLAIM_LIFE,
    )
    for other in claims:
        if other.state in UNDER_WAY and (other.claimant_id, other.installation_id) == (
            claim.claimant_id,
            claim.installation_id,
        ):
            if state_of(other, now) is not ClaimState.EXPIRED:
                return await _renew(db, door.vault, other, claim, now)
            await _end_claim(db, other, ClaimState.EXPIRED, now)
    require_room(claims, caller.resident_id, kind, now)
    await claims_store.insert_claim(db, claim)
    await claims_store.insert_claim_lookup(db, claim.claimant_id, claim.claim_id, holder_id)
    await _tell_opened(db, door.vault, claim, now)
    return claim


async def _renew(db: Connection, vault: Vault, standing: Claim, asked: Claim, now: datetime) -> Claim:
    """The claim under way; evidence of presence lets one ripen that a carrier's word alone would not."""
    if standing.due_at is not None or asked.due_at is None:
        return standing
    ripening = msgspec.structs.replace(standing, evidence=asked.evidence, due_at=asked.due_at)
    await claims_store.ripen_claim(db, ripening)
    await _tell_opened(db, vault, ripening, now)
    return ripening


async def _end_claim(db: Connection, claim: Claim, state: ClaimState, now: datetime) -> None:
    await claims_store.decide_claim(db, claim.resident_id, claim.claim_id, state=state, now=now, decided_by=None)


async def _tell_opened(db: Connection, vault: Vault, claim: Claim, now: datetime) -> None:
    """In the inbox of every installation, and by text: the phones that know the account may all be lost."""
    topic = "claim.opened" if claim.due_at is None else "claim.maturing"
    await tell_resident(db, claim.resident_id, topic, {"claim_id": claim.claim_id, "at": now}, now)
    holder = await store.get_resident(db, claim.resident_id)
    if holder is not None and holder.sealed_phone is not None:
        phone = open_key(vault, holder).open(holder.sealed_phone, "phone")
        await warn_by_text(db, vault, holder.subject_no, holder.resident_id, phone, topic, now)


async def list_claims(pool: Pool, caller: ResidentCaller, now: datetime) -> list[ShownClaim]:
    """The caller's own claims and, on a trusted installation, those on the caller's identity."""
    mine = {c.claim_id: c for c in await _list_own(pool, caller)}
    on_me = await claims_store.list_claims(pool, caller.resident_id) if caller.is_verified else []
    here = {c.claim_id for c in mine.values() if c.installation_id == caller.installation_id}
    shown = {c.claim_id: _show(c, now, on_me=False) for c in mine.values()}
    shown.update({c.claim_id: _show(c, now, on_me=True) for c in on_me if c.claim_id not in here})
    return sorted(shown.values(), key=lambda claim: (claim.opened_at, claim.id), reverse=True)


async def _list_own(pool: Pool, caller: ResidentCaller) -> list[Claim]:
    found = [
        await claims_store.get_claim(pool, row["resident_id"], row["claim_id"])
        for row in await claims_store.list_claim_lookups(pool, caller.resident_id)
    ]
    return [claim for claim in found if claim is not None]


def _show(claim: Claim, now: datetime, *, on_me: bool) -> ShownClaim:
    return ShownClaim(
        id=claim.claim_id,
        on_me=on_me,
        evidence=claim.evidence,
        state=state_of(claim, now),
        opened_at=claim.opened_at,
        due_at=claim.due_at,
        expires_at=claim.expires_at,
        ready=is_ready(claim, now),
    )


async def approve_claim(pool: Pool, caller: ResidentCaller, claim_id: UUID, now: datetime) -> None:
    """Lets the claimant in, from an installation that is trusted."""
    await _decide(pool, caller, claim_id, ClaimState.APPROVED, now)


async def deny_claim(pool: Pool, caller: ResidentCaller, claim_id: UUID, now: datetime) -> None:
    """Refuses the claimant, be it after an approval, and holds further claims of theirs off for a while."""
    await _decide(pool, caller, claim_id, ClaimState.DENIED, now)


async def _decide(pool: Pool, caller: ResidentCaller, claim_id: UUID, state: ClaimState, now: datetime) -> None:
    require_verified(caller)
    async with transaction(pool) as db:
        await require_trust(db, caller, now)
        claim = await claims_store.get_claim(db, caller.resident_id, claim_id)
        if claim is None:
            raise NotFoundError
        if claim.state is state:
            return
        if state_of(claim, now) not in UNDER_WAY:
            raise ClaimEndedError
        await claims_store.decide_claim(
            db, caller.resident_id, claim_id, state=state, now=now, decided_by=caller.installation_id
        )
        for told in {caller.resident_id, claim.claimant_id}:
            await tell_resident(db, told, f"claim.{state}", {"claim_id": claim_id, "at": now}, now)


async def complete_claim(door: Doorkeeper, caller: ResidentCaller, claim_id: UUID, now: datetime) -> OpenedSession:
    """Lets the claimant's installation in, and makes the claimant's account a part of the resident's."""
    holder_id = await claims_store.get_claimed_resident(door.pool, caller.resident_id, claim_id)
    if holder_id is None:
        raise NotFoundError
    async with ending(door.pool) as db:
        await hold_residents(db, caller.resident_id, holder_id)
        login_id = await hold_caller(db, caller, now)
        claim = await claims_store.get_claim(db, holder_id, claim_id)
        if claim is None or claim.installation_id != caller.installation_id:
            raise NotFoundError
        claimant = await require_living(db, caller.resident_id)
        holder = await store.get_resident(db, holder_id)
        if holder is None:
            raise ClaimEndedError
        require_completable(claim, holder, claimant, now)
        await _let_in(db, door, claim, claimant, holder, now)
        return await open_session(db, door, holder_id, caller.installation_id, login_id=login_id, now=now)


async def _let_in(
    db: Connection, door: Doorkeeper, claim: Claim, claimant: Resident, holder: Resident, now: datetime
) -> None:
    if claimant.resident_id != holder.resident_id:
        await merge(db, door.vault, claimant, holder, now)
        await store.touch_installation(db, holder.resident_id, claim.installation_id, now)
    await store.trust_installation(db, holder.resident_id, claim.installation_id, now=now, approved_by=None)
    await unlock(db, holder.resident_id, now)
    await _end_claim(db, claim, ClaimState.COMPLETED, now)
    data = {"claim_id": claim.claim_id, "at": now}
    await tell_resident(db, holder.resident_id, "claim.completed", data, now)
