from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from app.database import Pool
from push.dispatching import Dispatcher
from push.inbox import PAGE, InboxChannel, list_messages, mark_read, messages_since
from push.messages import CursorError, read_cursor
from push.notices import Delivered, Notice
from push.outbox import enqueue, purge_messages
from tests.harness.clock import Clock
from tests.push.harness import make_notice, put, running, wait_settled


async def deliver(pool: Pool, recipient: UUID, at: datetime, count: int = 1) -> list[Notice]:
    """Puts messages into an inbox, all delivered at one moment."""
    notices = [make_notice("inbox", at, recipient=recipient) for _ in range(count)]
    assert await InboxChannel(pool, now=lambda: at).deliver_many(notices) == [Delivered()] * count
    return notices


async def test_a_notice_arrives_as_a_message_and_a_hint(fresh_pool: Pool, clock: Clock) -> None:
    hints: list[Sequence[UUID]] = []

    async def hint(recipients: Sequence[UUID]) -> None:
        hints.append(recipients)

    notice = await put(fresh_pool, make_notice("inbox", clock.now - timedelta(seconds=3), data={"access_id": "a"}))
    channel = InboxChannel(fresh_pool, now=clock, on_delivered=hint)
    async with running(Dispatcher(fresh_pool, [channel], now=clock)):
        await wait_settled(fresh_pool, notice)
    [message] = (await list_messages(fresh_pool, notice.recipient)).items
    assert (message.message_id, message.topic, message.data) == (notice.notice_id, notice.topic, notice.data)
    assert (message.created_at, message.delivered_at, message.read_at) == (notice.created_at, clock.now, None)
    assert hints == [[notice.recipient]]


async def test_a_notice_delivered_twice_is_one_message(pool: Pool, clock: Clock) -> None:
    notice = make_notice("inbox", clock.now)
    channel = InboxChannel(pool, now=clock)
    assert await channel.deliver_many([notice]) == [Delivered()]
    first = (await list_messages(pool, notice.recipient)).items
    clock.turn(60)
    other = make_notice("inbox", clock.now)
    assert await channel.deliver_many([notice, other, notice]) == [Delivered()] * 3
    assert (await list_messages(pool, notice.recipient)).items == first
    assert len((await list_messages(pool, other.recipient)).items) == 1


async def test_a_batch_is_one_statement(fresh_pool: Pool, clock: Clock) -> None:
    statements: list[str] = []
    async with fresh_pool.acquire() as connection:
        channel = InboxChannel(connection, now=clock)
        await channel.deliver_many([make_notice("inbox", clock.now)])  # the driver asks for the types once
        connection.add_query_logger(lambda record: statements.append(record.query))
        await channel.deliver_many([make_notice("inbox", clock.now) for _ in range(250)])
        await asyncio.sleep(0)  # the driver notes a statement at the loop's next turn
    assert len(statements) == 1
    assert await fresh_pool.fetchval("SELECT count(*) FROM messages") == 251


async def test_a_hint_that_fails_is_only_logged(fresh_pool: Pool, clock: Clock) -> None:
    async def fail(_recipients: Sequence[UUID]) -> None:
        raise ConnectionError("redis://secret@host is gone")

    notice = await put(fresh_pool, make_notice("inbox", clock.now))
    with capture_logs() as logs:
        channel = InboxChannel(fresh_pool, now=clock, on_delivered=fail)
        async with running(Dispatcher(fresh_pool, [channel], now=clock)):
            assert (await wait_settled(fresh_pool, notice))["outcome"] == "delivered"
    [entry] = [e for e in logs if e["event"] == "push.inbox-hint-failed"]
    assert entry["error"] == "ConnectionError"
    assert "secret" not in str(logs)


async def test_a_hint_that_hangs_holds_up_no_message(fresh_pool: Pool, clock: Clock) -> None:
    async def hang(_recipients: Sequence[UUID]) -> None:
        await asyncio.Event().wait()

    notice = await put(fresh_pool, make_notice("inbox", clock.now))
    channel = InboxChannel(fresh_pool, now=clock, on_delivered=hang)
    async with running(Dispatcher(fresh_pool, [channel], now=clock)):
        row = await wait_settled(fresh_pool, notice, seconds=2)
    assert (row["outcome"], row["attempts"]) == ("delivered", 1)


