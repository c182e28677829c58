"""Venues, their scanners, and what comes of a scan."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.enterprises.model import Shown
from app.venues.keys import ScannerKey


class Purpose(msgspec.Struct, frozen=True):
    """What codes are looked at for; it decides what a scan answers beyond yes."""

    purpose: str
    name_zh: str
    name_en: str
    fields: list[str]
    strict: bool
    checks_person: bool


class Venue(msgspec.Struct, frozen=True):
    """A place that may look at codes once it is approved."""

    venue_id: UUID
    name: str
    purpose: str
    adcode: str
    address: str
    manager_id: UUID
    approved_at: datetime | None
    requires_shift: bool = False
    """Nobody scans there without having signed in."""
    closed_at: datetime | None = None
    judgement: str | None = None
    """Turned down ('rejected') or stopped ('suspended') by the desk, until it is approved again."""
    judgement_words: str | None = None
    offline_policy: str = "refuse"
    """What its scanners do once their lists are past their life: 'refuse', or 'warn' and go on."""
    disputes_upheld: int = 0
    """How many of its looks the desk has found to be wrong."""

    @property
    def may_look(self) -> bool:
        """Approved, and open still."""
        return self.approved_at is not None and self.closed_at is None


class Scanner(msgspec.Struct, frozen=True):
    """A scanner as each scan needs it: its venue's approved purpose with it, and the key that it must prove."""

    scanner_id: UUID
    venue_id: UUID
    name: str
    venue_name: str
    purpose: str
    fields: list[str]
    checks_person: bool
    strict: bool
    requires_shift: bool
    offline_policy: str
    expires_at: datetime
    """Of the credential that was shown: one that was renewed ends before the scanner does."""
    enrolled_at: datetime
    """When it was enrolled, or its credential renewed."""
    approved: bool
    revoked: bool
    credential_hash: bytes
    previous_hash: bytes | None
    previous_until: datetime | None
    key: ScannerKey | None


class IssuedScanner(msgspec.Struct, frozen=True):
    """A new scanner; its credential is shown this once."""

    scanner_id: UUID
    credential: str
    expires_at: datetime


class EnrolledScanner(msgspec.Struct, frozen=True):
    """A scanner as its manager sees it."""

    scanner_id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    key_thumbprint: bytes | None
    revoked_at: datetime | None


class Staff(msgspec.Struct, frozen=True):
    """Somebody who scans at a venue; the name is sealed."""

    staff_id: UUID
    number: str
    sealed_name: bytes
    created_at: datetime


class Pin(msgspec.Struct, frozen=True):
    """What a shown PIN is checked against."""

    staff_id: UUID
    salt: bytes
    hash: bytes


class Shift(msgspec.Struct, frozen=True):
    """Somebody is signed in on a scanner."""

    shift_id: UUID
    staff_id: UUID
    number: str
    opened_at: datetime
    ends_at: datetime


class VenueScan(msgspec.Struct, frozen=True):
    """One scan as its venue sees it: nothing of the holder."""

    access_id: UUID
    recorded_at: datetime
    scanner_id: UUID | None
    scanner_name: str | None
    """None where the resident checked in."""
    staff_id: UUID | None
    staff_number: str | None
    annulled_at: datetime | None
    form: str = "dynamic"
    outcome: str = "accepted"
    """'conflict' and 'revoked' of what a journal told too late to refuse."""
    synced_at: datetime | None = None
    """When a journal brought it; it was made without a network."""
    used_again_at: datetime | None = None


class HourCount(msgspec.Struct, frozen=True):
    """What was scanned within an hour of the day."""

    hour: int
    accepted: int
    annulled: int


class RefusalCount(msgspec.Struct, frozen=True):
    """How often a scanner refused for a reason."""

    scanner_id: UUID
    reason: str
    count: int


class ScanResult(msgspec.Struct, frozen=True):
    """What a venue learns of an accepted code."""

    scan_id: UUID
    scanned_at: datetime
    kind: str | None
    masked_name: str | None
    province: str
    warnings: list[str]
    form: str = "dynamic"
    organisation: Shown | None = None
    """On whose behalf an enterprise code was shown."""


class Access(msgspec.Struct, frozen=True):
    """One look at a resident, as the resident sees it."""

    access_id: UUID
    recorded_at: datetime
    venue_id: UUID
    venue_name: str
    adcode: str
    purpose: str
    purpose_zh: str
    purpose_en: str
    fields: list[str]
    staff_id: UUID | None
    annulled_at: datetime | None
    disputed_at: datetime | None
    form: str = "dynamic"
    scanned_at: datetime | None = None
    """When it was, where it was made without a network; it was recorded when the journal came."""
    kind: str = "personal"
    licence_type: str | None = None
    """Which kind of licence was looked at, where one was."""
    kept_until: datetime | None = None
    """Until when the venue may keep what it was told; None: it may look, and keep nothing."""
