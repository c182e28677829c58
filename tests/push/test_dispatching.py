from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from app.database import Pool
from push.dispatching import Dispatcher
from push.notices import Delivered, Fault, Notice, Outcome, Refused, Retry, Unavailable
from push.rules import Pace
from tests.harness.clock import Clock
from tests.push.harness import (
    Obedient,
    count_outcomes,
    make_notice,
    put,
    put_many,
    read_row,
    running,
    wait_attempted,
    wait_settled,
    wait_until,
)


def wall_clock() -> datetime:
    return datetime.now(UTC)


async def forever(_notice: Notice) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_notice_is_delivered_once_and_its_payload_destroyed(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now, sealed=b"secret"))
    taker = Obedient(channel)
    async with running(Dispatcher(pool, [taker], now=clock)) as dispatcher:
        row = await wait_settled(pool, notice)
    assert (row["outcome"], row["attempts"], row["sealed"], row["leased_until"]) == ("delivered", 1, None, None)
    assert row["settled_at"] == clock.now
    assert taker.given == [notice.notice_id]
    assert dispatcher.tally == {(channel, "delivered"): 1}


async def test_a_channel_sees_the_notice_as_it_was_enqueued(pool: Pool, channel: str, clock: Clock) -> None:
    seen: list[Notice] = []

    async def look(notice: Notice) -> Outcome:
        seen.append(notice)
        return Delivered()

    notice = await put(pool, make_notice(channel, clock.now, sealed=b"\0\xff", data={"a": [1, {"b": None}]}))
    async with running(Dispatcher(pool, [Obedient(channel, look)], now=clock)):
        await wait_settled(pool, notice)
    assert [(n.data, n.sealed, n.recipient, n.due_at, n.expires_at) for n in seen] == [
        (notice.data, notice.sealed, notice.recipient, notice.due_at, notice.expires_at)
    ]


async def test_a_refusal_is_final(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now, sealed=b"secret"))
    async with running(Dispatcher(pool, [Obedient(channel, Refused("no-such-number"))], now=clock)):
        row = await wait_settled(pool, notice)
    assert (row["outcome"], row["reason"], row["sealed"]) == ("refused", "no-such-number", None)


async def test_a_retry_waits_for_its_time_and_keeps_the_payload(pool: Pool, channel: str, clock: Clock) -> None:
    answers: list[Outcome] = [Retry("busy"), Delivered()]

    async def answer(_notice: Notice) -> Outcome:
        return answers.pop(0)

    notice = await put(pool, make_notice(channel, clock.now, sealed=b"secret"))
    taker = Obedient(channel, answer)
    async with running(Dispatcher(pool, [taker], now=clock, jitter=lambda: 0.0)):
        row = await wait_attempted(pool, notice, "busy")
        assert row["due_at"] == clock.now + timedelta(seconds=1)
        assert (row["outcome"], row["sealed"], row["leased_until"]) == (None, b"secret", None)
        await asyncio.sleep(0.4)
        assert len(taker.given) == 1
        clock.turn(1)
        assert (await wait_settled(pool, notice))["attempts"] == 2


async def test_retry_after_is_obeyed(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now))
    taker = Obedient(channel, Unavailable("throttled", 120))
    async with running(Dispatcher(pool, [taker], now=clock)):
        row = await wait_attempted(pool, notice, "throttled")
    assert timedelta(seconds=120) <= row["due_at"] - clock.now <= timedelta(seconds=132)


async def test_the_expired_is_never_sent(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now, sealed=b"otp", expires_at=clock.now))
    taker = Obedient(channel)
    async with running(Dispatcher(pool, [taker], now=clock)):
        row = await wait_settled(pool, notice)
    assert (row["outcome"], row["sealed"], taker.given) == ("expired", None, [])


async def test_what_expires_while_it_waits_for_a_place_is_never_sent(pool: Pool, channel: str, clock: Clock) -> None:
    async def take_a_minute(_notice: Notice) -> Outcome:
        clock.turn(60)
        return Delivered()

    first = await put(pool, make_notice(channel, clock.now - timedelta(seconds=1)))
    second = await put(pool, make_notice(channel, clock.now, expires_at=clock.now + timedelta(seconds=30)))
    taker = Obedient(channel, take_a_minute, concurrency=1)
    async with running(Dispatcher(pool, [taker], now=clock)):
        assert (await wait_settled(pool, second))["outcome"] == "expired"
    assert taker.given == [first.notice_id]