async def test_pages_are_newest_first_and_stay_put_while_messages_arrive(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    old = await deliver(pool, recipient, clock.now, count=7)  # of one moment: the id decides
    first = await list_messages(pool, recipient, limit=3)
    await deliver(pool, recipient, clock.turn(1), count=5)
    second = await list_messages(pool, recipient, after=first.next_cursor, limit=3)
    third = await list_messages(pool, recipient, after=second.next_cursor, limit=3)
    ids = [m.message_id for page in (first, second, third) for m in page.items]
    assert ids == [n.notice_id for n in reversed(old)]
    assert third.next_cursor is None


async def test_a_full_last_page_has_no_next(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    await deliver(pool, recipient, clock.now, count=3)
    assert (await list_messages(pool, recipient, limit=3)).next_cursor is None
    assert (await list_messages(pool, uuid7())).items == []


@given(cursor=st.one_of(st.text(), st.binary(max_size=30).map(lambda b: b.hex())))
def test_a_foreign_cursor_is_refused_and_nothing_else_is_raised(cursor: str) -> None:
    try:
        read_cursor(cursor)
    except CursorError:
        return
    assert len(cursor) == 32


@pytest.mark.parametrize("cursor", ["", "x", "!" * 32, "_" * 32, "é" * 32])
async def test_listing_with_a_foreign_cursor_is_refused(pool: Pool, cursor: str) -> None:
    with pytest.raises(CursorError):
        await list_messages(pool, uuid7(), after=cursor)


async def test_reading_is_noted_once_and_only_of_ones_own(pool: Pool, clock: Clock) -> None:
    recipient, stranger = uuid7(), uuid7()
    mine = [n.notice_id for n in await deliver(pool, recipient, clock.now, count=2)]
    [theirs] = [n.notice_id for n in await deliver(pool, stranger, clock.now)]
    assert len(await mark_read(pool, recipient, [*mine, theirs], now=clock.now)) == 2
    assert await mark_read(pool, recipient, mine, now=clock.turn(60)) == []
    assert {m.read_at for m in (await list_messages(pool, recipient)).items} == {clock.now - timedelta(seconds=60)}
    assert (await list_messages(pool, stranger)).items[0].read_at is None


async def test_messages_since_a_moment_come_in_order_and_beyond_one_page(pool: Pool, clock: Clock) -> None:
    one, two, three = uuid7(), uuid7(), uuid7()
    await deliver(pool, one, clock.now - timedelta(seconds=1), count=2)
    wanted = await deliver(pool, one, clock.now, count=PAGE)
    wanted += await deliver(pool, two, clock.now, count=20)
    await deliver(pool, three, clock.now)
    found = await messages_since(pool, [one, two], clock.now)
    assert [m.message_id for m in found] == sorted(n.notice_id for n in wanted)
    assert await messages_since(pool, [], clock.now) == []


async def test_a_message_waits_in_the_outbox_until_its_cause_is_committed(fresh_pool: Pool, clock: Clock) -> None:
    notice = make_notice("inbox", clock.now)
    async with running(Dispatcher(fresh_pool, [InboxChannel(fresh_pool, now=clock)], now=clock)):
        async with fresh_pool.acquire() as connection, connection.transaction():
            assert await enqueue(connection, notice)
            await asyncio.sleep(0.4)
            assert (await list_messages(fresh_pool, notice.recipient)).items == []
        await wait_settled(fresh_pool, notice)
    assert len((await list_messages(fresh_pool, notice.recipient)).items) == 1


async def test_purging_takes_old_messages_in_chunks_and_leaves_the_rest(fresh_pool: Pool, clock: Clock) -> None:
    old, young = uuid7(), uuid7()
    await deliver(fresh_pool, old, clock.now - timedelta(days=366), count=25)
    await deliver(fresh_pool, young, clock.now)
    assert await purge_messages(fresh_pool, created_before=clock.now - timedelta(days=365), chunk=10) == 25
    assert (await list_messages(fresh_pool, old)).items == []
    assert len((await list_messages(fresh_pool, young)).items) == 1
