from __future__ import annotations

from datetime import timedelta

from app.database import Pool
from push.outbox import count_notices, enqueue, expire_notices, purge_notices
from tests.harness.clock import Clock
from tests.push.harness import make_notice, put, put_many, read_row


async def test_a_cause_told_twice_is_enqueued_once(pool: Pool, channel: str) -> None:
    notice = make_notice(channel)
    again = make_notice(channel, routing_key=notice.routing_key, dedupe_key=notice.dedupe_key)
    async with pool.acquire() as connection, connection.transaction():
        assert await enqueue(connection, notice)
        assert not await enqueue(connection, again)
        assert not await enqueue(connection, notice)
        assert await connection.fetchval("SELECT count(*) FROM outbox WHERE channel = $1", channel) == 1


async def test_a_notice_goes_with_the_transaction_that_caused_it(pool: Pool, channel: str) -> None:
    async with pool.acquire() as connection:
        cause = connection.transaction()
        await cause.start()
        assert await enqueue(connection, make_notice(channel))
        await cause.rollback()
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE channel = $1", channel) == 0


async def test_data_is_stored_as_an_object(pool: Pool, channel: str) -> None:
    notice = await put(
        pool, make_notice(channel, data={"access_id": "x", "at": "2026-01-01T00:00:00Z", "n": [1, None]})
    )
    query = "SELECT data FROM outbox WHERE routing_key = $1 AND data ->> 'access_id' = 'x'"
    assert await pool.fetchval(query, notice.routing_key) == notice.data


async def test_purging_takes_the_old_in_chunks_and_leaves_the_rest(fresh_pool: Pool, clock: Clock) -> None:
    old = await put_many(fresh_pool, "any", 25, clock.now)
    young, waiting = await put(fresh_pool, make_notice("any")), await put(fresh_pool, make_notice("any"))
    settle = "UPDATE outbox SET settled_at = $1, outcome = 'delivered' WHERE notice_id = ANY($2)"
    await fresh_pool.execute(settle, clock.now - timedelta(days=8), [n.notice_id for n in old])
    await fresh_pool.execute(settle, clock.now, [young.notice_id])
    assert await purge_notices(fresh_pool, settled_before=clock.now - timedelta(days=7), chunk=10) == 25
    left = await fresh_pool.fetch("SELECT notice_id FROM outbox")
    assert {row["notice_id"] for row in left} == {young.notice_id, waiting.notice_id}


async def test_what_nobody_serves_is_expired_and_its_payload_destroyed(fresh_pool: Pool, clock: Clock) -> None:
    late = await put(fresh_pool, make_notice("unserved", clock.now, sealed=b"x", expires_at=clock.now))
    alive = await put(fresh_pool, make_notice("unserved", clock.now, sealed=b"x"))
    held = await put(fresh_pool, make_notice("unserved", clock.now, sealed=b"x", expires_at=clock.now))
    await fresh_pool.execute(
        "UPDATE outbox SET leased_until = $1 WHERE notice_id = $2", clock.now + timedelta(seconds=1), held.notice_id
    )
    assert await expire_notices(fresh_pool, now=clock.now) == 1
    row = await read_row(fresh_pool, late)
    assert (row["outcome"], row["sealed"]) == ("expired", None)
    assert (await read_row(fresh_pool, alive))["sealed"] == b"x"
    assert (await read_row(fresh_pool, held))["sealed"] == b"x"


async def test_counts_say_what_waits_and_what_has_ended(fresh_pool: Pool, clock: Clock) -> None:
    await put(fresh_pool, make_notice("inbox", clock.now - timedelta(seconds=42)))
    await put(fresh_pool, make_notice("inbox", clock.now))
    await put(fresh_pool, make_notice("sms", clock.now, due_at=clock.now + timedelta(seconds=60)))
    done = await put_many(fresh_pool, "sms", 3, clock.now)
    await fresh_pool.execute(
        "UPDATE outbox SET settled_at = $1, outcome = 'refused' WHERE notice_id = ANY($2)",
        clock.now,
        [n.notice_id for n in done],
    )
    counts = await count_notices(fresh_pool, now=clock.now, settled_since=clock.now - timedelta(minutes=1))
    assert (counts.waiting["inbox"].pending, counts.waiting["inbox"].oldest_due_seconds) == (2, 42.0)
    assert (counts.waiting["sms"].pending, counts.waiting["sms"].oldest_due_seconds) == (1, 0.0)
    assert counts.settled == {"refused": 3}
    later = await count_notices(fresh_pool, now=clock.now, settled_since=clock.now + timedelta(seconds=1))
    assert later.settled == {}
