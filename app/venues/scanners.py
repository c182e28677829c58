"""Scanners: enrolled with a credential that is shown once, known by its hash, and revoked within seconds everywhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from app.audit import record_act
from app.database import Executor, Pool, transaction
from app.errors import NotFoundError, UnauthenticatedError
from app.identifiers import new_id
from app.venues import store
from app.venues.errors import VenueNotApprovedError
from app.venues.model import IssuedScanner, Scanner

_PREFIX = "sxs_"
_SECRET_BYTES = 24
_REMEMBER_SECONDS = 2.0
"""A revoked scanner is refused everywhere within this time."""
_REMEMBERED = 10_000


def make_credential(scanner_id: UUID) -> str:
    """What a scanner presents; the id in it finds the row without an index by secret."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    return _PREFIX + base64.urlsafe_b64encode(scanner_id.bytes + secret).decode().rstrip("=")


def hash_credential(credential: str) -> bytes:
    """The secret has 192 random bits: a plain hash is enough."""
    return hashlib.sha256(credential.encode()).digest()


async def add_scanner(
    db: Executor, *, venue_id: UUID, manager_id: UUID, name: str, lifetime: int, now: datetime
) -> IssuedScanner:
    """Enrols a scanner at an approved venue of this manager."""
    venue = await store.get_venue(db, venue_id)
    if venue is None or venue.manager_id != manager_id:
        raise NotFoundError
    if venue.approved_at is None:
        raise VenueNotApprovedError
    scanner_id = new_id()
    credential = make_credential(scanner_id)
    expires_at = now + timedelta(seconds=lifetime)
    async with transaction(db) as part:
        await store.insert_scanner(
            part,
            scanner_id,
            venue_id=venue_id,
            name=name,
            credential_hash=hash_credential(credential),
            now=now,
            expires_at=expires_at,
        )
        await record_act(part, manager_id, "scanner.enrolled", scanner_id, now)
    return IssuedScanner(scanner_id, credential, expires_at)


async def revoke_scanner(pool: Pool, *, venue_id: UUID, manager_id: UUID, scanner_id: UUID, now: datetime) -> None:
    """Ends a scanner's credential; saying it twice is no fault."""
    venue = await store.get_venue(pool, venue_id)
    if venue is None or venue.manager_id != manager_id:
        raise NotFoundError
    async with transaction(pool) as db:
        if not await store.revoke_scanner(db, venue_id, scanner_id, now):
            raise NotFoundError
        await record_act(db, manager_id, "scanner.revoked", scanner_id, now)


class KnownScanners:
    """Scanners by credential, remembered for a moment so that a busy gate does not ask at each scan."""

    def __init__(self, pool: Pool, timer: Callable[[], float] = monotonic) -> None:
        self._pool = pool
        self._timer = timer
        self._known: dict[str, tuple[float, Scanner]] = {}

    async def require(self, credential: str, now: datetime) -> Scanner:
        """Raises UnauthenticatedError for an unknown, revoked or ended credential."""
        moment = self._timer()
        held = self._known.get(credential)
        if held is None or held[0] <= moment:
            scanner = await self._look_up(credential)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[credential] = (moment + _REMEMBER_SECONDS, scanner)
        else:
            scanner = held[1]
        if scanner.expires_at <= now:
            raise UnauthenticatedError("The scanner's credential has ended: enrol it again.")
        return scanner

    async def _look_up(self, credential: str) -> Scanner:
        scanner = await store.get_scanner(self._pool, read_scanner_id(credential))
        if scanner is None or not hmac.compare_digest(scanner.credential_hash, hash_credential(credential)):
            raise UnauthenticatedError("This is not a scanner's credential.")
        if scanner.revoked:
            raise UnauthenticatedError("The scanner was revoked: enrol it again.")
        return scanner


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