async def test_what_is_not_due_waits(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now, due_at=clock.now + timedelta(seconds=10)))
    taker = Obedient(channel)
    async with running(Dispatcher(pool, [taker], now=clock)):
        await asyncio.sleep(0.4)
        assert taker.given == []
        clock.turn(10)
        await wait_settled(pool, notice)


async def test_it_gives_up_in_time(pool: Pool, channel: str, clock: Clock) -> None:
    pace = Pace(give_up_after=10)
    notice = await put(pool, make_notice(channel, clock.now))
    taker = Obedient(channel, Retry("busy"))
    async with running(Dispatcher(pool, [taker], now=clock, pace=pace, jitter=lambda: 0.0)):
        for attempt, seconds in enumerate((1, 2, 4), start=1):  # and the next would be 8 seconds later: too late
            await wait_until(partial(has_been_tried, pool, notice, attempt))
            clock.turn(seconds)
        row = await wait_settled(pool, notice)
    assert (row["outcome"], row["reason"], row["attempts"]) == ("given-up", "busy", 4)


async def has_been_tried(pool: Pool, notice: Notice, attempts: int) -> bool:
    row = await read_row(pool, notice)
    return bool(row["attempts"] == attempts and row["leased_until"] is None)


async def test_a_poisonous_notice_is_retried_and_harms_no_other(pool: Pool, channel: str, clock: Clock) -> None:
    poison = await put(pool, make_notice(channel, clock.now))

    async def choke(notice: Notice) -> Outcome:
        if notice.notice_id == poison.notice_id:
            raise ValueError("+8613800138000 in an error's words")
        return Delivered()

    others = await put_many(pool, channel, 30, clock.now)
    with capture_logs() as logs:
        async with running(Dispatcher(pool, [Obedient(channel, choke)], now=clock)):
            row = await wait_attempted(pool, poison, "channel-error")
            for other in others:
                assert (await wait_settled(pool, other))["outcome"] == "delivered"
    assert row["outcome"] is None
    failed = [entry for entry in logs if entry["event"] == "push.delivery-failed"]
    assert [(e["error"], e["notice_ids"]) for e in failed] == [("ValueError", [poison.notice_id])]
    assert "13800138000" not in str(logs)


async def test_a_channel_that_cancels_its_own_work_costs_no_place(pool: Pool, channel: str, clock: Clock) -> None:
    """One place, and two notices: the second has its turn, and the stop waits for neither."""
    first, second = [await put(pool, make_notice(channel, clock.now)) for _ in range(2)]

    async def cancel_itself(_notice: Notice) -> Outcome:
        raise asyncio.CancelledError

    async with running(Dispatcher(pool, [Obedient(channel, cancel_itself, concurrency=1)], now=clock, grace=60)):
        for notice in (first, second):
            assert (await wait_attempted(pool, notice, "channel-error"))["outcome"] is None


@pytest.mark.parametrize("answers", [[], [Delivered(), Delivered()], [None]])
async def test_an_answer_of_the_wrong_shape_is_a_retry(
    pool: Pool, channel: str, clock: Clock, answers: list[Outcome]
) -> None:
    class Confused:
        name = channel
        concurrency = 1
        deadline = 5.0
        batch = 10

        async def deliver_many(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
            assert notices
            return answers

    notice = await put(pool, make_notice(channel, clock.now))
    async with running(Dispatcher(pool, [Confused()], now=clock)):
        assert (await wait_attempted(pool, notice, "channel-error"))["outcome"] is None


async def test_a_hanging_channel_is_cut_off(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now))
    taker = Obedient(channel, forever, deadline=0.1)
    async with running(Dispatcher(pool, [taker], now=clock)):
        row = await wait_attempted(pool, notice, "deadline")
    assert (row["outcome"], taker.at_once) == (None, 0)


async def test_a_hanging_channel_does_not_hold_up_another(pool: Pool, channel: str) -> None:
    hanging, well = f"{channel}-a", f"{channel}-b"
    await put_many(pool, hanging, 50)
    async with running(Dispatcher(pool, [Obedient(hanging, forever), Obedient(well)], now=wall_clock)):
        notice = await put(pool, make_notice(well))
        await wait_settled(pool, notice, seconds=2)


async def test_concurrency_is_bounded_and_used(pool: Pool, channel: str, clock: Clock) -> None:
    async def take_a_moment(_notice: Notice) -> Outcome:
        await asyncio.sleep(0.01)
        return Delivered()

    await put_many(pool, channel, 100, clock.now)
    taker = Obedient(channel, take_a_moment, concurrency=7)
    async with running(Dispatcher(pool, [taker], now=clock)):
        await wait_until(lambda: is_all(pool, channel, "delivered", 100))
    assert taker.most_at_once == 7


