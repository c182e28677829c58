"""Checking in: the resident reads a venue's poster, and is seen by the venue as if it had read their code.

It is one access in the same log, with what the purpose answers and its holder withholds, and it is told to the same
people. A photograph of the poster does as well as the poster: that somebody is there, the venue's staff see for
themselves, and no position is taken.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Executor, Pool
from app.enterprises.model import Shown
from app.enterprises.showing import get_shown
from app.errors import NotFoundError
from app.identifiers import new_id
from app.people.bindings import require_shown
from app.people.model import BindingKind, ResidentCaller
from app.people.profiles import get_masked_name
from app.people.rules import require_verified
from app.sealing import Vault
from app.venues import check_in_store, store
from app.venues.errors import CodeRevokedError, VenueNotApprovedError
from app.venues.model import Purpose, Scanner, Venue
from push.messages import Message

TOPIC = "venue.check-in"
"""Of what is delivered to a venue's screens, under the venue's own id."""
SAME_TAP = timedelta(minutes=1)
_CLAIM_BYTES = 24
_SALT_BYTES = 16
_NOTICE_LIFE = timedelta(days=30)


class CheckIn(msgspec.Struct, frozen=True):
    """A check-in as its resident sees it."""

    access_id: UUID
    recorded_at: datetime
    kind: str
    venue: Venue
    purpose: Purpose
    fields: list[str]
    """What the venue was answered beyond that there is somebody."""


class SeenCheckIn(msgspec.Struct, frozen=True):
    """A check-in as the venue sees it."""

    access_id: UUID
    recorded_at: datetime
    kind: str | None
    masked_name: str | None
    organisation: Shown | None


async def check_in(
    db: Executor,
    caller: ResidentCaller,
    *,
    venue_id: UUID,
    kind: BindingKind | None,
    binding_id: UUID | None,
    now: datetime,
) -> CheckIn:
    """Tells a venue that the caller is there, or a company's delegate, or a relative: without a kind, the caller."""
    require_verified(caller)
    subject_no = caller.subject_no
    if kind is not None and binding_id is not None:
        subject_no = (await require_shown(db, caller.resident_id, kind, binding_id, now)).subject_no
    venue, purpose = await _require_venue(db, venue_id)
    code_kind = kind.value if kind else "personal"
    recorded = await check_in_store.record_check_in(db, _row(subject_no, code_kind, venue, purpose, now))
    if recorded["outcome"] == "revoked":
        raise CodeRevokedError
    return CheckIn(recorded["access_id"], recorded["recorded_at"], code_kind, venue, purpose, fields=recorded["fields"])


async def _require_venue(db: Executor, venue_id: UUID) -> tuple[Venue, Purpose]:
    venue = await store.get_venue(db, venue_id)
    if venue is None or venue.closed_at is not None:
        raise NotFoundError
    if venue.approved_at is None:
        raise VenueNotApprovedError
    purposes = {purpose.purpose: purpose for purpose in await store.list_purposes(db)}
    return venue, purposes[venue.purpose]


def _row(subject_no: int, kind: str, venue: Venue, purpose: Purpose, now: datetime) -> check_in_store.CheckInRow:
    return check_in_store.CheckInRow(
        subject_no=subject_no,
        kind=kind,
        access_id=new_id(),
        cti=os.urandom(_CLAIM_BYTES),
        expires_at=now + SAME_TAP,
        venue_id=venue.venue_id,
        purpose=purpose.purpose,
        fields=purpose.fields,
        salt=os.urandom(_SALT_BYTES),
        now=now,
        notice_id=new_id(),
        second_notice_id=new_id(),
        venue_notice_id=new_id(),
        notice_expires_at=now + _NOTICE_LIFE,
    )


def require_screen(scanner: Scanner) -> None:
    """Raises VenueNotApprovedError: what is not approved is shown nobody."""
    if not scanner.approved:
        raise VenueNotApprovedError


async def see_check_in(pool: Pool, vault: Vault, message: Message) -> SeenCheckIn | None:
    """What a message to a venue's screens is about; None for another message, and where nobody is there any more."""
    if message.topic != TOPIC:
        return None
    subject_no, access_id = int(message.data["subject_no"]), UUID(message.data["access_id"])
    row = await check_in_store.get_check_in(pool, subject_no, access_id, message.recipient)
    if row is None:
        return None
    fields = row["fields"]
    is_company = row["kind"] == BindingKind.ENTERPRISE.value
    return SeenCheckIn(
        access_id=access_id,
        recorded_at=row["recorded_at"],
        kind=row["kind"] if "kind" in fields else None,
        masked_name=await get_masked_name(pool, vault, row["resident_id"]) if "masked_name" in fields else None,
        organisation=await get_shown(pool, row["principal_id"], row["binding_id"]) if is_company else None,
    )
