"""The lanes that reach phones, over a real outbox: two workers at once, moving from lane to lane, and being stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.database import Pool
from push import lane
from push.addresses import CHANNELS
from push.dispatching import Dispatcher
from push.fanning import FanOut
from push.inbox import InboxChannel
from push.notices import Unavailable
from push.outbox import expire_notices
from push.sending import Accepted, SendOutcome
from push.sending import Unanswered as Unheard
from tests.harness.clock import Clock
from tests.push.harness import make_notice, put, put_many, read_row, running, wait_settled, wait_until
from tests.push.stage import TOPICS, Stage


@pytest.fixture
def stage(fresh_pool: Pool, clock: Clock) -> Stage:
    return Stage(fresh_pool, clock)


def open_worker(stage: Stage) -> Dispatcher:
    """As app/worker.py has it: the inbox, and a lane for each channel."""
    fan_out = FanOut(stage.pool, TOPICS, CHANNELS)
    inbox = InboxChannel(stage.pool, now=stage.clock, fan_out=fan_out)
    channels = [stage.open_channel(channel) for channel in CHANNELS]
    dispatcher = Dispatcher(stage.pool, [inbox, *channels], now=stage.clock)
    fan_out.on_enqueued = dispatcher.wake
    return dispatcher


async def count_pushes(pool: Pool) -> Counter[str | None]:
    rows = await pool.fetch("SELECT outcome, count(*) AS n FROM outbox WHERE channel <> 'inbox' GROUP BY outcome")
    return Counter({row["outcome"]: row["n"] for row in rows})


async def test_two_workers_show_each_person_each_message_once(stage: Stage) -> None:
    """Apple is down for some, and Firebase refuses some: what shows in the end, shows once."""
    people: list[UUID] = [uuid7() for _ in range(60)]
    for number, person in enumerate(people):
        for channel in CHANNELS[: 1 + number % 3]:
            name = f"{person.hex} {channel}"
            await stage.give_address(person, channel, name)
            if channel == "apns" and number % 4 == 1:
                stage.couriers[channel].answers[name] = [Unavailable("busy")]
            if channel == "apns" and number % 4 == 2:
                stage.couriers[channel].answers[name] = [Unheard("timeout")]
        await stage.give_consent(person)
    messages = [make_notice("inbox", stage.clock.now, recipient=person) for person in people for _ in range(3)]
    for message in messages:
        await put(stage.pool, message)

    async def is_all_told() -> bool:
        stage.clock.turn(1)
        return (await count_pushes(stage.pool))["delivered"] == len(messages)

    async with running(open_worker(stage)) as one, running(open_worker(stage)) as other:
        await wait_until(is_all_told, seconds=60)
    tally: Counter[tuple[str, str]] = one.tally + other.tally
    accepted = Counter(notice_id for courier in stage.couriers.values() for notice_id in courier.accepted)
    assert len(accepted) == len(messages)
    assert set(accepted.values()) == {1}
    assert tally["apns", "repeated"] == tally["apns", "unanswered"] == sum(n % 4 == 2 for n in range(60))
    assert tally["apns", "moved"] == sum(n % 4 == 1 and n % 3 > 0 for n in range(60))


async def test_a_message_is_on_its_way_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the inbox and over three lanes: a hint each, and no wait for a poll."""
    monkeypatch.setattr(lane, "IDLE_SECONDS", 3600.0)
    person = uuid7()
    for channel in CHANNELS[:3]:
        await stage.give_address(person, channel, channel)
        stage.couriers[channel].always = Unavailable("down")
    await stage.give_consent(person)
    stage.couriers["wechat"].always = Accepted()
    async with running(open_worker(stage)) as worker:
        await asyncio.sleep(0.3)  # until the lanes have looked for the first time, and rest
        await put(stage.pool, make_notice("inbox", stage.clock.now, recipient=person))
        worker.wake(["inbox"])
        await wait_until(lambda: has_told(stage, "wechat", 1), seconds=60)


async def has_told(stage: Stage, name: str, times: int) -> bool:
    return stage.names.count(name) >= times


