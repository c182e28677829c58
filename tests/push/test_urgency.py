"""Who comes first on a channel: what is urgent before what is somebody's own, that before what a crowd is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from app.database import Connection, Pool, transaction
from push import store
from push.many import broadcast, enqueue_many, is_crowded
from push.notices import Notice, Urgency
from tests.harness.clock import Clock
from tests.push.harness import make_notice, put

_CROWD, _OWN, _URGENT = Urgency.CROWD, Urgency.OWN, Urgency.URGENT
_HOUR = timedelta(hours=1)


async def fill(pool: Pool, clock: Clock, channel: str, **counts: int) -> None:
    """So many of each kind, those of a crowd due first."""
    notices = [
        make_notice(channel, clock.now - (2 - urgency) * _HOUR / 4, expires_at=clock.now + _HOUR, urgency=urgency)
        for name, count in counts.items()
        for urgency in [Urgency[name.upper()]]
        for _ in range(count)
    ]
    async with transaction(pool) as db:
        assert await enqueue_many(db, notices) == len(notices)


async def claim(pool: Pool, clock: Clock, channel: str, limit: int, lease: timedelta = _HOUR) -> list[Notice]:
    return await store.lease_notices(pool, channel, limit=limit, now=clock.now, leased_until=clock.now + lease)


def count(notices: Sequence[Notice]) -> dict[Urgency, int]:
    return dict(Counter(notice.urgency for notice in notices))


async def test_what_is_urgent_stands_before_a_crowd_that_was_due_earlier(
    pool: Pool, clock: Clock, channel: str
) -> None:
    await fill(pool, clock, channel, crowd=4000)
    urgent = await put(pool, make_notice(channel, clock.now, urgency=_URGENT))
    own = await put(pool, make_notice(channel, clock.now))
    claimed = await claim(pool, clock, channel, 32)
    assert [notice.notice_id for notice in claimed[:2]] == [urgent.notice_id, own.notice_id]
    assert count(claimed) == {_URGENT: 1, _OWN: 1, _CROWD: 30}


@pytest.mark.parametrize(
    ("waiting", "limit", "claimed"),
    [
        ({"urgent": 99, "own": 99, "crowd": 99}, 64, {_URGENT: 48, _OWN: 8, _CROWD: 8}),
        ({"urgent": 99, "crowd": 99}, 64, {_URGENT: 56, _CROWD: 8}),
        ({"urgent": 99, "own": 99}, 64, {_URGENT: 56, _OWN: 8}),
        ({"own": 99, "crowd": 99}, 64, {_OWN: 56, _CROWD: 8}),
        ({"urgent": 9, "own": 9, "crowd": 99}, 64, {_URGENT: 9, _OWN: 9, _CROWD: 46}),
        ({"urgent": 99, "own": 3, "crowd": 2}, 64, {_URGENT: 59, _OWN: 3, _CROWD: 2}),
        ({"urgent": 99}, 64, {_URGENT: 64}),
        ({"own": 99}, 64, {_OWN: 64}),
        ({"crowd": 99}, 64, {_CROWD: 64}),
        ({"urgent": 9, "own": 9, "crowd": 9}, 4, {_URGENT: 2, _OWN: 1, _CROWD: 1}),
        ({"urgent": 9, "own": 9, "crowd": 9}, 1, {_URGENT: 1}),
        ({}, 64, {}),
    ],
)
async def test_of_each_claim_a_share_is_for_the_less_urgent_as_far_as_they_wait(
    pool: Pool, clock: Clock, channel: str, waiting: dict[str, int], limit: int, claimed: dict[Urgency, int]
) -> None:
    await fill(pool, clock, channel, **waiting)
    assert count(await claim(pool, clock, channel, limit)) == claimed


async def test_a_crowd_is_told_however_much_is_urgent_all_the_time(pool: Pool, clock: Clock, channel: str) -> None:
    await fill(pool, clock, channel, crowd=40)
    told: list[Notice] = []
    for _ in range(10):
        await fill(pool, clock, channel, urgent=40)
        told += await claim(pool, clock, channel, 32)
        clock.turn(1)
    assert count(told) == {_URGENT: 280, _CROWD: 40}
    assert len({notice.notice_id for notice in told}) == len(told)


async def test_a_claim_is_full_where_others_hold_what_is_due_first(pool: Pool, clock: Clock, channel: str) -> None:
    await fill(pool, clock, channel, urgent=20, own=20, crowd=60)
    held = await claim(pool, clock, channel, 48)
    rest = await claim(pool, clock, channel, 48)
    assert (len(held), len(rest)) == (48, 48)
    assert not {notice.notice_id for notice in held} & {notice.notice_id for notice in rest}


async def test_what_an_older_version_writes_is_somebodys_own(pool: Pool, clock: Clock, channel: str) -> None:
    """During an upgrade: its statement names no urgency, and its claims read the columns that it knows."""
    notice = make_notice(channel, clock.now)
    await pool.execute(
        "INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, "
        "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
        notice.routing_key,
        notice.notice_id,
        notice.recipient,
        channel,
        notice.topic,
        notice.dedupe_key,
        notice.data,
        clock.now,
        notice.expires_at,
    )
    rows = await pool.fetch(
        "SELECT notice_id, attempts, tried, pinned, is_abandoned FROM claim_notices($1, 9, $2, $3)",
        channel,
        clock.now,
        clock.now + timedelta(seconds=30),
    )
    assert [(row["notice_id"], row["is_abandoned"]) for row in rows] == [(notice.notice_id, False)]
    clock.turn(30)
    (again,) = await claim(pool, clock, channel, 9)
    assert (again.urgency, again.is_abandoned, again.attempts) == (_OWN, True, 2)


async def test_a_crowd_alone_makes_it_crowded_and_on_channels_that_are_served(
    pool: Pool, clock: Clock, channel: str
) -> None:
    async def is_full(*served: str) -> bool:
        async with transaction(pool) as db:
            return await is_crowded(db, served=served, most=3, now=clock.now)

    await fill(pool, clock, channel, urgent=5, own=5, crowd=2)
    assert not await is_full(channel)
    model = make_notice(channel, clock.now)
    async with transaction(pool) as db:
        assert await broadcast(db, model, [(model.routing_key, model.recipient)]) == 1
    assert await is_full("sms", channel)
    assert not await is_full("sms"), "whoever removes a provider from the file stops no campaign"


@pytest.mark.parametrize(
    ("kinds", "upkeep", "claimed"),
    [
        (3, "", {_URGENT: 60, _OWN: 10, _CROWD: 10}),  # to PostgreSQL, a table that is empty
        (3, "ANALYZE outbox", {_URGENT: 60, _OWN: 10, _CROWD: 10}),
        (1, "ANALYZE outbox", {_CROWD: 80}),  # to PostgreSQL, every kind is the one that there is
    ],
)
async def test_a_claim_reads_what_it_takes_and_sorts_nothing(
    fresh_pool: Pool, clock: Clock, kinds: int, upkeep: str, claimed: dict[Urgency, int]
) -> None:
    """Whatever the statistics say, and however much is due at another hour."""
    async with fresh_pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, "
            "due_at, expires_at, urgency) "
            "SELECT i, gen_random_uuid(), gen_random_uuid(), 'fcm', 'campaign', i::text, '{}', $1, "
            "$1::timestamptz - (i % 3000 - 1000) * interval '1 second', $1::timestamptz + interval '1 day', i % $2 "
            "FROM generate_series(1, 9000) AS i",
            clock.now,
            kinds,
        )
        if upkeep:
            await connection.execute(upkeep)
        plans = await explain(connection, clock)
        found = await store.lease_notices(connection, "fcm", limit=80, now=clock.now, leased_until=clock.now + _HOUR)
    assert count(found) == claimed
    assert plans.count("LockRows") == len(claimed)
    assert "Sort" not in plans
    assert "Seq Scan" not in plans
    read = re.findall(r"Scan using (\w+) on outbox c .*actual .*rows=([\d.]+)", plans)
    assert {index for index, _ in read} == {"outbox_by_urgency"}
    assert max(float(rows) for _, rows in read) == max(claimed.values())
    assert "Rows Removed by Filter" not in plans, "what is not due yet is not looked at"


async def explain(connection: Connection, clock: Clock) -> str:
    """The plans of a claim of 80, which is undone, with what they read."""
    told: list[str] = []

    def note(_: object, entry: Any) -> None:
        told.append(entry.message)

    await connection.execute("LOAD 'auto_explain'")
    for setting in ("log_min_duration = 0", "log_nested_statements = on", "log_analyze = on", "log_level = notice"):
        await connection.execute(f"SET auto_explain.{setting}")
    connection.add_log_listener(note)
    tried = connection.transaction()
    await tried.start()
    await store.lease_notices(connection, "fcm", limit=80, now=clock.now, leased_until=clock.now + _HOUR)
    await tried.rollback()
    connection.remove_log_listener(note)
    await connection.execute("SET auto_explain.log_min_duration = -1")
    return "\n".join(told)
