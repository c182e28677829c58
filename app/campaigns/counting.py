"""What became of campaigns, in numbers: a worker follows what is settled and opened, and keeps sums alone.

It stays behind by more than a ruling takes to be written down, so that what is dated before a time is there when that
time is counted; each row is counted once, as it passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import msgspec

from app.campaigns import tally_store as store
from app.campaigns.reading import TOPIC
from app.campaigns.tally_store import Tally
from app.database import Executor, Pool, transaction
from app.projecting.store import get_projection, move_projection, take_projection

LAG = timedelta(seconds=15)
STEP = timedelta(minutes=5)
"""What is counted by one statement, where no worker ran for a while."""
_PROJECTION = "campaigns"
_OPENED = "opened"
_INBOX = "inbox"
_REACHED_PROVIDER = ("delivered", "refused", "unknown")


class ChannelFigures(msgspec.Struct, frozen=True):
    """What became of a campaign's messages on one channel."""

    channel: str
    sent: int
    """Handed over, whatever was answered."""
    accepted: int
    refused: int
    expired: int
    """Too late to be worth showing, or never to be had."""
    withheld: int
    """Its recipient does not want them there."""
    unknown: int
    """Perhaps it arrived."""


class Figures(msgspec.Struct, frozen=True):
    """A campaign in numbers, as they stood at `at`."""

    opened: int
    channels: Sequence[ChannelFigures]
    at: datetime | None


async def count_campaigns(pool: Pool, now: datetime) -> int:
    """Counts what was settled and opened since the last turn; answers with how many messages those were."""
    counted = 0
    while True:
        found = await _count_step(pool, now - LAG)
        if found is None:
            return counted
        counted += found


async def _count_step(pool: Pool, until: datetime) -> int | None:
    async with transaction(pool) as db:
        held = await take_projection(db, _PROJECTION, until)
        if held is None or held.until_at >= until:
            return None
        since = held.until_at
        step = min(until, since + STEP)
        settled = await store.count_settled(db, TOPIC, since, step)
        opened = [
            Tally(campaign_id, _INBOX, _OPENED, total)
            for campaign_id, total in await store.count_opened(db, since, step)
        ]
        if tallies := [*settled, *opened]:
            await store.add_tallies(db, tallies)
        await move_projection(db, _PROJECTION, step)
        return sum(one.total for one in tallies)


async def read_figures(db: Executor, campaign_ids: Sequence[UUID]) -> Mapping[UUID, Figures]:
    """The numbers of each; whoever shows them says them in round ones."""
    tallies = sorted(await store.list_tallies(db, campaign_ids), key=attrgetter("campaign_id", "channel"))
    counted = await get_projection(db, _PROJECTION)
    at = counted and counted.until_at
    empty = {campaign_id: Figures(0, (), at) for campaign_id in campaign_ids}
    return empty | {
        campaign_id: _sum_up(list(found), at) for campaign_id, found in groupby(tallies, attrgetter("campaign_id"))
    }


def _sum_up(tallies: Sequence[Tally], at: datetime | None) -> Figures:
    opened = sum(one.total for one in tallies if one.outcome == _OPENED)
    channels = groupby((one for one in tallies if one.outcome != _OPENED), attrgetter("channel"))
    return Figures(opened, [_of_channel(channel, list(found)) for channel, found in channels], at)


def _of_channel(channel: str, tallies: Sequence[Tally]) -> ChannelFigures:
    totals = {one.outcome: one.total for one in tallies}
    return ChannelFigures(
        channel=channel,
        sent=sum(totals.get(outcome, 0) for outcome in _REACHED_PROVIDER),
        accepted=totals.get("delivered", 0),
        refused=totals.get("refused", 0),
        expired=totals.get("expired", 0) + totals.get("given-up", 0),
        withheld=totals.get("withheld", 0),
        unknown=totals.get("unknown", 0),
    )
