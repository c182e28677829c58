"""What becomes of pushes is counted by day, once, however many workers count it; and nobody is in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from app.database import Pool
from app.measuring.counting import Counts
from app.measuring.pushes import DayCount, list_day_counts, name_opened, note_pushes
from tests.harness.clock import Clock

INSERT = """
INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at,
                    settled_at, outcome)
VALUES (1, $1, $1, $2, $3, $1::uuid::text, '{}', $4, $4, $4, $4, $5)
"""


async def settle(pool: Pool, topic: str, channel: str, outcome: str, at: datetime) -> UUID:
    notice_id = uuid4()
    await pool.execute(INSERT, notice_id, channel, topic, at, outcome)
    return notice_id


def of_topic(counts: list[DayCount], topic: str) -> list[Any]:
    return [(one.day, one.channel, one.state, one.total) for one in counts if one.topic == topic]


async def test_pushes_are_counted_once_as_their_minute_is_over(pool: Pool, clock: Clock) -> None:
    topic, minute = f"test.{uuid4()}", clock.now.replace(second=0, microsecond=0)
    for outcome in ("delivered", "delivered", "refused", "given-up", "unknown", "withheld"):
        await settle(pool, topic, "apns", outcome, minute + timedelta(seconds=10))
    await settle(pool, topic, "wechat", "expired", minute + timedelta(seconds=59))
    await settle(pool, topic, "inbox", "delivered", minute)
    await note_pushes(pool, minute + timedelta(seconds=59))
    assert of_topic(await list_day_counts(pool, 1, clock.now), topic) == [], "the minute is not over"
    for seconds in (60, 61, 130):
        await note_pushes(pool, minute + timedelta(seconds=seconds))
    counts = Counts()
    counts.counts[name_opened(topic)] += 3
    await counts.put_down(pool, minute)
    found = of_topic(await list_day_counts(pool, 1, minute + timedelta(minutes=5)), topic)
    day = (minute + timedelta(hours=8)).date()
    assert found == [
        (day, "apns", "accepted", 2),
        (day, "apns", "refused", 2),
        (day, "apns", "sent", 1),
        (day, "apns", "withheld", 1),
        (day, "inbox", "opened", 3),
        (day, "wechat", "expired", 1),
    ]


async def test_days_are_beijings_and_end(pool: Pool) -> None:
    topic, midnight = f"test.{uuid4()}", datetime(2031, 5, 5, 16, 0, tzinfo=UTC)
    for at in (midnight - timedelta(minutes=1), midnight):
        await settle(pool, topic, "fcm", "delivered", at)
    await note_pushes(pool, midnight + timedelta(minutes=1))
    counts = await list_day_counts(pool, 7, midnight + timedelta(hours=1))
    expected = [(date(2031, 5, 6), "fcm", "accepted", 1), (date(2031, 5, 5), "fcm", "accepted", 1)]
    assert of_topic(counts, topic) == expected
    assert of_topic(await list_day_counts(pool, 7, midnight + timedelta(days=8)), topic) == []