@pytest.mark.parametrize(
    ("answer", "reason", "pins"),
    [(Unheard("timeout", 30.0), "timeout", 1), (Unavailable("down", 30.0), "down", 0)],
)
async def test_what_is_to_be_told_again_is_written_down(
    stage: Stage, answer: SendOutcome, reason: str, pins: int
) -> None:
    person = uuid7()
    address = await stage.give_address(person, "fcm", "phone")
    stage.couriers["fcm"].answers["phone"] = [answer]
    notice = await put(stage.pool, stage.make(person, "fcm", attempts=0))

    async def is_recorded() -> bool:
        return bool((await read_row(stage.pool, notice))["reason"] == reason)

    async with running(open_worker(stage)):
        await wait_until(is_recorded)
        row = await stage.pool.fetchrow(
            "SELECT pinned, due_at, tried FROM outbox WHERE notice_id = $1", notice.notice_id
        )
        assert row is not None
        assert (row["pinned"], row["tried"]) == (address.address_id if pins else None, [])
        assert row["due_at"] >= stage.clock.now + timedelta(seconds=30)
        stage.clock.turn(60)
        assert (await wait_settled(stage.pool, notice))["outcome"] == "delivered"
    assert stage.names == ["phone", "phone"]


async def test_what_a_worker_left_behind_is_known_for_it(stage: Stage) -> None:
    """A lease that ended says that it may have arrived: on its channel it is told again, or it ends unknown."""
    person = uuid7()
    for channel in ("apns", "fcm"):
        await stage.give_address(person, channel, channel)
    stage.couriers["apns"].answers["apns"] = [Unavailable("down", 5.0)]
    left = await put(stage.pool, stage.make(person, attempts=0))
    late = await put(stage.pool, stage.make(person, attempts=0, expires_at=stage.clock.now + timedelta(seconds=60)))
    await stage.pool.execute(
        "UPDATE outbox SET leased_until = $1, attempts = 1", stage.clock.now + timedelta(seconds=90)
    )
    stage.clock.turn(90)
    assert await expire_notices(stage.pool, now=stage.clock.now) == 1
    assert (await read_row(stage.pool, late))["outcome"] == "unknown"

    async def is_settled() -> bool:
        stage.clock.turn(1)
        return (await read_row(stage.pool, left))["outcome"] is not None

    async with running(open_worker(stage)) as worker:
        await wait_until(is_settled)
    assert ((await read_row(stage.pool, left))["outcome"], stage.names) == ("delivered", ["apns", "apns"])
    assert worker.tally["apns", "repeated"] == 1


async def test_what_is_released_before_it_was_sent_goes_anywhere(stage: Stage) -> None:
    """A stop lets go of what waits for a place; that surely was not sent."""
    person = uuid7()
    await stage.give_address(person, "apns", "phone")
    gate = asyncio.Event()

    finished: list[str] = []

    class Slow:
        """Holds all places, and has something to finish when they are free."""

        name, concurrency, deadline = "apns", 1, 5.0

        async def prepare(self, notices: Any) -> Any:
            return [self] * len(notices)

        async def finish(self) -> None:
            await asyncio.sleep(0)
            finished.append("beside")

        async def send(self) -> Any:
            gate.set()
            await asyncio.Event().wait()

        def cut(self, reason: str) -> Any:
            finished.append(reason)
            from push.notices import Unanswered  # noqa: PLC0415  of this test alone

            return Unanswered(reason, None, person)

    notices = await put_many(stage.pool, "apns", 2, datetime.now(UTC) - timedelta(seconds=5))
    async with running(Dispatcher(stage.pool, [Slow()], now=lambda: datetime.now(UTC), grace=0.1)):
        await gate.wait()
    assert finished == ["interrupted", "beside"]
    rows = [await read_row(stage.pool, notice) for notice in notices]
    assert sorted(row["reason"] for row in rows) == ["interrupted", "released"]
    pins = await stage.pool.fetch("SELECT reason, pinned FROM outbox")
    assert {row["reason"]: row["pinned"] for row in pins} == {"interrupted": person, "released": None}
