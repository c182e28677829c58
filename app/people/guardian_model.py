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
