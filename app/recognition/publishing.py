"""Publishing the trust list: signed anew at half its life and whenever a key changes, and never going backwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from app.database import FAULTS, Connection, Pool, Record, open_pool, transaction
from app.recognition import store
from app.settings import Settings
from codes import (
    KeyRing,
    KeyUse,
    TrustList,
    TrustListError,
    carry_over,
    next_sequence,
    read_trust_list,
    sign_trust_list,
)
from codes.keyring import ROTATION_LEAD
from codes.trust import TrustedKey

log = structlog.get_logger()

_HELD_SECONDS = 5.0
_KEPT = timedelta(days=365)


async def publish_trust_list(pool: Pool, ring: KeyRing, *, lifetime: timedelta, now: datetime) -> bool:
    """Signs and stores the next list where one is due; answers whether it was."""
    async with transaction(pool) as db:
        await store.lock_publishing(db)
        latest = await store.get_latest(db)
        ring.refuse(await store.list_withdrawn(db))
        if latest is not None and not _is_due(ring, latest, lifetime, now):
            return False
        sequence = await _publish(db, ring, latest, above=None, lifetime=lifetime, now=now)
    log.info("trust-list.published", sequence=sequence)
    return True


async def publish_next_trust_list(
    db: Connection, ring: KeyRing, *, lifetime: timedelta, now: datetime, above: int | None
) -> int:
    """Publishes a list that is due whatever there is: for a key that is withdrawn, or, after a restore, above any that
    the database has forgotten. Refuses the withdrawn ones first.
    """
    await store.lock_publishing(db)
    ring.refuse(await store.list_withdrawn(db))
    return await _publish(db, ring, await store.get_latest(db), above=above, lifetime=lifetime, now=now)


async def _publish(
    db: Connection, ring: KeyRing, latest: Record | None, *, above: int | None, lifetime: timedelta, now: datetime
) -> int:
    held = read_published(ring, latest) if latest else None
    last = max(latest["sequence"] if latest else 0, above or 0)
    sequence = next_sequence(last, now)
    carried = carry_over(held, ring, now) if held else []
    jws = sign_trust_list(ring, sequence=sequence, now=now, lifetime=lifetime, carried=carried)
    await store.insert(db, sequence, jws, now=now, expires_at=now + lifetime)
    return sequence


def read_published(ring: KeyRing, latest: Record) -> TrustList | None:
    """A list that this province published, be it past its end; None where it is not one of this root's."""
    try:
        return read_trust_list(latest["jws"], root_fingerprint=ring.root_fingerprint, now=latest["created_at"])
    except TrustListError:
        return None


def _is_due(ring: KeyRing, latest: Record, lifetime: timedelta, now: datetime) -> bool:
    """At half its life, and when it names other keys than it should."""
    held = read_published(ring, latest)
    if held is None or latest["expires_at"] - now < lifetime / 2:
        return True
    carried = {key.kid for key in carry_over(held, ring, now)}
    return bool(held.kids != ring.published_kids(now) | carried)


class KeysHeld(msgspec.Struct, frozen=True):
    """Whether a server's folder has what the trust list names."""

    all: bool
    signing: bool
    """Whether it has the keys that codes are signed with by now; those of a rotation have days to come."""


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

    def missing_kids(self, now: datetime) -> frozenset[bytes]:
        """The keys of this province that the list names and this server's folder lacks: it cannot open their codes."""
        return frozenset(key.kid for key in self._missing(now))

    def are_keys_held(self, now: datetime) -> KeysHeld:
        """What a balancer asks: a server that cannot sign codes, or not open those that others sign, is passed over."""
        missing = self._missing(now)
        ages = [now.timestamp() - key.not_before for key in missing if key.use is KeyUse.CODE]
        is_replaced = bool(ages) and self._ring.is_signer_withdrawn(KeyUse.CODE, now)
        is_late = is_replaced or max(ages, default=0.0) >= ROTATION_LEAD.total_seconds()
        return KeysHeld(all=not missing, signing=not is_late and self._ring.signs(KeyUse.CODE, now))

    def _missing(self, now: datetime) -> list[TrustedKey]:
        return carry_over(self.current, self._ring, now)

    async def catch_up(self) -> None:
        """Takes the latest list, unless it is older than the one held, and refuses the keys that were withdrawn."""
        self._ring.refuse(await store.list_withdrawn(self._pool))
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
