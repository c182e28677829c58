"""Annotated copies of licences: what a holder orders, what is printed, and what a checker is told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec

from app.database import Pool
from app.licences.holding import LicenceDesk
from app.licences.model import Bilingual
from app.sealing import Vault
from codes import KeyRing


class CopyDesk(msgspec.Struct, frozen=True):
    """What making and checking copies takes."""

    pool: Pool
    vault: Vault
    ring: KeyRing
    url: str
    """Where a checker opens this deployment."""
    copies_daily: int
    checks_per_address: int

    @property
    def licences(self) -> LicenceDesk:
        return LicenceDesk(self.pool, self.vault)


class CopyOrder(msgspec.Struct, frozen=True):
    """For whom a copy is, and for what; stored sealed under the holder's key."""

    requester: str
    purpose: str

    def __repr__(self) -> str:
        """Without either, wherever this may be printed."""
        return "CopyOrder()"


class IssuedCopy(msgspec.Struct, frozen=True):
    """A copy that can be downloaded once; its token is shown this once."""

    copy_id: UUID
    token: str
    download_expires_at: datetime
    valid_until: datetime


class PrintedLine(msgspec.Struct, frozen=True):
    """One field as a checker is told it: masked, to be held against the paper."""

    label: Bilingual
    text: str


class Printed(msgspec.Struct, frozen=True):
    """What a checker is told of a copy; stored sealed under the holder's key."""

    salt: bytes
    type_name: Bilingual
    masked_holder: str
    lines: list[PrintedLine]

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return "Printed()"


class CopyState(StrEnum):
    """What a copy is good for."""

    GOOD = "good"
    ENDED = "ended"
    """Its time is over."""
    REVOKED = "revoked"
    """Its holder took it back, or locked their account."""
    LICENCE_NOT_GOOD = "licence-not-good"
    """It is genuine, and the licence is good no more."""
    ALTERED = "altered"
    """Its code names a key of ours, and was not signed as it stands."""
    UNKNOWN = "unknown"
    """It has a copy's form, and no key here vouches for it."""


class StoredCopy(msgspec.Struct, frozen=True):
    """A copy as stored."""

    holder_id: UUID
    copy_id: UUID
    holder_kind: str
    licence_id: UUID
    type_id: str
    issued_by: UUID
    subject_no: int
    sealed_order: bytes
    issued_at: datetime
    expires_at: datetime
    sealed_print: bytes | None
    digest: bytes | None
    printed_at: datetime | None
    checks: int
    checked_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(**row)


class Copy(msgspec.Struct, frozen=True):
    """A copy as its holder sees it."""

    copy_id: UUID
    licence_id: UUID
    licence_type: str
    requester: str
    purpose: str
    issued_at: datetime
    valid_until: datetime
    printed_at: datetime | None
    state: CopyState
    checks: int
    checked_at: datetime | None


class CheckedCopy(msgspec.Struct, frozen=True):
    """What a checker is told; of a copy that is not good no more than they hold in their hand."""

    state: CopyState
    type: str | None = None
    type_name: Bilingual | None = None
    requester: str | None = None
    purpose: str | None = None
    issued_at: datetime | None = None
    valid_until: datetime | None = None
    masked_holder: str | None = None
    lines: list[PrintedLine] = []
