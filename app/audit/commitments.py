"""Commitments, trees and heads, without any database; docs/audit.md has the encoding for an auditor's own tools."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMMITMENT = b"suixing access commitment v1"
_HEAD = b"suixing access head v1"
_LEAF, _NODE = b"\x00", b"\x01"
FIRST_HEAD = bytes(32)
"""What stands before the first batch."""


class AccessRow(msgspec.Struct, frozen=True):
    """An access as stored: all of it is committed to, but `salt`, which blinds the rest."""

    subject_no: int
    expires_at: datetime
    access_id: UUID
    cti: bytes
    kind: str
    issued_at: datetime
    recorded_at: datetime
    venue_id: UUID
    scanner_id: UUID
    purpose: str
    fields: list[str]
    salt: bytes
    request_key: bytes | None


class Head(msgspec.Struct, frozen=True):
    """One batch: what it covers, its tree, and its place in the chain."""

    batch_no: int
    until_at: datetime
    leaf_count: int
    root: bytes
    previous_head: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256 over a domain, batch_no (8 bytes), until_at (µs, 8), leaf_count (4), root, previous head."""
        numbers = struct.pack(">QqI", self.batch_no, _micros(self.until_at), self.leaf_count)
        return hashlib.sha256(_HEAD + numbers + self.root + self.previous_head).digest()


def commit_to(row: AccessRow) -> bytes:
    """HMAC-free and self-contained: SHA-256 over a domain and each field behind its length, the salt first."""
    parts = [
        row.salt,
        struct.pack(">q", row.subject_no),
        row.access_id.bytes,
        row.cti,
        row.kind.encode(),
        struct.pack(">qqq", _micros(row.issued_at), _micros(row.expires_at), _micros(row.recorded_at)),
        row.venue_id.bytes,
        row.scanner_id.bytes,
        row.purpose.encode(),
        b"\x1f".join(field.encode() for field in row.fields),
        b"" if row.request_key is None else b"\x01" + row.request_key,
    ]
    return hashlib.sha256(_COMMITMENT + b"".join(struct.pack(">I", len(p)) + p for p in parts)).digest()


def merkle_root(commitments: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 9162, section 2.1.1; of nothing, the hash of the empty string."""
    if not commitments:
        return hashlib.sha256().digest()
    level = [hashlib.sha256(_LEAF + one).digest() for one in commitments]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [
            hashlib.sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ] + odd
    return level[0]


def first_id_of(moment: datetime) -> UUID:
    """The lowest UUIDv7 of a moment: ids are ordered by time, so it bounds a search by them (RFC 9562, 5.7)."""
    millis = _micros(moment) // 1000
    return UUID(int=max(0, millis) << 80)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
