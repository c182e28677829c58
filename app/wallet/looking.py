"""Entering a look at a licence into the log of accesses, which claims it once and tells its holder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Executor
from app.identifiers import new_id
from app.venues.errors import CodeAlreadyUsedError, CodeRevokedError, ShiftRequiredError
from app.venues.model import Scanner
from app.wallet import store
from app.wallet.model import Look, LookForm
from codes import Kind

_SALT_BYTES = 16
_NOTICE_LIFE = timedelta(days=30)


class Showing(msgspec.Struct, frozen=True):
    """What was shown: of which subject, which licence, by what act of its holder's, until when that is good."""

    subject_no: int
    code_kind: Kind
    form: LookForm
    licence_type: str
    licence_id: UUID
    claim: bytes
    """No two looks of one subject share it: the token id of a code, the id of a request and of the licence."""
    shown_at: datetime
    expires_at: datetime


class Looker(msgspec.Struct, frozen=True):
    """Who looks, for which purpose: somebody at a venue's scanner, a member of staff at a window, a venue by itself."""

    venue_id: UUID
    purpose: str
    scanner_id: UUID | None = None
    requires_shift: bool = False
    staff_id: UUID | None = None
    """Who looks. Of what is shown in hand on a scanner it is whoever is signed in, and need not be said."""


async def look_by_scanner(
    db: Executor,
    scanner: Scanner,
    showing: Showing,
    fields: Sequence[str],
    *,
    request_key: bytes | None,
    now: datetime,
) -> Look:
    """Records that a scanner is told so; raises CodeAlreadyUsedError, CodeRevokedError, ShiftRequiredError."""
    looker = Looker(scanner.venue_id, scanner.purpose, scanner.scanner_id, scanner.requires_shift)
    return await look(db, looker, showing, fields, request_key=request_key, now=now)


async def look(
    db: Executor,
    looker: Looker,
    showing: Showing,
    fields: Sequence[str],
    *,
    request_key: bytes | None = None,
    now: datetime,
) -> Look:
    """The same of whoever looks."""
    recorded = await store.record_look(db, _row(looker, showing, fields, request_key, now))
    match recorded["outcome"]:
        case "used":
            raise CodeAlreadyUsedError
        case "revoked":
            raise CodeRevokedError
        case "no-shift":
            raise ShiftRequiredError
        case outcome:
            told = {name: recorded[name] for name in _TOLD}
            return Look(**told, is_repeated=outcome == "repeated")


_TOLD = ("access_id", "recorded_at", "fields", "licence_id", "resident_id", "principal_id", "binding_id")


def _row(
    looker: Looker, showing: Showing, fields: Sequence[str], request_key: bytes | None, now: datetime
) -> store.LookRow:
    return store.LookRow(
        subject_no=showing.subject_no,
        cti=showing.claim,
        kind=showing.code_kind.value,
        form=showing.form.value,
        issued_at=showing.shown_at,
        expires_at=showing.expires_at,
        licence_type=showing.licence_type,
        licence_id=showing.licence_id,
        access_id=new_id(),
        venue_id=looker.venue_id,
        scanner_id=looker.scanner_id,
        staff_id=looker.staff_id,
        purpose=looker.purpose,
        fields=list(fields),
        salt=os.urandom(_SALT_BYTES),
        request_key=request_key,
        now=now,
        notice_id=new_id(),
        notice_expires_at=now + _NOTICE_LIFE,
        requires_shift=looker.requires_shift,
    )
