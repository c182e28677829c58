"""Companies, their representatives, and what they let others do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec


class Authority(StrEnum):
    """By what somebody acts for a company."""

    REPRESENTATIVE = "legal-representative"
    DELEGATE = "delegate"


class CompanyState(StrEnum):
    """What the registry says of a company."""

    ACTIVE = "active"
    DEREGISTERED = "deregistered"
    REVOKED = "revoked"
    """Its business licence was revoked (吊销)."""


class DelegationState(StrEnum):
    """What has become of a delegation."""

    INVITED = "invited"
    UPCOMING = "upcoming"
    """Accepted; its first day is still to come."""
    ACTIVE = "active"
    TO_CONFIRM = "to-confirm"
    """It works, but whoever granted it is the representative no more, and the new one has not decided."""
    ENDED = "ended"


class Ending(StrEnum):
    """Why a delegation, or somebody's standing as representative, has ended."""

    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    """By the representative."""
    RETURNED = "returned"
    """By the delegate."""
    EXPIRED = "expired"
    LAPSED = "lapsed"
    """The new representative did not decide in time."""
    COMPANY_ENDED = "company-ended"
    LEFT = "left"
    """Whose it was has left."""
    REPLACED = "replaced"
    NOT_CONFIRMED = "not-confirmed"


class Scope(msgspec.Struct, frozen=True):
    """One kind of act that a delegate may be let do."""

    id: str
    name_zh: str
    name_en: str


class Company(msgspec.Struct, frozen=True):
    """A company as it was when the registry was last asked."""

    company_id: UUID
    unified_social_credit_code: str
    name: str
    state: CompanyState
    claimed_at: datetime
    checked_at: datetime
    check_failures: int = 0

    @classmethod
    def of(cls, row: Any) -> Self:
        values: dict[str, Any] = {**row, "state": CompanyState(row["state"])}
        return cls(**values)


class Representative(msgspec.Struct, frozen=True):
    """Who stands for a company by law, as the registry confirmed."""

    company_id: UUID
    binding_id: UUID
    resident_id: UUID
    subject_no: int
    since_at: datetime


class Handler(msgspec.Struct, frozen=True):
    """Whom a delegation is for; stored sealed."""

    name: str
    phone: str

    def __repr__(self) -> str:
        """Without either, wherever this may be printed."""
        return "Handler()"


class StoredDelegation(msgspec.Struct, frozen=True):
    """A delegation as stored."""

    company_id: UUID
    delegation_id: UUID
    granted_by: UUID
    scopes: list[str]
    starts_at: datetime
    ends_at: datetime
    sealed_handler: bytes
    sealed_for: UUID
    """Whose key opens it: of who invited, and then of who accepted."""
    phone_index: bytes
    invited_at: datetime
    answer_by: datetime
    delegate_id: UUID | None = None
    subject_no: int | None = None
    accepted_at: datetime | None = None
    review_due_at: datetime | None = None
    ended_at: datetime | None = None
    ended_for: Ending | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        values: dict[str, Any] = {**row, "ended_for": Ending(row["ended_for"]) if row["ended_for"] else None}
        return cls(**values)

    def state_at(self, now: datetime) -> DelegationState:
        if self.ended_at is not None or self.ends_at <= now:
            return DelegationState.ENDED
        if self.accepted_at is None:
            return DelegationState.INVITED if now < self.answer_by else DelegationState.ENDED
        if self.review_due_at is not None:
            return DelegationState.TO_CONFIRM
        return DelegationState.ACTIVE if self.starts_at <= now else DelegationState.UPCOMING


class Delegation(msgspec.Struct, frozen=True):
    """A delegation as the representative sees it; who has it is masked, lest a stolen phone tell."""

    id: UUID
    masked_name: str | None
    masked_phone: str | None
    scopes: list[str]
    starts_at: datetime
    ends_at: datetime
    state: DelegationState
    invited_at: datetime
    answer_by: datetime
    accepted_at: datetime | None
    review_due_at: datetime | None
    """By when the new representative keeps it, or it ends."""
    ended_at: datetime | None
    ended_for: Ending | None
    last_used_at: datetime | None


class Mandate(msgspec.Struct, frozen=True):
    """One company for which somebody shows codes."""

    company_id: UUID
    name: str
    unified_social_credit_code: str
    authority: Authority
    delegation_id: UUID
    """What issueCode takes, of a representative too."""
    scopes: list[str]
    starts_at: datetime
    ends_at: datetime | None
    review_due_at: datetime | None = None
    last_used_at: datetime | None = None


class DelegationInvitation(msgspec.Struct, frozen=True):
    """What somebody is invited to do for a company."""

    id: UUID
    company_id: UUID
    name: str
    unified_social_credit_code: str
    scopes: list[str]
    starts_at: datetime
    ends_at: datetime
    invited_at: datetime
    answer_by: datetime


class RegistryAnswer(msgspec.Struct, frozen=True):
    """What the registry says of a company, and whether the person who was named represents it: nothing of anybody."""

    unified_social_credit_code: str
    name: str
    state: CompanyState
    representative_matches: bool


class Shown(msgspec.Struct, frozen=True):
    """What an enterprise code says: for which company, and by what authority."""

    name: str
    unified_social_credit_code: str
    authority: Authority
    scopes: list[str]
