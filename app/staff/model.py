"""What is known of staff: their factors, their lockout, and what they propose."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec

from app.people.model import Role


class FactorKind(StrEnum):
    """How a person proves to be there a second time."""

    TOTP = "totp"
    PASSKEY = "passkey"


class Factor(msgspec.Struct, frozen=True):
    """A second factor as stored; the secret of a TOTP is sealed."""

    factor_id: UUID
    kind: FactorKind
    name: str
    created_at: datetime
    confirmed_at: datetime | None
    last_used_at: datetime | None
    sealed_secret: bytes | None
    last_step: int | None
    """The newest time step that was accepted: none at or before it is good again."""
    credential_id: bytes | None
    public_key: bytes | None
    sign_count: int

    @classmethod
    def of(cls, row: Any) -> Self:
        fields: dict[str, Any] = {**row, "kind": FactorKind(row["kind"])}
        return cls(**fields)


class Attempts(msgspec.Struct, frozen=True):
    """How often somebody was wrong of late."""

    failed: int
    lockouts: int
    locked_until: datetime | None


class StaffMember(msgspec.Struct, frozen=True):
    """Somebody who holds roles."""

    resident_id: UUID
    masked_name: str | None
    roles: list[Role]
    has_factor: bool
    granted_at: datetime


class ProposalState(StrEnum):
    """What became of a proposal."""

    WAITING = "waiting"
    APPROVED = "approved"
    """By a second person, and not executed yet: a worker has it."""
    EXECUTED = "executed"
    FAILED = "failed"
    """A worker tried it for hours, and gave it up: propose it anew."""
    REJECTED = "rejected"
    EXPIRED = "expired"


class Proposal(msgspec.Struct, frozen=True):
    """A dangerous act that one person proposes and another approves."""

    proposal_id: UUID
    kind: str
    object_id: UUID | None
    details: dict[str, str]
    sealed_reason: bytes | None
    sealed_for: UUID | None
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    decision: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    executed_at: datetime | None = None
    failed_at: datetime | None = None

    def state_at(self, now: datetime) -> ProposalState:
        if self.executed_at is not None:
            return ProposalState.EXECUTED
        if self.failed_at is not None:
            return ProposalState.FAILED
        if self.decision is not None:
            return ProposalState.APPROVED if self.decision == "approved" else ProposalState.REJECTED
        return ProposalState.EXPIRED if self.expires_at <= now else ProposalState.WAITING


class Look(msgspec.Struct, frozen=True):
    """An operator's look at one resident: what may follow it hangs on its id, for a while."""

    look_id: UUID
    expires_at: datetime
    masked_name: str | None
    masked_phone: str | None
    verified: bool
    locked: bool
    installations: int