async def is_all(pool: Pool, channel: str, outcome: str, count: int) -> bool:
    return await count_outcomes(pool, channel) == {outcome: count}


async def test_a_fault_of_ours_alarms_and_drops_nothing(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now, sealed=b"otp"))
    with capture_logs() as logs:
        dispatcher = Dispatcher(pool, [Obedient(channel, Fault("isv.AMOUNT_NOT_ENOUGH"))], now=clock)
        async with running(dispatcher):
            row = await wait_attempted(pool, notice, "isv.AMOUNT_NOT_ENOUGH")
            [known] = dispatcher.troubles.list_lasting(asyncio.get_running_loop().time())
    assert (known.channel, known.line, known.reason, known.is_ours) == (channel, "", "isv.AMOUNT_NOT_ENOUGH", True)
    assert (row["outcome"], row["sealed"]) == (None, b"otp")
    alarm = {
        "event": "push.channel-misconfigured",
        "log_level": "error",
        "channel": channel,
        "reason": "isv.AMOUNT_NOT_ENOUGH",
        "notice_id": notice.notice_id,
    }
    assert alarm in logs


async def test_a_provider_that_is_down_is_left_alone_and_found_again(pool: Pool, channel: str, clock: Clock) -> None:
    is_up = False

    async def answer(_notice: Notice) -> Outcome:
        return Delivered() if is_up else Unavailable("down")

    notices = await put_many(pool, channel, 40, clock.now)
    taker = Obedient(channel, answer, concurrency=2)
    with capture_logs() as logs:
        async with running(Dispatcher(pool, [taker], now=clock)):
            await wait_until(lambda: has_given(taker, 5))
            await asyncio.sleep(0.5)  # the first probe comes after a second
            assert len(taker.given) <= 9  # five failures, and what was held beside them
            is_up = True
            clock.turn(10)
            await wait_until(lambda: is_all(pool, channel, "delivered", len(notices)))
    events = [entry["event"] for entry in logs]
    assert events.count("push.channel-paused") == events.count("push.channel-resumed") == 1


async def has_given(taker: Obedient, count: int) -> bool:
    return len(taker.given) >= count


async def test_a_wake_up_is_heard_at_once(pool: Pool, channel: str) -> None:
    taken = asyncio.Event()

    async def tell(_notice: Notice) -> Outcome:
        taken.set()
        return Delivered()

    loop = asyncio.get_running_loop()
    waits: list[float] = []
    async with running(Dispatcher(pool, [Obedient(channel, tell)], now=wall_clock)) as dispatcher:
        for _ in range(20):
            await asyncio.sleep(0.05)
            taken.clear()
            notice = await put(pool, make_notice(channel))
            begun = loop.time()
            dispatcher.wake()
            async with asyncio.timeout(5):
                await taken.wait()
            waits.append(loop.time() - begun)
            await wait_settled(pool, notice)
    assert sorted(waits)[10] < 0.1


async def test_without_a_wake_up_it_is_found_within_a_poll(pool: Pool, channel: str) -> None:
    async with running(Dispatcher(pool, [Obedient(channel)], now=wall_clock)):
        await asyncio.sleep(0.3)
        notice = await put(pool, make_notice(channel))
        await wait_settled(pool, notice, seconds=2)


async def test_two_workers_deliver_each_of_2000_once(pool: Pool, channel: str, clock: Clock) -> None:
    async def take_a_moment(_notice: Notice) -> Outcome:
        await asyncio.sleep(random.random() / 200)  # noqa: S311  a spread, not a secret
        return Delivered()

    notices = await put_many(pool, channel, 2000, clock.now)
    takers = [Obedient(channel, take_a_moment, concurrency=40) for _ in range(2)]
    async with (
        running(Dispatcher(pool, [takers[0]], now=clock)),
        running(Dispatcher(pool, [takers[1]], now=clock)),
    ):
        await wait_until(lambda: is_all(pool, channel, "delivered", 2000), seconds=60)
    given = takers[0].given + takers[1].given
    assert sorted(given) == sorted(n.notice_id for n in notices)
    assert min(len(taker.given) for taker in takers) > 100


async def test_a_name_used_twice_is_refused(pool: Pool, channel: str, clock: Clock) -> None:
    with pytest.raises(ValueError, match="a name of its own"):
        Dispatcher(pool, [Obedient(channel), Obedient(channel)], now=clock)
    with pytest.raises(ValueError, match="needs channels"):
        Dispatcher(pool, [], now=clock)
