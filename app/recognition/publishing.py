"""Publishing the trust list: signed anew at half its life and whenever a key changes, and never going backwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from app.database import FAULTS, Connection, Pool, Record, open_pool, transaction
from app.recognition import store
from app.settings import Settings
from codes import KeyRing, TrustList, TrustListError, next_sequence, read_trust_list, sign_trust_list

log = structlog.get_logger()

_HELD_SECONDS = 5.0
_KEPT = timedelta(days=365)


async def publish_trust_list(pool: Pool, ring: KeyRing, *, lifetime: timedelta, now: datetime) -> bool:
    """Signs and stores the next list where one is due; answers whether it was."""
    async with transaction(pool) as db:
        await store.lock_publishing(db)
        latest = await store.get_latest(db)
        if latest is not None and not _is_due(ring, latest, lifetime, now):
            return False
        sequence = await _publish(db, ring, latest["sequence"] if latest else None, lifetime=lifetime, now=now)
    log.info("trust-list.published", sequence=sequence)
    return True


async def publish_next_trust_list(
    db: Connection, ring: KeyRing, *, lifetime: timedelta, now: datetime, above: int | None
) -> int:
    """Publishes a list that is due whatever there is: after a restore, above any that the database has forgotten."""
    await store.lock_publishing(db)
    latest = await store.get_latest(db)
    last = max(latest["sequence"] if latest else 0, above or 0)
    return await _publish(db, ring, last, lifetime=lifetime, now=now)


async def _publish(db: Connection, ring: KeyRing, last: int | None, *, lifetime: timedelta, now: datetime) -> int:
    sequence = next_sequence(last, now)
    jws = sign_trust_list(ring, sequence=sequence, now=now, lifetime=lifetime)
    await store.insert(db, sequence, jws, now=now, expires_at=now + lifetime)
    return sequence


def _is_due(ring: KeyRing, latest: Record, lifetime: timedelta, now: datetime) -> bool:
    if latest["expires_at"] - now < lifetime / 2:
        return True
    try:
        held = read_trust_list(latest["jws"], root_fingerprint=ring.root_fingerprint, now=now)
    except TrustListError:
        return True
    return bool(held.kids != ring.published_kids(now))


class HeldTrustList:
    """The list by which this process verifies, and its text for those who ask."""

    def __init__(self, pool: Pool, ring: KeyRing, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._ring = ring
        self._clock = clock
        self._current: tuple[TrustList, str] | None = None

    @property
    def current(self) -> TrustList:
        return self._require()[0]

    @property
    def jws(self) -> str:
        return self._require()[1]

    def _require(self) -> tuple[TrustList, str]:
        if self._current is None:
            raise RuntimeError("the trust list is read before the server is")
        return self._current

    async def catch_up(self) -> None:
        """Takes the latest list, unless it is older than the one held."""
        latest = await store.get_latest(self._pool)
        if latest is None or (self._current is not None and latest["sequence"] <= self._current[0].sequence):
            return
        trust = read_trust_list(latest["jws"], root_fingerprint=self._ring.root_fingerprint, now=self._clock())
        self._current = (trust, latest["jws"])

    async def follow(self) -> None:
        """Runs until cancelled; keeps the list it has while there is no better one."""
        while True:
            await asyncio.sleep(_HELD_SECONDS)
            try:
                await self.catch_up()
            except FAULTS:
                log.warning("trust-list.not-read")
            except TrustListError as error:
                log.warning("trust-list.not-good", slug=error.slug)


async def forget_trust_lists(pool: Pool, now: datetime) -> None:
    """Deletes lists that ended long ago; the latest stays, whatever its age, since the next sequence follows it."""
    await store.purge(pool, now - _KEPT)


async def read_newest(settings: Settings, url: str) -> str | None:
    """The newest list that was published, for a command; None where none is."""
    pool = await open_pool(settings, url, size=1)
    try:
        latest = await store.get_latest(pool)
    finally:
        await pool.close()
    return None if latest is None else str(latest["jws"])
