"""Streams read inboxes while others write them: nothing is missed, nothing comes twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from app.database import Pool
from push import store
from push.inbox import InboxChannel, MessageTail
from tests.harness.clock import Clock
from tests.push.harness import make_notice


async def deliver(pool: Pool, recipient: UUID, at: datetime) -> UUID:
    notice = make_notice("inbox", at, recipient=recipient)
    await InboxChannel(pool, now=lambda: at).deliver_many([notice])
    return notice.notice_id


async def test_a_message_dated_before_what_was_read_is_not_missed(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    tail = MessageTail(clock.now)
    late_date = clock.turn(1)
    seen = await deliver(pool, recipient, clock.turn(5))
    assert [m.message_id for m in await tail.read(pool, [recipient], now=clock.now)] == [seen]
    late = await deliver(pool, recipient, late_date)  # committed only now
    assert [m.message_id for m in await tail.read(pool, [recipient], now=clock.turn(1))] == [late]
    assert await tail.read(pool, [recipient], now=clock.turn(1)) == []


async def test_a_clock_ahead_hides_nobody_elses_messages(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    tail = MessageTail(clock.now)
    ahead = await deliver(pool, recipient, clock.now + timedelta(hours=1))
    assert [m.message_id for m in await tail.read(pool, [recipient], now=clock.turn(1))] == [ahead]
    plain = await deliver(pool, recipient, clock.turn(1))
    assert [m.message_id for m in await tail.read(pool, [recipient], now=clock.turn(1))] == [plain]
    for _ in range(3):
        assert await tail.read(pool, [recipient], now=clock.turn(minutes=20)) == []


async def test_after_a_long_silence_it_goes_on_from_its_last_read(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    tail = MessageTail(clock.now)
    assert await tail.read(pool, [recipient], now=clock.now) == []
    missed = [await deliver(pool, recipient, clock.turn(minutes=5)) for _ in range(3)]
    assert [m.message_id for m in await tail.read(pool, [recipient], now=clock.turn(1))] == missed


async def test_one_who_reconnects_is_given_what_came_meanwhile(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    last_seen = await deliver(pool, recipient, clock.now)
    meanwhile = await deliver(pool, recipient, clock.turn(minutes=10))
    tail = MessageTail(clock.now - timedelta(minutes=10))
    given = [m.message_id for m in await tail.read(pool, [recipient], now=clock.now)]
    assert given[-1] == meanwhile
    assert set(given) <= {last_seen, meanwhile}


async def test_what_it_remembers_is_bounded_by_the_look_back(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    tail = MessageTail(clock.now, look_back=timedelta(seconds=10))
    for _ in range(30):
        await deliver(pool, recipient, clock.turn(1))
        assert len(await tail.read(pool, [recipient], now=clock.now)) == 1
    assert len(tail._given) <= 11


async def test_nothing_is_missed_or_doubled_under_concurrent_commits(pool: Pool) -> None:
    recipients = [uuid7() for _ in range(5)]
    written: list[UUID] = []
    read: Counter[UUID] = Counter()
    tail = MessageTail(datetime.now(UTC), look_back=timedelta(seconds=2))

    async def write(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311  a spread, not a secret
        for _ in range(25):
            notice = make_notice("inbox", recipient=chance.choice(recipients))
            async with pool.acquire() as connection, connection.transaction():
                await store.insert_messages(connection, [notice], datetime.now(UTC))
                await asyncio.sleep(chance.random() / 20)  # the commit comes later, in another order
            written.append(notice.notice_id)

    async def follow(until: asyncio.Event) -> None:
        is_last = False
        while not is_last:
            is_last = until.is_set()
            for message in await tail.read(pool, recipients, now=datetime.now(UTC)):
                read[message.message_id] += 1
            await asyncio.sleep(0.005)

    done = asyncio.Event()
    following = asyncio.create_task(follow(done))
    await asyncio.gather(*(write(seed) for seed in range(6)))
    done.set()
    await following
    assert read == dict.fromkeys(written, 1)
    assert len(written) == 150
