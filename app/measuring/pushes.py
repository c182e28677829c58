"""What becomes of pushes, for whoever sends of a topic: by day, channel and end; and how many messages were opened.

Counted out of the outbox as each minute is over, and put down as a measurement: nothing here is about anybody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import msgspec

from app.database import Pool
from app.measuring import store
from app.measuring.counting import minute_of
from push.following import count_pushes

_PUSHED = "pushed."
_OPENED = "opened."
_INBOX = "inbox"
_AGAIN = 3
"""Minutes that are counted anew: what was settled late is among them. While no worker is there, nothing is settled."""
MOST_DAYS = 7


class DayCount(msgspec.Struct, frozen=True):
    """How many messages of a topic came to one end on a day, Beijing's: on a channel, or opened in the inbox."""

    day: date
    topic: str
    channel: str
    state: str
    total: int


def name_opened(topic: str) -> str:
    """The measurement of messages that were opened."""
    return f"{_OPENED}{topic}"


async def note_pushes(pool: Pool, now: datetime) -> None:
    """Puts down the last minutes; any number of workers may, and twice is as good as once."""
    until = minute_of(now)
    since = until - _AGAIN * timedelta(minutes=1)
    counted: defaultdict[datetime, Counter[str]] = defaultdict(Counter)
    for one in await count_pushes(pool, since=since, until=until):
        # Several outcomes of the engine's are one end to a sender.
        counted[one.minute][f"{_PUSHED}{one.channel}.{one.state}.{one.topic}"] += one.total
    for minute, counts in sorted(counted.items()):
        await store.set_measurements(pool, minute, counts)


async def list_day_counts(pool: Pool, days: int, now: datetime) -> list[DayCount]:
    """Of so many days up to now, the latest first."""
    since = now - timedelta(days=days)
    found = await store.sum_days(pool, [f"{_PUSHED}%", f"{_OPENED}%"], since)
    return sorted(
        (_read(day, name, total) for (day, name), total in found.items()),
        key=lambda one: (-one.day.toordinal(), one.topic, one.channel, one.state),
    )


def _read(day: date, name: str, total: float) -> DayCount:
    if name.startswith(_OPENED):
        return DayCount(day, name.removeprefix(_OPENED), _INBOX, "opened", int(total))
    channel, state, topic = name.removeprefix(_PUSHED).split(".", 2)
    return DayCount(day, topic, channel, state, int(total))
