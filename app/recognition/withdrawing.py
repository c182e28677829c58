"""Withdrawing a key that somebody else may hold: it signs nothing more, and no list names it, at once and for good."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import msgspec
import structlog

from app.database import Connection, Executor
from app.errors import NotFoundError
from app.recognition import store
from app.recognition.publishing import publish_next_trust_list, read_published
from codes import KeyRing, KeyUse

log = structlog.get_logger()


class Withdrawal(msgspec.Struct, frozen=True):
    """What came of it."""

    use: KeyUse
    kid: bytes
    sequence: int
    """Of the trust list that names it no more."""


async def withdraw_key(db: Connection, ring: KeyRing, kid: bytes, *, lifetime: timedelta, now: datetime) -> Withdrawal:
    """Sets the key aside, has another sign, and publishes the list without it. Done again, it publishes again.

    Raises NotFoundError for a key that neither this folder nor the list has.
    """
    await store.lock_publishing(db)
    use = await _find_use(db, ring, kid)
    if kid in ring.kids:
        await asyncio.to_thread(ring.withdraw, kid, now)
        await asyncio.to_thread(ring.catch_up)
    await store.insert_withdrawn(db, kid, use, now)
    sequence = await publish_next_trust_list(db, ring, lifetime=lifetime, now=now, above=None)
    log.warning("keys.withdrawn", use=use.value, kid=kid.hex(), sequence=sequence)
    return Withdrawal(use, kid, sequence)


async def _find_use(db: Connection, ring: KeyRing, kid: bytes) -> KeyUse:
    """By this folder, or by the list, where another server's folder has the key."""
    found = [epoch.use for epoch in ring.epochs if epoch.kid == kid]
    latest = await store.get_latest(db)
    held = read_published(ring, latest) if latest else None
    found += [use for use in KeyUse if held and held.find(use, kid)]
    if not found:
        raise NotFoundError
    return found[0]


class WithdrawnKey(msgspec.Struct, frozen=True):
    """A key of which something that it signed may live still."""

    kid: bytes
    use: KeyUse
    withdrawn_at: datetime


async def list_unsettled_keys(db: Executor) -> list[WithdrawnKey]:
    """For whoever ends what such a key signed."""
    rows = await store.list_unsettled(db)
    return [WithdrawnKey(row["kid"], KeyUse(row["use"]), row["withdrawn_at"]) for row in rows]


async def settle_key(db: Executor, key: WithdrawnKey, now: datetime) -> None:
    """Notes that nothing of it is left."""
    await store.settle_withdrawn(db, key.kid, key.use, now)
