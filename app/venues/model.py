"""Venues, their scanners, and what comes of a scan."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


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


class Scanner(msgspec.Struct, frozen=True):
    """A scanner as each scan needs it: its venue's approved purpose with it."""

    scanner_id: UUID
    venue_id: UUID
    venue_name: str
    purpose: str
    fields: list[str]
    checks_person: bool
    expires_at: datetime
    approved: bool
    revoked: bool
    credential_hash: bytes


class IssuedScanner(msgspec.Struct, frozen=True):
    """A new scanner; its credential is shown this once."""

    scanner_id: UUID
    credential: str
    expires_at: datetime


class ScanResult(msgspec.Struct, frozen=True):
    """What a venue learns of an accepted code."""

    scan_id: UUID
    scanned_at: datetime
    kind: str | None
    masked_name: str | None
    province: str
    warnings: list[str]


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
    annulled_at: datetime | None
    disputed_at: datetime | None
