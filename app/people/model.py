"""What is known of residents, their installations and their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec

from app.identity.model import EvidenceKind


class Assurance(StrEnum):
    """How sure a session is of who holds the phone: a number proves little, since numbers are recycled."""

    PHONE = "phone"
    VERIFIED = "verified"


class Role(StrEnum):
    """What somebody may do beyond being a resident."""

    OPERATOR = "operator"
    """Runs the deployment: venues, disputes, the hotline, roles."""
    AUDITOR = "auditor"
    """Reads what the others did, and changes nothing."""
    MANAGER = "manager"
    """Runs a venue: its scanners, its staff."""
    WINDOW = "window"
    """Serves residents at a window."""
    PUBLISHER = "publisher"
    """Offers services in the app."""
    REVIEWER = "reviewer"
    """Judges services before they are offered."""


class ResidentCaller(msgspec.Struct, frozen=True):
    """Who an access token speaks for, as far as the token alone can say."""

    resident_id: UUID
    session_id: UUID
    installation_id: UUID
    subject_no: int
    """The resident's own subject: codes are sealed for it."""
    assurance: Assurance
    identity_verified: bool
    """Whether the resident is verified, though this installation may not be trusted yet."""
    roles: frozenset[Role]
    """What this token may do beyond a resident's own."""
    held_roles: frozenset[Role] = frozenset()
    """What the resident may do once a second factor is given; it tells a forbidden route from one that waits for it."""
    second_factor_at: datetime | None = None
    """When the session's second factor was given."""

    @property
    def is_verified(self) -> bool:
        return self.assurance is Assurance.VERIFIED

    @property
    def sees_personal_data(self) -> bool:
        """An untrusted installation of a verified resident may be the next owner of a recycled number."""
        return self.is_verified or not self.identity_verified


class Resident(msgspec.Struct, frozen=True):
    """A resident as stored; what is personal is sealed."""

    resident_id: UUID
    subject_no: int
    wrapped_key: bytes
    sealed_phone: bytes | None
    """At which the resident is texted; who came by a mini-program may have none."""
    sealed_name: bytes | None
    sealed_masked_name: bytes | None
    """Where an authority tells no more than this of the name."""
    verified_at: datetime | None
    locked_at: datetime | None


class Session(msgspec.Struct, frozen=True):
    """One login of one installation."""

    session_id: UUID
    installation_id: UUID
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


class Standing(msgspec.Struct, frozen=True):
    """What a session's tokens are made from, read when it opens and at each refresh."""

    resident_id: UUID
    subject_no: int
    verified: bool
    trusted: bool
    roles: frozenset[Role]
    has_factor: bool = False
    """Whether a second factor is enrolled."""


class AdvancedSession(msgspec.Struct, frozen=True):
    """A session that was refreshed; one of staff bears roles until `staff_until`."""

    installation_id: UUID
    expires_at: datetime
    staff_until: datetime | None = None
    second_factor_at: datetime | None = None


class OpenedSession(msgspec.Struct, frozen=True):
    """What a client gets when it logs in or refreshes."""

    access_token: str
    expires_at: datetime
    refresh_token: str
    resident_id: UUID
    assurance: Assurance


class Challenge(msgspec.Struct, frozen=True):
    """A one-time password is on its way."""

    challenge_id: UUID
    expires_at: datetime


class Profile(msgspec.Struct, frozen=True):
    """A resident as shown to themself, masked."""

    resident_id: UUID
    assurance: Assurance
    identity_verified: bool
    masked_name: str | None
    masked_phone: str | None
    roles: list[Role]


class LoginKind(StrEnum):
    """Where an account is kept by which somebody comes in."""

    PHONE = "phone"
    WECHAT = "wechat"
    ALIPAY = "alipay"


class Lookup(msgspec.Struct, frozen=True):
    """Where an index of an account leads."""

    index: bytes
    resident_id: UUID
    login_id: UUID
    complete: bool = True
    """Whether the account stands in the book under each of its names."""


class StoredLogin(msgspec.Struct, frozen=True):
    """An account by which a resident comes in, as stored."""

    login_id: UUID
    kind: LoginKind
    app_id: str | None
    sealed_account: bytes
    linked_at: datetime
    last_used_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        values: dict[str, Any] = {**row, "kind": LoginKind(row["kind"])}
        return cls(**values)


class Login(msgspec.Struct, frozen=True):
    """An account by which a resident comes in, as shown to them."""

    id: UUID
    kind: LoginKind
    app_id: str | None
    """The mini-program in which it was linked; a phone has none."""
    masked_phone: str | None
    linked_at: datetime
    last_used_at: datetime
    current: bool
    """Whether the session that asks was opened by it."""


class ClaimState(StrEnum):
    """What has become of a claim."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    LOCKED = "locked"
    """The resident locked the account while the claim was under way."""
    COMPLETED = "completed"
    EXPIRED = "expired"
    """Nobody completed it in time."""


class Claim(msgspec.Struct, frozen=True):
    """A claim on an identity that has a resident already."""

    resident_id: UUID
    """Whose identity it is."""
    claim_id: UUID
    claimant_id: UUID
    """Who claims it: another account, or the same one on an installation that nobody let in."""
    installation_id: UUID
    evidence: EvidenceKind
    opened_at: datetime
    due_at: datetime | None
    """From when on it holds without an approval; None where it never does."""
    expires_at: datetime
    state: ClaimState = ClaimState.OPEN
    decided_at: datetime | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        kinds = {"evidence": EvidenceKind(row["evidence"]), "state": ClaimState(row["state"])}
        values: dict[str, Any] = {**row, **kinds}
        return cls(**values)


class BindingKind(StrEnum):
    """What binds a resident to codes beyond their own."""

    ENTERPRISE = "enterprise"
    CARE = "care"


class BindingPart(StrEnum):
    """Which part a resident has in a binding."""

    SHOWS = "shows"
    IS_SHOWN = "is-shown"


class Binding(msgspec.Struct, frozen=True):
    """A resident's own row of a binding."""

    binding_id: UUID
    kind: BindingKind
    part: BindingPart
    subject_no: int
    principal_id: UUID
    """The company; of care, the other resident."""
    bound_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None = None
    rests_at: datetime | None = None
    """Somebody whom it concerns has locked their account; it comes back with them."""

    def is_alive(self, now: datetime) -> bool:
        """Between its first moment and its last, which may both be still to come."""
        return self.ended_at is None and self.bound_at <= now and (self.ends_at is None or now < self.ends_at)
