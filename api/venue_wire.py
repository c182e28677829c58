"""What the routes of venues take and answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import msgspec

LINE = (
    r"^(?!\s)[^\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\uffa0]+"
    r"$(?!\n)"
)
"""A line that people can read: PostgreSQL stores no NUL, and neither what turns text round nor what nobody sees has a
place on a page, where one venue would pass for another, or for none."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=LINE)]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=LINE)]
Number = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9A-Za-z]{1,12}$(?!\n)", description="the venue's own, such as a badge's")
]
OfflinePolicy = Annotated[
    Literal["refuse", "warn"],
    msgspec.Meta(description="what scanners do once their lists are past their life; a strict purpose always refuses"),
]
Form: TypeAlias = Literal["dynamic", "phone", "paper", "check-in", "licence", "consent", "window"]
"""Made by the server just now, by a phone without a network, on paper; or no code at all."""
Pin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)")]


class VenueIn(msgspec.Struct, frozen=True):
    """A place, and the one purpose it looks at codes for."""

    name: Name
    purpose: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z0-9-]+$", description="as listPurposes has it")]
    adcode: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$", description="GB/T 2260")]
    address: Address
    offline_policy: OfflinePolicy = "refuse"


class VenueChangeIn(msgspec.Struct, frozen=True):
    """What changes; under another name or address the venue waits for approval again."""

    name: Name | None = None
    address: Address | None = None
    requires_shift: bool | None = None
    offline_policy: OfflinePolicy | None = None


class ManagerIn(msgspec.Struct, frozen=True):
    """Who runs the venue from now on."""

    resident_id: UUID


class VenueOut(msgspec.Struct, frozen=True):
    """A registered venue."""

    id: UUID
    name: str
    purpose: str
    adcode: str
    address: str
    approved_at: datetime | None
    requires_shift: bool
    offline_policy: str
    judgement: str | None = None
    """`rejected` or `suspended` by the desk, with its words."""
    judgement_words: str | None = None
    disputes_upheld: int = 0
    """How many of its looks residents disputed and the desk found to be wrong."""


class VenuesOut(msgspec.Struct, frozen=True):
    """A page of venues."""

    items: list[VenueOut]
    next_cursor: str | None


class PurposeOut(msgspec.Struct, frozen=True):
    """What a venue can register for, and what a scan then answers."""

    id: str
    name_zh: str
    name_en: str
    fields: list[str]
    strict: bool
    checks_person: bool


class PurposesOut(msgspec.Struct, frozen=True):
    """All purposes."""

    items: list[PurposeOut]
    next_cursor: str | None = None


class JwkIn(msgspec.Struct, frozen=True):
    """A public key (RFC 7517): P-256 for ES256, or Ed25519 for EdDSA. What else it says of itself is left aside."""

    kty: Annotated[str, msgspec.Meta(max_length=8)]
    crv: Annotated[str, msgspec.Meta(max_length=16)]
    x: Annotated[str, msgspec.Meta(max_length=64)]
    y: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    d: Annotated[Any, msgspec.Meta(description="never: a private key stays on its device")] = None


class ScannerIn(msgspec.Struct, frozen=True):
    """A scanner to enrol, with its public key where it is known already."""

    name: Name = "scanner"
    public_key: JwkIn | None = None


class KeyIn(msgspec.Struct, frozen=True):
    """The device's own public key."""

    public_key: JwkIn


class ScannerOut(msgspec.Struct, frozen=True):
    """An enrolled scanner; its credential is shown this once."""

    scanner_id: UUID
    credential: str
    expires_at: datetime


class EnrolledOut(msgspec.Struct, frozen=True):
    """A scanner as its manager sees it; `last_used_at` is a minute late at most."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    key_thumbprint: str | None
    revoked_at: datetime | None


class EnrolledListOut(msgspec.Struct, frozen=True):
    """A page of scanners."""

    items: list[EnrolledOut]
    next_cursor: str | None


class ShiftOut(msgspec.Struct, frozen=True):
    """Somebody is signed in."""

    shift_id: UUID
    number: str
    staff: str
    opened_at: datetime
    ends_at: datetime


class OfflineSeen(msgspec.Struct, frozen=True):
    """What a scanner may do without a network."""

    policy: OfflinePolicy
    journal_window_hours: int


class JournalSeen(msgspec.Struct, frozen=True):
    """The last entry of this scanner's journal that is here: one that lost its own goes on behind it."""

    sequence: int
    digest: str
    """What the next entry names as the one before it."""


class ScannerSeen(msgspec.Struct, frozen=True):
    """What a scanner is, to itself."""

    scanner_id: UUID
    name: str
    venue: VenueNamed
    purpose: str
    fields: list[str]
    strict: bool
    checks_person: bool
    requires_shift: bool
    expires_at: datetime
    key_thumbprint: str | None
    shift: ShiftOut | None
    offline: OfflineSeen
    journal: JournalSeen
    warnings: list[str]


class VenueNamed(msgspec.Struct, frozen=True):
    """A venue by name."""

    id: UUID
    name: str


class KeyOut(msgspec.Struct, frozen=True):
    """The key that the scanner is bound to."""

    key_thumbprint: str


class StaffIn(msgspec.Struct, frozen=True):
    """Somebody who will scan."""

    name: Name
    number: Number


class NewStaffOut(msgspec.Struct, frozen=True):
    """Somebody new; the PIN is shown this once."""

    staff_id: UUID
    pin: str


class VenueStaffOut(msgspec.Struct, frozen=True):
    """Somebody who may sign in; residents see the pseudonym alone."""

    id: UUID
    number: str
    name: str
    pseudonym: str
    created_at: datetime


class VenueStaffListOut(msgspec.Struct, frozen=True):
    """A page of staff."""

    items: list[VenueStaffOut]
    next_cursor: str | None


class ShiftIn(msgspec.Struct, frozen=True):
    """Who signs in."""

    number: Number
    pin: Pin


class VenueScanOut(msgspec.Struct, frozen=True):
    """One scan: nothing of the holder. `conflict` and `revoked` are what a journal told too late to refuse."""

    id: UUID
    at: datetime
    outcome: Literal["accepted", "annulled", "conflict", "revoked"]
    scanner: str | None
    """Null of a check-in."""
    staff: str | None
    staff_number: str | None
    form: Form
    offline: bool
    synced_at: datetime | None
    """When the scanner told of it, where it scanned without a network."""
    used_again_at: datetime | None
    """The same code was accepted a second time, without a network, at this time."""


class HourOut(msgspec.Struct, frozen=True):
    """What was scanned within an hour of the day, Beijing time."""

    hour: int
    accepted: int
    annulled: int


class RefusalOut(msgspec.Struct, frozen=True):
    """How often a scanner refused for a reason; counted by each server, and short of what a killed one had counted."""

    scanner_id: UUID
    reason: str
    count: int


class VenueScansOut(msgspec.Struct, frozen=True):
    """A page of a day's scans, newest first; a scan shows after a few seconds."""

    items: list[VenueScanOut]
    next_cursor: str | None


class DayCountsOut(msgspec.Struct, frozen=True):
    """A day's counts; hours without a scan are left out."""

    day: date
    hours: list[HourOut]
    refusals: list[RefusalOut]
