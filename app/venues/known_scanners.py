"""Scanners by credential, as a server process knows them from one moment to the next."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import msgspec

from app.database import Pool
from app.errors import UnauthenticatedError
from app.venues import scanner_store
from app.venues.model import Scanner
from app.venues.scanners import hash_credential, read_scanner_id

_REMEMBER_SECONDS = 2.0
"""A revoked scanner is refused everywhere within this time."""
_REMEMBERED = 10_000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class KnownScanners:
    """Remembered for a moment, so that a busy gate does not ask at each scan."""

    def __init__(self, pool: Pool, timer: Callable[[], float] = monotonic) -> None:
        self._pool = pool
        self._timer = timer
        self._known: dict[str, tuple[float, Scanner]] = {}

    async def require(
        self, credential: str, now: datetime, *, fresh: bool = False, takes_ended: bool = False
    ) -> Scanner:
        """Raises UnauthenticatedError for an unknown, revoked or ended credential; `fresh` asks anew.

        `takes_ended` lets through one that was good once, where there is a key to be proven besides.
        """
        try:
            return await self._require(credential, now, fresh=fresh)
        except UnauthenticatedError:
            if not takes_ended:
                raise
            return await self._require_known(credential)

    async def _require_known(self, credential: str) -> Scanner:
        """A scanner whose credential this is or was, be it revoked since."""
        scanner = await scanner_store.get_scanner(self._pool, read_scanner_id(credential))
        shown = hash_credential(credential)
        if scanner is None or scanner.key is None:
            raise UnauthenticatedError
        known = [one for one in (scanner.credential_hash, scanner.previous_hash) if one is not None]
        if not any(hmac.compare_digest(one, shown) for one in known):
            raise UnauthenticatedError("The scanner's credential was renewed: use the new one.")
        return scanner

    async def _require(self, credential: str, now: datetime, *, fresh: bool) -> Scanner:
        moment = self._timer()
        held = self._known.get(credential)
        if held is None or held[0] <= moment or fresh:
            scanner = await self._look_up(credential, now)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[credential] = (moment + _REMEMBER_SECONDS, scanner)
        else:
            scanner = held[1]
        if scanner.expires_at <= now:
            raise UnauthenticatedError("The scanner's credential has ended: enrol it again.")
        return scanner

    async def _look_up(self, credential: str, now: datetime) -> Scanner:
        scanner = await scanner_store.get_scanner(self._pool, read_scanner_id(credential))
        shown = hash_credential(credential)
        if scanner is None:
            raise UnauthenticatedError("This is not a scanner's credential.")
        if not hmac.compare_digest(scanner.credential_hash, shown):
            scanner = _as_before_renewal(scanner, shown, now)
        if scanner.revoked:
            raise UnauthenticatedError("The scanner was revoked: enrol it again.")
        return scanner


def _as_before_renewal(scanner: Scanner, shown: bytes, now: datetime) -> Scanner:
    """The scanner under its credential of before, for as long as that is good. It binds no key: a credential is renewed
    where somebody else may have it, too.
    """
    if scanner.previous_hash is None or not hmac.compare_digest(scanner.previous_hash, shown):
        raise UnauthenticatedError("This is not a scanner's credential.")
    if scanner.previous_until is None or scanner.previous_until <= now:
        raise UnauthenticatedError("The scanner's credential was renewed: use the new one.")
    return msgspec.structs.replace(scanner, expires_at=scanner.previous_until, enrolled_at=_LONG_AGO)
