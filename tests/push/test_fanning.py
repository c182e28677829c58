"""From the inbox to the lanes that reach phones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.database import Pool
from push import reach_store
from push.addresses import CHANNELS
from push.fanning import FanOut
from push.inbox import InboxChannel
from push.notices import Notice, Urgency
from tests.harness.clock import Clock
from tests.push.harness import make_notice
from tests.push.stage import TOPICS, Stage


@pytest.fixture
def stage(pool: Pool, clock: Clock) -> Stage:
    return Stage(pool, clock)


async def deliver(stage: Stage, *messages: Notice, served: Collection[str] = CHANNELS) -> None:
    fan_out = FanOut(stage.pool, TOPICS, [channel for channel in CHANNELS if channel in served])
    await InboxChannel(stage.pool, now=stage.clock, fan_out=fan_out).deliver_many(messages)


async def list_pushes(stage: Stage, recipient: UUID) -> list[tuple[str, str, str]]:
    rows = await stage.pool.fetch(
        "SELECT channel, topic, dedupe_key FROM outbox WHERE recipient = $1 AND channel <> 'inbox'", recipient
    )
    return [(row["channel"], row["topic"], row["dedupe_key"]) for row in rows]


def make_message(stage: Stage, recipient: UUID, topic: str = "code.scanned", **given: object) -> Notice:
    return make_notice("inbox", stage.clock.now, recipient=recipient, topic=topic, **given)


async def test_a_message_is_told_on_the_first_channel_once(stage: Stage) -> None:
    recipient = uuid7()
    for channel in ("alipay", "fcm", "wechat", "fcm"):
        await stage.give_address(recipient, channel, uuid7().hex)
    message = make_message(stage, recipient)
    for _ in range(2):  # as a worker whose answer was lost delivers it again
        await deliver(stage, message)
    assert await list_pushes(stage, recipient) == [("fcm", "code.scanned", f"push:{message.notice_id}")]


async def test_it_carries_what_its_cause_said_and_when(stage: Stage) -> None:
    recipient = uuid7()
    await stage.give_address(recipient, "apns", uuid7().hex)
    message = make_message(stage, recipient, "roaming.arrived", data={"province": "33"})
    stage.clock.turn(60)
    await deliver(stage, message)
    row = await stage.pool.fetchrow(
        "SELECT routing_key, notice_id, data, created_at, due_at, expires_at FROM outbox WHERE recipient = $1",
        recipient,
    )
    assert row is not None
    assert (row["routing_key"], row["data"], row["created_at"]) == (
        message.routing_key,
        {"province": "33"},
        message.created_at,
    )
    assert row["notice_id"] != message.notice_id
    assert (row["due_at"], row["expires_at"]) == (stage.clock.now, message.created_at + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("topic", "late", "life", "served"),
    [
        ("no-such-topic", 0, 3600, CHANNELS),  # what is not pushed
        ("no-such-topic", -2, 3600, CHANNELS),  # caused by a clock that is ahead
        ("roaming.arrived", 600, 3600, CHANNELS),  # too late to be of use
        ("code.scanned", 60, 60, CHANNELS),  # as its own end says
        ("code.scanned", 0, 3600, ["fcm"]),  # where nobody serves the only channel
        ("code.scanned", 0, 3600, []),
    ],
)
async def test_what_is_not_worth_it_stays_in_the_inbox(
    stage: Stage, topic: str, late: int, life: int, served: Collection[str]
) -> None:
    recipient = uuid7()
    await stage.give_address(recipient, "apns", uuid7().hex)
    message = make_message(stage, recipient, topic, expires_at=stage.clock.now + timedelta(seconds=life))
    stage.clock.turn(late)
    await deliver(stage, message, served=served)
    assert await list_pushes(stage, recipient) == []
    assert await stage.pool.fetchval("SELECT count(*) FROM messages WHERE recipient = $1", recipient) == 1


async def test_who_is_reached_nowhere_costs_one_query_a_batch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ask = reach_store.list_channels

    async def count(db: Pool, recipients: list[UUID]) -> object:
        asked.append(len(recipients))
        return await ask(db, recipients)

    monkeypatch.setattr(reach_store, "list_channels", count)
    reached = uuid7()
    await stage.give_address(reached, "apns", uuid7().hex)
    messages = [make_message(stage, uuid7()) for _ in range(99)]
    await deliver(stage, *messages, make_message(stage, reached), make_message(stage, reached))
    assert asked == [100]
    assert len(await list_pushes(stage, reached)) == 2


@pytest.mark.parametrize(
    ("topic", "urgency", "expected"),
    [
        ("account.locked", Urgency.OWN, Urgency.URGENT),  # what is critical may show at night, and waits for nobody
        ("code.scanned", Urgency.OWN, Urgency.OWN),
        ("campaign", Urgency.CROWD, Urgency.CROWD),
    ],
)
async def test_it_is_as_urgent_as_its_topic_and_its_cause(
    stage: Stage, topic: str, urgency: Urgency, expected: Urgency
) -> None:
    recipient = uuid7()
    await stage.give_address(recipient, "wechat", uuid7().hex)
    await deliver(stage, make_message(stage, recipient, topic, urgency=urgency))
    found = await stage.pool.fetchval("SELECT urgency FROM outbox WHERE recipient = $1", recipient)
    assert Urgency(found) == expected


async def test_the_lanes_are_told_which_of_them_have_something(stage: Stage) -> None:
    told: list[Collection[str]] = []
    fan_out = FanOut(stage.pool, TOPICS, CHANNELS)
    fan_out.on_enqueued = told.append
    recipients = [uuid7() for _ in range(3)]
    await stage.give_address(recipients[0], "apns", uuid7().hex)
    await stage.give_address(recipients[1], "wechat", uuid7().hex)
    await fan_out([make_message(stage, recipient) for recipient in recipients], stage.clock.now)
    await fan_out([make_message(stage, recipients[2])], stage.clock.now)
    assert told == [{"apns", "wechat"}]
