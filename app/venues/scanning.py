"""Scanning: Python verifies and decides, one statement claims and records, and the code is good for nothing more."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Pool, Record
from app.enterprises.showing import get_shown
from app.identifiers import new_id
from app.people.profiles import get_masked_name
from app.sealing import Vault
from app.venues import store
from app.venues.errors import (
    CodeAlreadyUsedError,
    CodeFormRefusedError,
    CodeRevokedError,
    PurposeNotRegisteredError,
    ShiftRequiredError,
    VenueNotApprovedError,
)
from app.venues.model import Scanner, ScanResult
from app.venues.scanners import ends_soon
from codes import (
    FORMS,
    CodeRefusedError,
    KeyRing,
    KeyRingError,
    KeyUse,
    Kind,
    TrustList,
    VerifiedCode,
    takes_form,
    verify_any,
)

_SALT_BYTES = 16
_SHOWING_BYTES = 16
_HIGHEST_SUBJECT = 2**63 - 1
_NOTICE_LIFE = timedelta(days=30)


class ScanningRoom(msgspec.Struct, frozen=True):
    """What scanning takes."""

    pool: Pool
    vault: Vault
    ring: KeyRing


async def scan_code(
    room: ScanningRoom,
    trust: TrustList,
    scanner: Scanner,
    *,
    code: str,
    purpose: str | None,
    request_key: bytes | None,
    now: datetime,
) -> ScanResult:
    """Accepts a code once, or raises the refusal that says what is wrong with it."""
    _require_purpose(scanner, purpose)
    try:
        verified = verify_any(code, trust, now)
    except CodeRefusedError as refusal:
        repeated = await _find_repetition(room, trust, scanner, refusal.verified, request_key, now)
        if repeated is None:
            raise
        return repeated
    _require_form(scanner, verified)
    row = _row(room.ring, trust, scanner, verified, request_key, now)
    recorded = await store.record_scan(room.pool, row)
    match recorded["outcome"]:
        case "accepted" | "repeated":
            return await _result(room, scanner, verified, recorded, now)
        case "used":
            raise CodeAlreadyUsedError
        case outcome:
            repeated = await _find_repetition(room, trust, scanner, verified, request_key, now)
            if repeated is None:
                raise ShiftRequiredError if outcome == "no-shift" else CodeRevokedError
            return repeated


def hash_request(scanner_id: UUID, key: str, body: bytes) -> bytes:
    """Names a request by its scanner, its Idempotency-Key and its body."""
    return hashlib.sha256(b"\0".join((scanner_id.bytes, key.encode(), body))).digest()


def _require_purpose(scanner: Scanner, purpose: str | None) -> None:
    if not scanner.approved:
        raise VenueNotApprovedError
    if purpose is not None and purpose != scanner.purpose:
        raise PurposeNotRegisteredError


def _require_form(scanner: Scanner, code: VerifiedCode) -> None:
    if not takes_form(code.use, fields=scanner.fields, strict=scanner.strict):
        raise CodeFormRefusedError


def _row(
    ring: KeyRing, trust: TrustList, scanner: Scanner, code: VerifiedCode, request_key: bytes | None, now: datetime
) -> store.ScanRow:
    return store.ScanRow(
        subject_no=open_handle(ring, trust, code),
        cti=claim_key(code, request_key),
        kind=code.kind.value,
        form=FORMS[code.use],
        issued_at=code.issued_at,
        certified_at=code.certified_at,
        expires_at=code.expires_at,
        list_no=code.status.list_no if code.status else None,
        place=code.status.index if code.status else None,
        access_id=new_id(),
        venue_id=scanner.venue_id,
        scanner_id=scanner.scanner_id,
        purpose=scanner.purpose,
        fields=scanner.fields,
        salt=os.urandom(_SALT_BYTES),
        request_key=request_key,
        now=now,
        notice_id=new_id(),
        second_notice_id=new_id(),
        notice_expires_at=now + _NOTICE_LIFE,
        requires_shift=scanner.requires_shift,
    )


def claim_key(code: VerifiedCode, request_key: bytes | None) -> bytes:
    """What a showing is claimed by: the token id; of a paper, shown again and again, with something of the request."""
    if code.use is not KeyUse.PAPER:
        return code.cti
    return code.cti + (request_key or os.urandom(_SHOWING_BYTES))[:_SHOWING_BYTES]


def open_handle(ring: KeyRing, trust: TrustList, code: VerifiedCode) -> int:
    """The subject that a code names; a number that no subject can have names nobody, and is as good as ended.

    Only its home can open and spend a code of another province, be its key on the list here. Where the list names a key
    of this province that the folder lacks, the KeyRingError goes on: another server opens the code, or this one soon.
    """
    try:
        subject_no = ring.open_handle(code)
    except KeyRingError as error:
        if code.issuer == ring.province:
            if any(key.province == ring.province for key in trust.find(code.use, code.kid)):
                raise
            raise CodeRevokedError from error  # its key was destroyed, and with it who it was for
        raise CodeRefusedError("code-issuer-unknown", "Codes of this province are not spent here.") from error
    if subject_no > _HIGHEST_SUBJECT:
        raise CodeRevokedError
    return subject_no


async def _find_repetition(
    room: ScanningRoom,
    trust: TrustList,
    scanner: Scanner,
    code: VerifiedCode | None,
    request_key: bytes | None,
    now: datetime,
) -> ScanResult | None:
    """A request that is repeated after its code has ended, or was ended, still gets its first answer."""
    if code is None or request_key is None:
        return None
    subject_no = open_handle(room.ring, trust, code)
    row = await store.find_repetition(
        room.pool, subject_no, expires_at=code.expires_at, cti=claim_key(code, request_key), request_key=request_key
    )
    return await _result(room, scanner, code, row, now) if row else None


async def _result(
    room: ScanningRoom, scanner: Scanner, code: VerifiedCode, recorded: Record, now: datetime
) -> ScanResult:
    fields = recorded["fields"]
    masked_name = None
    if "masked_name" in fields:
        masked_name = await get_masked_name(room.pool, room.vault, recorded["resident_id"])
    organisation = None
    if code.kind is Kind.ENTERPRISE:
        organisation = await get_shown(room.pool, recorded["principal_id"], recorded["binding_id"])
    return ScanResult(
        scan_id=recorded["access_id"],
        scanned_at=recorded["recorded_at"],
        kind=code.kind.value if "kind" in fields else None,
        masked_name=masked_name,
        province=code.issuer,
        warnings=_find_warnings(scanner, code, now),
        form=FORMS[code.use],
        organisation=organisation,
    )


def _find_warnings(scanner: Scanner, code: VerifiedCode, now: datetime) -> list[str]:
    """A paper may have been found, so whoever scans it is to look at the person."""
    warnings = ["check-person"] if scanner.checks_person or code.use is KeyUse.PAPER else []
    if code.use is KeyUse.CERTIFICATE:
        warnings.append("made-offline")
    if ends_soon(scanner, now):
        warnings.append("credential-ends-soon")
    return warnings
