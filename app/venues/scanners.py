"""Scanners: enrolled with a credential that is shown once, bound to a key of their own, revoked within seconds."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from app.audit import record_act
from app.database import Executor, Pool, transaction
from app.errors import NotFoundError, UnauthenticatedError
from app.identifiers import new_id
from app.people.model import Role
from app.venues import scanner_store
from app.venues.errors import EnrolmentOverError, ScannerKeyRegisteredError, VenueNotApprovedError
from app.venues.keys import ScannerKey
from app.venues.model import EnrolledScanner, IssuedScanner, Scanner
from app.venues.owning import require_own_venue

_PREFIX = "sxs_"
_SECRET_BYTES = 24
KEY_WITHIN = timedelta(hours=24)
"""How long after enrolment or renewal a device can register its key."""
PREVIOUS_GOOD_FOR = timedelta(minutes=10)
"""How long a renewed credential's predecessor is good, so that a device that loses the answer can go on."""
_ENDS_SOON = timedelta(days=7)


def make_credential(scanner_id: UUID) -> str:
    """What a scanner presents; the id in it finds the row without an index by secret."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    return _PREFIX + base64.urlsafe_b64encode(scanner_id.bytes + secret).decode().rstrip("=")


def hash_credential(credential: str) -> bytes:
    """The secret has 192 random bits: a plain hash is enough."""
    return hashlib.sha256(credential.encode()).digest()


def read_scanner_id(credential: str) -> UUID:
    """The scanner that a credential names; raises UnauthenticatedError for what is none."""
    text = credential.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 16 + _SECRET_BYTES:
        raise UnauthenticatedError("This is not a scanner's credential.")
    return UUID(bytes=raw[:16])


def ends_soon(scanner: Scanner, now: datetime) -> bool:
    """Whether the credential that was shown has to be renewed now."""
    return scanner.expires_at - now < _ENDS_SOON


async def add_scanner(
    db: Executor,
    *,
    venue_id: UUID,
    manager_id: UUID,
    name: str,
    lifetime: int,
    now: datetime,
    key: ScannerKey | None = None,
) -> IssuedScanner:
    """Enrols a scanner at an approved venue of this manager, with its key where the manager has it already."""
    venue = await require_own_venue(db, venue_id, manager_id)
    if venue.approved_at is None:
        raise VenueNotApprovedError
    scanner_id = new_id()
    credential = make_credential(scanner_id)
    expires_at = now + timedelta(seconds=lifetime)
    async with transaction(db) as part:
        await scanner_store.insert_scanner(
            part,
            scanner_id,
            venue_id=venue_id,
            name=name,
            credential_hash=hash_credential(credential),
            now=now,
            expires_at=expires_at,
            key=key,
        )
        await record_act(part, manager_id, "scanner.enrolled", scanner_id, now, role=Role.MANAGER)
    return IssuedScanner(scanner_id, credential, expires_at)


async def list_scanners(
    pool: Pool, *, venue_id: UUID, manager_id: UUID, after: UUID | None, limit: int
) -> list[EnrolledScanner]:
    """A venue's scanners, those that were revoked among them."""
    await require_own_venue(pool, venue_id, manager_id)
    return await scanner_store.list_scanners(pool, venue_id, after=after or UUID(int=0), limit=limit)


async def renew_scanner(
    db: Executor, *, venue_id: UUID, manager_id: UUID, scanner_id: UUID, lifetime: int, now: datetime
) -> IssuedScanner:
    """A new credential for the same scanner and key; the one of before is good for ten minutes more."""
    await require_own_venue(db, venue_id, manager_id)
    credential = make_credential(scanner_id)
    expires_at = now + timedelta(seconds=lifetime)
    async with transaction(db) as part:
        renewed = await scanner_store.renew_scanner(
            part,
            venue_id,
            scanner_id,
            credential_hash=hash_credential(credential),
            previous_until=now + PREVIOUS_GOOD_FOR,
            expires_at=expires_at,
            now=now,
        )
        if not renewed:
            raise NotFoundError
        await record_act(part, manager_id, "scanner.renewed", scanner_id, now, role=Role.MANAGER)
    return IssuedScanner(scanner_id, credential, expires_at)


async def revoke_scanner(pool: Pool, *, venue_id: UUID, manager_id: UUID, scanner_id: UUID, now: datetime) -> None:
    """Ends a scanner's credential; saying it twice is no fault."""
    await require_own_venue(pool, venue_id, manager_id)
    async with transaction(pool) as db:
        if not await scanner_store.revoke_scanner(db, venue_id, scanner_id, now):
            raise NotFoundError
        await record_act(db, manager_id, "scanner.revoked", scanner_id, now, role=Role.MANAGER)


async def register_key(pool: Pool, scanner: Scanner, key: ScannerKey, now: datetime) -> None:
    """Binds a scanner to its key, once and soon after enrolment: who finds an old credential cannot bind their own."""
    if scanner.key is not None:
        raise ScannerKeyRegisteredError
    if now - scanner.enrolled_at > KEY_WITHIN:
        raise EnrolmentOverError
    async with transaction(pool) as db:
        if not await scanner_store.claim_key(db, scanner.scanner_id, key, now):
            raise ScannerKeyRegisteredError
        await record_act(db, scanner.scanner_id, "scanner.key-registered", scanner.scanner_id, now)
