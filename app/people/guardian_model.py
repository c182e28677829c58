"""What is known of a guardian's consent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Relation(StrEnum):
    """What the guardian is to the child, as they say themself."""

    PARENT = "parent"
    GUARDIAN = "guardian"


class ConfirmedBy(StrEnum):
    """Who has seen more than the guardian's own word."""

    WINDOW = "window"
    """A window has seen the household register, the birth certificate, or a court's decision."""
    GUARDIAN = "guardian"
    """Another guardian of the child, who was confirmed before."""


class DocumentKind(StrEnum):
    """What a window was shown: it says whose guardian somebody is."""

    HOUSEHOLD_REGISTER = "household-register"
    BIRTH_CERTIFICATE = "birth-certificate"
    COURT_DECISION = "court-decision"
    COMMITTEE_LETTER = "committee-letter"
    """Of a neighbourhood or village committee, which may name a guardian (Civil Code, article 31)."""


class Child(msgspec.Struct, frozen=True):
    """Who is consented for; stored sealed."""

    name: str
    id_number: str

    def __repr__(self) -> str:
        """Without either, wherever this may be printed."""
        return "Child()"


class StoredConsent(msgspec.Struct, frozen=True):
    """A consent as stored."""

    consent_id: UUID
    relation: str
    sealed_child: bytes
    given_at: datetime
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None


class OtherConsent(msgspec.Struct, frozen=True):
    """Somebody else's consent for a child of the caller's, which waits for the caller's word or a window's."""

    id: UUID
    guardian_masked_name: str | None
    child_masked_name: str
    relation: Relation
    given_at: datetime


class Consent(msgspec.Struct, frozen=True):
    """A consent as shown to the guardian; the child is masked, lest a stolen phone tell who it is."""

    id: UUID
    relation: Relation
    masked_name: str
    masked_id_number: str
    given_at: datetime
    used_at: datetime | None
    """When the child's identity was last proven by it."""
    withdrawn_at: datetime | None
    confirmed_at: datetime | None
    """Since when it lets the child in; until then it is the guardian's word alone."""
    confirmed_by: ConfirmedBy | None
