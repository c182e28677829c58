"""Consents, leaving, and what is kept of those who left."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class ConsentState(StrEnum):
    """How a consent stands."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    NEVER = "never"
    """It was not given yet."""


class Consent(msgspec.Struct, frozen=True):
    """One time that a consent was given, and until when."""

    kind: str
    version: int
    granted_at: datetime
    withdrawn_at: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """How one kind of consent stands with a resident, and how it came to."""

    kind: str
    state: ConsentState
    version: int | None
    """Of the words that were agreed to; None where it stands granted no more, or never was."""
    granted_at: datetime | None
    withdrawn_at: datetime | None
    history: list[Consent]
    """The latest first."""


class Holder(msgspec.Struct, frozen=True):
    """A resident, as far as rights need them."""

    resident_id: UUID
    subject_no: int
    wrapped_key: bytes
    sealed_phone: bytes | None
    sealed_name: bytes | None
    sealed_masked_name: bytes | None
    sealed_id_number: bytes | None
    created_at: datetime
    verified_at: datetime | None
    verified_by: str | None
    locked_at: datetime | None


class Merged(msgspec.Struct, frozen=True):
    """An account that became a part of the resident's."""

    resident_id: UUID
    subject_no: int
    merged_at: datetime


class Deletion(msgspec.Struct, frozen=True):
    """A resident who leaves."""

    resident_id: UUID
    requested_at: datetime
    due_at: datetime
    """Until then it can be taken back."""
    key_destroyed_at: datetime | None = None


class GuardianConsent(msgspec.Struct, frozen=True):
    """A consent to a child's account."""

    consent_id: UUID
    relation: str
    sealed_child: bytes
    given_at: datetime
    withdrawn_at: datetime | None
    used_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str | None
