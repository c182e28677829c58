"""What the chained log is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_HEAD = bytes(32)
"""What stands for the head before the first one."""


def to_us(moment: datetime) -> int:
    """Microseconds since 1970, all that PostgreSQL keeps of a time; whole numbers have one encoding."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(number: int) -> datetime:
    """The time again; what a forger put in may be none that Python knows (OverflowError)."""
    return EPOCH + timedelta(microseconds=number)


class LeafKind(StrEnum):
    """What an entry of the log is."""

    ACCESS = "access"
    ERASURE = "erasure"
    ACTS = "acts"
    """What officers did meanwhile: the root of a tree of its own."""


class Act(msgspec.Struct, frozen=True):
    """What somebody did in their office; the reason is sealed."""

    actor_id: UUID
    act_id: UUID
    act: str
    object_id: UUID | None
    happened_at: datetime
    role: str | None
    request_id: UUID | None
    sealed_reason: bytes | None
    sealed_for: UUID | None
    """The resident under whose key; None: the deployment's."""
    is_committed: bool


class Head(msgspec.Struct, frozen=True):
    """A batch's head: commits to its leaves and, through the head before it, to every batch before it."""

    batch_no: int
    until_us: int
    created_us: int
    leaf_count: int
    root: bytes
    previous_head: bytes
    head: bytes
    kid: bytes
    signature: bytes

    @property
    def until_at(self) -> datetime:
        """What was recorded before this is in this batch or an earlier one, but for stragglers."""
        return from_us(self.until_us)

    @property
    def created_at(self) -> datetime:
        return from_us(self.created_us)


class Proof(msgspec.Struct, frozen=True):
    """A receipt: that one entry is under a signed head. It can be checked with nothing else but the signer's key."""

    subject_no: int
    access_id: UUID
    opening: bytes | None
    """What the commitment is the hash of; None once the access was erased."""
    commitment: bytes
    position: int
    path: list[bytes]
    head: Head


class FindingKind(StrEnum):
    """What can be wrong with the log. The words are for scripts too: they do not change."""

    ACCESS_CHANGED = "access-changed"
    ACCESS_REMOVED = "access-removed"
    ACCESS_NOT_COMMITTED = "access-not-committed"
    ERASURE_CHANGED = "erasure-changed"
    ERASURE_REMOVED = "erasure-removed"
    ERASURE_NOT_COMMITTED = "erasure-not-committed"
    ERASURE_INCOMPLETE = "erasure-incomplete"
    ACT_CHANGED = "act-changed"
    ACT_REMOVED = "act-removed"
    ACT_NOT_COMMITTED = "act-not-committed"
    ACT_LEAVES_CHANGED = "act-leaves-changed"
    LEAF_CHANGED = "leaf-changed"
    LEAF_REMOVED = "leaf-removed"
    LEAF_ADDED = "leaf-added"
    BATCH_CHANGED = "batch-changed"
    BATCH_REMOVED = "batch-removed"
    CHAIN_BROKEN = "chain-broken"
    SIGNATURE_INVALID = "signature-invalid"
    HEADS_CUT_OFF = "heads-cut-off"
    HEAD_REPLACED = "head-replaced"
    HEADS_OVERDUE = "heads-overdue"
    WITNESS_MISSING = "witness-missing"
    WITNESS_DAMAGED = "witness-damaged"
    WITNESS_BEHIND = "witness-behind"


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it was committed; it names the batch or the entry where there is one to name."""

    kind: FindingKind
    detail: str
    batch_no: int | None = None
    entry_id: UUID | None = None

    def __str__(self) -> str:
        where = [f"batch {self.batch_no}"] if self.batch_no is not None else []
        where += [str(self.entry_id)] if self.entry_id else []
        return f"{self.kind} {' '.join(where)}: {self.detail}" if where else f"{self.kind}: {self.detail}"
