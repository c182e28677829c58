"""What is hashed and signed, byte for byte: deterministic CBOR (RFC 8949, section 4.2), each kind under its own name.

docs/audit.md has the same in words, for an auditor with tools of their own. A change here is a new name ("…/2"), since
what was committed stays.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

import cbor2

from app.database import Record

_ACCESS = "suixing/access/1"
_ACCESS_OF_STAFF = "suixing/access/2"
_ACCESS_OF_FORM = "suixing/access/3"
_ACCESS_OF_LICENCE = "suixing/access/4"
_ERASURE = "suixing/erasure/1"
_ERASURE_ORDER = "suixing/erasure-order/1"
_ACT = "suixing/act/1"
_ACT_LEAF = "suixing/act-leaf/1"
_ACTS = "suixing/acts/1"
_LEAF = "suixing/access-leaf/1"
_HEAD = "suixing/access-head/1"

_PLAIN_FORM = "dynamic"
_POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01, from which PostgreSQL counts, in microseconds since 1970."""


def read_time(sent: bytes) -> int:
    """Microseconds since 1970 of a time as timestamptz_send gives it.

    A time that somebody forged (infinity, the year 20000) must become a finding, and Python's datetime cannot hold it.
    """
    return int.from_bytes(sent, signed=True) + _POSTGRES_EPOCH_US


def encode_access(row: Record) -> bytes:
    """Every column of an access: none can change unseen. Its salt keeps the hash from being guessed.

    Where somebody was signed in on the scanner it is the second form, which ends with them. Where it was no scan of a
    dynamic code online it is the third, which says who, what form of code and when it was scanned, be it null. So
    nothing of these can be put in, taken out or exchanged, and what was committed before there were any is as it was. A
    look at a licence is the fourth: the third, and then the licence's kind and id.
    """
    staff, scanned_at = row["staff_id"], row["scanned_at"]
    fields: list[Any] = [
        _name_form(row),
        row["salt"],
        row["subject_no"],
        row["access_id"].bytes,
        row["cti"],
        row["kind"],
        read_time(row["issued_at"]),
        read_time(row["expires_at"]),
        read_time(row["recorded_at"]),
        row["venue_id"].bytes,
        _bytes_of(row["scanner_id"]),
        row["purpose"],
        row["fields"],
        row["request_key"],
    ]
    if fields[0] in {_ACCESS_OF_FORM, _ACCESS_OF_LICENCE}:
        fields += [_bytes_of(staff), row["form"], read_time(scanned_at) if scanned_at else None]
    elif staff is not None:
        fields.append(staff.bytes)
    if fields[0] == _ACCESS_OF_LICENCE:
        fields += [row["licence_type"], _bytes_of(row["licence_id"])]
    return cbor2.dumps(fields)


def _name_form(row: Record) -> str:
    if row["licence_type"] is not None or row["licence_id"] is not None:
        return _ACCESS_OF_LICENCE
    if row["form"] != _PLAIN_FORM or row["scanned_at"] is not None or row["scanner_id"] is None:
        return _ACCESS_OF_FORM
    return _ACCESS if row["staff_id"] is None else _ACCESS_OF_STAFF


def encode_erasure(row: Record) -> bytes:
    """Every column of an erasure."""
    erased_us = read_time(row["erased_at"])
    fields: list[Any] = [_ERASURE, row["salt"], row["subject_no"], row["erasure_id"].bytes, erased_us]
    return cbor2.dumps([*fields, row["kid"], row["signature"]])


def encode_erasure_order(subject_no: int, erasure_id: UUID, erased_us: int) -> bytes:
    """What is signed when a subject's accesses are erased."""
    return cbor2.dumps([_ERASURE_ORDER, subject_no, erasure_id.bytes, erased_us])


def encode_act(row: Record) -> bytes:
    """Every column of an act."""
    fields: list[Any] = [
        _ACT,
        row["salt"],
        row["actor_id"].bytes,
        row["act_id"].bytes,
        row["act"],
        _bytes_of(row["object_id"]),
        read_time(row["happened_at"]),
        row["role"],
        _bytes_of(row["request_id"]),
        row["sealed_reason"],
        _bytes_of(row["sealed_for"]),
    ]
    return cbor2.dumps(fields)


def _bytes_of(identity: UUID | None) -> bytes | None:
    return identity.bytes if identity else None


def encode_act_leaf(actor_id: UUID, act_id: UUID, commitment: bytes) -> bytes:
    """A leaf of a batch's tree of acts: whose act it was stands beside the commitment."""
    return cbor2.dumps([_ACT_LEAF, actor_id.bytes, act_id.bytes, commitment])


def encode_acts(batch_no: int, leaf_count: int, root: bytes) -> bytes:
    """What the batch's own tree says of the acts."""
    return cbor2.dumps([_ACTS, batch_no, leaf_count, root])


def commit_to(encoded: bytes) -> bytes:
    """What stays of an entry, and says nothing without it."""
    return sha256(encoded).digest()


def encode_leaf(kind: str, subject_no: int, entry_id: UUID, commitment: bytes) -> bytes:
    """A leaf of the tree: whose it is stands beside the commitment.

    Nothing opens a commitment whose entry is gone. Were the subject in there alone, an access could be taken away, and
    its leaf passed off as one of a subject whose accesses were erased.
    """
    return cbor2.dumps([_LEAF, kind, subject_no, entry_id.bytes, commitment])


def encode_head(
    *, batch_no: int, until_us: int, created_us: int, leaf_count: int, root: bytes, previous_head: bytes
) -> bytes:
    """What is signed of a batch; its SHA-256 is the head, which ES256 signs by."""
    return cbor2.dumps([_HEAD, batch_no, until_us, created_us, leaf_count, root, previous_head])
