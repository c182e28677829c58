"""Certificates for a phone that will be without a network: one for each of its keys, one key for each showing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from app.credentials import certificate_store as store
from app.credentials.desk import CredentialDesk, begin_after, hold_alive, live_until
from app.credentials.errors import PublicKeyRefusedError
from app.credentials.model import Certificates
from app.database import Connection, transaction
from app.errors import TooManyRequestsError
from app.identifiers import new_id
from app.people.bindings import require_shown
from app.people.model import BindingKind, ResidentCaller
from app.people.rules import require_verified
from app.people.standing import require_trust
from codes import KeyUse, Kind, certify_phone_key
from codes.keys import public_key_of
from codes.phone import CERTIFICATE_LIFE

MOST_KEYS = 32
"""Of one request; and a few requests make a day's worth."""


async def issue_certificates(
    desk: CredentialDesk,
    caller: ResidentCaller,
    public_keys: Sequence[Mapping[str, Any]],
    *,
    binding: tuple[BindingKind, UUID] | None,
    most_live: int,
    now: datetime,
) -> Certificates:
    """Certifies keys to show the caller's own codes, or those of a binding of theirs.

    A session may have `most_live` at once for each of those; asking again is for when some have ended. Raises
    PublicKeyRefusedError, BindingEndedError, TooManyRequestsError.
    """
    require_verified(caller)
    require_distinct(public_keys)
    places = await desk.places.take(KeyUse.CERTIFICATE, len(public_keys), now)
    async with transaction(desk.pool) as db:
        await require_trust(db, caller, now)  # an access token outlives its session by minutes, these by half a day
        subject_no, kind = await _require_subject(db, caller, binding, now)
        standing = await hold_alive(db, subject_no, now)
        await _require_room(db, subject_no, caller.session_id, count=len(public_keys), most_live=most_live, now=now)
        begun = begin_after(now, standing.codes_valid_from)
        epoch = desk.ring.current(KeyUse.CERTIFICATE, begun)
        lifetime = live_until(begun, CERTIFICATE_LIFE, standing.ends_at)
        certify = partial(certify_phone_key, epoch, issuer=desk.ring.province, subject_no=subject_no, kind=kind)
        pairs = zip(public_keys, places.references(), strict=True)
        made = [certify(public_key=key, status=status, now=begun, lifetime=lifetime) for key, status in pairs]
        issued = Certificates([one.certificate for one in made], made[0].expires_at)
        await store.insert_batch(
            db,
            subject_no,
            new_id(),
            session_id=caller.session_id,
            places=places,
            issued_at=begun,
            expires_at=issued.expires_at,
            kid=epoch.kid,
        )
    return issued


async def _require_subject(
    db: Connection, caller: ResidentCaller, binding: tuple[BindingKind, UUID] | None, now: datetime
) -> tuple[int, Kind]:
    """Whose codes they show."""
    if binding is None:
        return caller.subject_no, Kind.PERSONAL
    shown = await require_shown(db, caller.resident_id, *binding, now)
    return shown.subject_no, Kind(binding[0])


async def _require_room(
    db: Connection, subject_no: int, session_id: UUID, *, count: int, most_live: int, now: datetime
) -> None:
    """Those that are still good and so many more may not be too many."""
    live, first_ends_at = await store.count_live(db, subject_no, session_id, now)
    if live + count > most_live:
        wait = (first_ends_at - now).total_seconds() if first_ends_at else CERTIFICATE_LIFE.total_seconds()
        raise TooManyRequestsError(int(wait) + 1)


def require_distinct(public_keys: Sequence[Mapping[str, Any]]) -> None:
    """A key used for two showings would link them: two venues could tell that they met one phone."""
    if any("d" in key for key in public_keys):
        raise PublicKeyRefusedError("A private key never leaves its phone: make others, and send their public halves.")
    try:
        numbers = [public_key_of(key).public_numbers() for key in public_keys]
    except (ValueError, KeyError, TypeError):
        raise PublicKeyRefusedError("A key is not a public key of P-256 (RFC 7517, kty EC).") from None
    if len({(one.x, one.y) for one in numbers}) != len(numbers):
        raise PublicKeyRefusedError("A key came twice: each is for one showing.")
