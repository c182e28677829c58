"""Notices that stand on a channel that no worker serves any more, since an operator took it out of the settings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from push import store
from push.addresses import CHANNELS, PushChannel
from push.notices import Notice
from push.rules import Pace, Ruling, expire, has_expired, rule
from push.store import Pool
from push.walking import Walk, hand_on

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

PATIENCE = timedelta(minutes=10)
"""Settings reach workers one after another: so long it may be that another one serves the channel already, or still."""
_CHUNK = 500


async def hand_on_stranded(db: Pool, *, served: Collection[str], now: datetime, chunk: int = _CHUNK) -> int:
    """Lets what nobody has claimed for ten minutes walk on from the channels that are not among `served`, or ends it
    where there is nowhere to go; how many those were.
    """
    handed_on = 0
    for channel in CHANNELS:
        if channel not in served and (found := await _empty(db, channel, served, now, chunk)):
            _log.warning("push.handed-on", channel=channel, notices=found)
            handed_on += found
    return handed_on


async def _empty(db: Pool, channel: PushChannel, served: Collection[str], now: datetime, chunk: int) -> int:
    found = 0
    while True:
        # In one transaction: who dies in between must not leave them as if somebody had tried to send them.
        async with db.acquire() as connection, connection.transaction():
            claimed = await store.lease_notices(connection, channel, limit=chunk, now=now - PATIENCE, leased_until=now)
            await store.record_rulings(connection, [_judge(notice, channel, served, now) for notice in claimed], now)
        found += len(claimed)
        if len(claimed) < chunk:
            return found


def _judge(notice: Notice, channel: PushChannel, served: Collection[str], now: datetime) -> Ruling:
    if has_expired(notice, now):
        return expire(notice, now)
    return rule(notice, hand_on(Walk(notice=notice, own=channel, ways={}), served), now, Pace(), 0.0)
