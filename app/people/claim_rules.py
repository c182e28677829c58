"""What a proven identity leads to, decided without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.errors import TooManyRequestsError
from app.identity.model import EvidenceKind
from app.people.errors import ClaimEndedError, ClaimNotReadyError, IdentityDiffersError, PresenceRequiredError
from app.people.model import Claim, ClaimState, Resident

CLAIM_LIFE = timedelta(days=7)
DENIED_FOR = timedelta(days=30)
MOST_CLAIMS_DAILY = 5
_DAY = timedelta(hours=24)
_PRESENCE = frozenset({EvidenceKind.FACE, EvidenceKind.NETWORK_CREDENTIAL, EvidenceKind.WINDOW})
UNDER_WAY = frozenset({ClaimState.OPEN, ClaimState.APPROVED})


class Course(StrEnum):
    """What is done about an identity that was proven just now."""

    VERIFY = "verify"
    """It has no resident: it becomes the caller's, and the installation is trusted."""
    TRUST = "trust"
    """It is the caller's own, and the person is present: the installation is trusted."""
    STAY = "stay"
    """It is the caller's own, and the installation is trusted already."""
    CLAIM = "claim"
    """It has a resident whom this does not convince: they are asked, and time may pass."""


def shows_presence(kind: EvidenceKind) -> bool:
    """Whether the person themself must have been there. A carrier vouches for a SIM card, and those are swapped."""
    return kind in _PRESENCE


def choose_course(resident: Resident, holder_id: UUID | None, kind: EvidenceKind, *, trusted: bool) -> Course:
    """`holder_id` is the resident whose identity it is, where there is one; `trusted` is of the caller's installation.

    What is refused depends on the caller's own account and the kind of evidence, never on who holds the identity.
    """
    if resident.locked_at is not None and not shows_presence(kind):
        raise PresenceRequiredError
    if holder_id == resident.resident_id:
        if shows_presence(kind):
            return Course.TRUST
        return Course.STAY if trusted else Course.CLAIM
    if resident.verified_at is not None:
        raise IdentityDiffersError
    return Course.VERIFY if holder_id is None else Course.CLAIM


def choose_due_at(kind: EvidenceKind, wait: timedelta, now: datetime) -> datetime | None:
    """When a claim holds by itself; one by a carrier's word alone never does."""
    return now + wait if shows_presence(kind) else None


def state_of(claim: Claim, now: datetime) -> ClaimState:
    """What has become of a claim; one that nobody completed in time has expired."""
    return ClaimState.EXPIRED if claim.state in UNDER_WAY and claim.expires_at <= now else claim.state


def is_ready(claim: Claim, now: datetime) -> bool:
    """Whether the claimant may complete it."""
    is_due = claim.due_at is not None and claim.due_at <= now
    state = state_of(claim, now)
    return state is ClaimState.APPROVED or (state is ClaimState.OPEN and is_due)


def require_completable(claim: Claim, holder: Resident, claimant: Resident, now: datetime) -> None:
    """Raises unless the claim holds at this moment. A lock ends claims; its time is looked at besides, for a claim that
    was written while the lock was.
    """
    was_locked_since = holder.locked_at is not None and holder.locked_at >= claim.opened_at
    is_other_person = claimant.resident_id != holder.resident_id and claimant.verified_at is not None
    if state_of(claim, now) not in UNDER_WAY or was_locked_since or is_other_person:
        raise ClaimEndedError
    if not is_ready(claim, now):
        raise ClaimNotReadyError


def require_room(claims: Sequence[Claim], claimant_id: UUID, kind: EvidenceKind, now: datetime) -> None:
    """Holds off who was denied, and a crowd: each claim is told to the resident. Claims by a carrier's word take no
    place of those by presence, which may be the owner's way back from a swapped SIM card.
    """
    denied = [c.decided_at for c in claims if c.claimant_id == claimant_id and c.state is ClaimState.DENIED]
    until = max((at + DENIED_FOR for at in denied if at is not None), default=now)
    alike = [claim for claim in claims if shows_presence(claim.evidence) is shows_presence(kind)]
    latest = sorted(claim.opened_at for claim in alike if claim.opened_at > now - _DAY)
    if len(latest) >= MOST_CLAIMS_DAILY:
        until = max(until, latest[-MOST_CLAIMS_DAILY] + _DAY)
    if until > now:
        raise TooManyRequestsError(int((until - now).total_seconds()) + 1)
