"""What somebody claims to be, by which evidence, and what an authority made of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import msgspec


class EvidenceKind(StrEnum):
    """By what somebody proves that they are who they say."""

    FACE = "face"
    """A face certificate: the authority compares a living face with the picture it holds of name and number."""
    NETWORK_CREDENTIAL = "network-credential"
    """网证: the state says that it knows the person, and neither name nor ID number is told."""
    CARRIER = "carrier"
    """The carrier says that name, ID number and phone belong together."""
    WINDOW = "window"
    """A face check at a window, before a member of staff; it opens no session, and so is nobody's claim."""


class AgeBand(StrEnum):
    """What age decides here: below 14 a guardian consents, from 18 on one may be a guardian."""

    CHILD = "under-14"
    MINOR = "14-17"
    ADULT = "adult"


class Applicant(msgspec.Struct, frozen=True):
    """Who asks to be proven, and on which installation: evidence started for another is worth nothing here."""

    resident_id: UUID
    installation_id: UUID
    login_id: UUID | None = None
    """By which the session was opened. Tries are counted for each: whoever has one of a resident's accounts must not
    use up what the resident has left to come back by another.
    """


class FaceEvidence(msgspec.Struct, frozen=True, tag_field="kind", tag="face"):
    """A face check that was started here and passed at the authority."""

    check_id: UUID


class CredentialEvidence(msgspec.Struct, frozen=True, tag_field="kind", tag="network-credential"):
    """What the network identity app answered to a sequence number given here."""

    check_id: UUID
    credential: str


class CarrierEvidence(msgspec.Struct, frozen=True, tag_field="kind", tag="carrier"):
    """Nothing but the wish: the phone that is compared is the resident's own, proven by their login."""


Evidence: TypeAlias = FaceEvidence | CredentialEvidence | CarrierEvidence


class IdentityClaim(msgspec.Struct, frozen=True):
    """Who somebody says they are. Name and number are for face and carrier; by network credential neither is asked."""

    applicant: Applicant
    evidence: Evidence
    name: str | None = None
    id_number: str | None = None
    phone: str | None = None
    """The resident's own in E.164, for the carrier alone; it never comes from the request."""

    def __repr__(self) -> str:
        """Without name and number, wherever this may be printed."""
        return f"IdentityClaim({type(self.evidence).__name__})"


class FaceCheck(msgspec.Struct, frozen=True):
    """A face check under way: the client opens `url`, or gives `certify_id` to the authority's SDK."""

    check_id: UUID
    certify_id: str
    url: str | None
    expires_at: datetime


class CredentialCheck(msgspec.Struct, frozen=True):
    """What the national network identity app is opened with (`orgID`, `businessID` and `bizSeq` of wx.ncidas)."""

    check_id: UUID
    organisation: str
    application: str
    sequence: str
    expires_at: datetime


class ProvenIdentity(msgspec.Struct, frozen=True):
    """An identity that an authority confirmed just now, for one applicant."""

    kind: EvidenceKind
    identity_key: str
    """What the blind index is made of: the ID number, or `network:` and the 网号. One key is one person."""
    age_band: AgeBand
    at: datetime
    name: str | None = None
    id_number: str | None = None
    birth_date: date | None = None
    masked_name: str | None = None
    """Of a network credential, where the authority says it; of the others it follows from the name."""

    def __repr__(self) -> str:
        """Without name and number, wherever this may be printed."""
        return f"ProvenIdentity({self.kind})"

    @property
    def is_adult(self) -> bool:
        return self.age_band is AgeBand.ADULT

    @property
    def is_child(self) -> bool:
        return self.age_band is AgeBand.CHILD


class StartedCheck(msgspec.Struct, frozen=True):
    """What is kept of a check while it lives."""

    person_index: bytes | None
    """Of the name and number that a face check was started for."""
    reference: str
    """The authority's certify id, or the sequence number that a network credential must answer."""


class StartedFace(msgspec.Struct, frozen=True):
    """A face check as the authority has begun it."""

    certify_id: str
    url: str | None
    """Where a browser goes through it; none where the phone's SDK does."""


class FaceOutcome(StrEnum):
    """What the authority says of a face check."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
    GONE = "gone"
    """It does not know the check any more."""


class NetworkIdentity(msgspec.Struct, frozen=True):
    """What the network identity authority vouches for."""

    number: str
    """The 网号 as this application is told it: stable, and opaque."""
    age_band: AgeBand
    masked_name: str | None
