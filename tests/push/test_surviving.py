"""Workers that die or stall, and a database that goes away."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from structlog.testing import capture_logs

from app.database import Pool
from push.dispatching import Dispatcher
from push.notices import Delivered, Notice, Outcome
from tests.harness.clock import Clock
from tests.harness.servers import Servers
from tests.push.harness import Obedient, make_notice, put, put_many, read_row, running, wait_settled, wait_until

ROOT = Path(__file__).resolve().parents[2]


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Gate:
    """Deliveries that begin and do not end until let through."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, _notice: Notice) -> Outcome:
        self.begun.set()
        await self.open.wait()
        return Delivered()


async def test_a_cancelled_worker_loses_nothing(pool: Pool, channel: str, clock: Clock) -> None:
    notice = await put(pool, make_notice(channel, clock.now))
    gate = Gate()
    dying = asyncio.create_task(Dispatcher(pool, [Obedient(channel, gate)], now=clock).run(asyncio.Event()))
    await gate.begun.wait()
    dying.cancel()
    await asyncio.wait([dying])
    row = await read_row(pool, notice)
    assert (row["outcome"], row["attempts"]) == (None, 1)
    taker = Obedient(channel)
    async with running(Dispatcher(pool, [taker], now=clock)):
        await asyncio.sleep(0.4)
        assert taker.given == []  # the dead worker's lease still holds
        clock.now = row["leased_until"]
        assert (await wait_settled(pool, notice))["attempts"] == 2


async def test_a_worker_killed_mid_delivery_loses_nothing(fresh_pool: Pool, fresh_database: str) -> None:
    notices = await put_many(fresh_pool, "hanging", 5)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.push.hanging_worker", fresh_database, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    async with asyncio.timeout(30):
        begun = {(await worker.stdout.readline()).decode().strip() for _ in notices}
    assert begun == {str(n.notice_id) for n in notices}
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    later = max([(await read_row(fresh_pool, n))["leased_until"] for n in notices])
    taker = Obedient("hanging")
    async with running(Dispatcher(fresh_pool, [taker], now=lambda: later)):
        for notice in notices:
            row = await wait_settled(fresh_pool, notice)
            assert (row["outcome"], row["attempts"]) == ("delivered", 2)
    assert len(taker.given) == 5


async def test_a_stop_finishes_what_is_begun(pool: Pool, channel: str, clock: Clock) -> None:
    async def take_a_moment(_notice: Notice) -> Outcome:
        await asyncio.sleep(0.2)
        return Delivered()

    notices = await put_many(pool, channel, 3, clock.now)
    taker = Obedient(channel, take_a_moment)
    async with running(Dispatcher(pool, [taker], now=clock)):
        await wait_until(lambda: is_busy(taker, 3))
    assert [(await read_row(pool, n))["outcome"] for n in notices] == ["delivered"] * 3


async def is_busy(taker: Obedient, deliveries: int) -> bool:
    return taker.at_once == deliveries


async def test_a_stop_cuts_what_hangs_and_releases_what_waits(pool: Pool, channel: str, clock: Clock) -> None:
    first = await put(pool, make_notice(channel, clock.now - timedelta(seconds=1)))
    second = await put(pool, make_notice(channel, clock.now))
    gate = Gate()
    begun = asyncio.get_running_loop().time()
    async with running(Dispatcher(pool, [Obedient(channel, gate, concurrency=1)], now=clock, grace=0.3)):
        await gate.begun.wait()
    assert asyncio.get_running_loop().time() - begun < 2
    cut, released = await read_row(pool, first), await read_row(pool, second)
    assert (cut["reason"], cut["leased_until"], cut["outcome"]) == ("interrupted", None, None)
    assert cut["due_at"] > clock.now
    assert (released["reason"], released["leased_until"], released["due_at"]) == ("released", None, clock.now)


async def test_a_worker_that_outlived_its_lease_overrules_nobody(pool: Pool, channel: str, clock: Clock) -> None:
    slow_gate, gate = Gate(), Gate()
    notice = await put(pool, make_notice(channel, clock.now))

    async def stall(notice: Notice) -> Outcome:
        await slow_gate(notice)
        raise ValueError

    async with running(Dispatcher(pool, [Obedient(channel, stall)], now=clock)):
        await slow_gate.begun.wait()
        clock.now = (await read_row(pool, notice))["leased_until"]
        async with running(Dispatcher(pool, [Obedient(channel, gate)], now=clock)):
            await gate.begun.wait()
            slow_gate.open.set()
            await asyncio.sleep(0.3)
            row = await read_row(pool, notice)
            assert (row["reason"], row["attempts"]) == (None, 2)
            assert row["leased_until"] > clock.now
            gate.open.set()
            assert (await wait_settled(pool, notice))["outcome"] == "delivered"


async def test_news_of_an_arrival_counts_even_when_it_is_late(pool: Pool, channel: str, clock: Clock) -> None:
    slow_gate, gate = Gate(), Gate()
    notice = await put(pool, make_notice(channel, clock.now))
    async with running(Dispatcher(pool, [Obedient(channel, slow_gate)], now=clock)):
        await slow_gate.begun.wait()
        clock.now = (await read_row(pool, notice))["leased_until"]
        async with running(Dispatcher(pool, [Obedient(channel, gate)], now=clock, grace=0.1)):
            await gate.begun.wait()
            slow_gate.open.set()
            assert (await wait_settled(pool, notice))["outcome"] == "delivered"
    assert (await read_row(pool, notice))["outcome"] == "delivered"


async def test_a_process_that_stood_still_does_not_send_after_its_lease(pool: Pool, channel: str, clock: Clock) -> None:
    gate = Gate()
    await put(pool, make_notice(channel, clock.now - timedelta(seconds=1)))
    second = await put(pool, make_notice(channel, clock.now))
    taker = Obedient(channel, gate, concurrency=1)
    async with running(Dispatcher(pool, [taker], now=clock)):
        await gate.begun.wait()
        clock.turn(minutes=10)  # as after a suspension: both leases are over
        gate.open.set()
        row = await wait_settled(pool, second)
    assert (row["outcome"], row["attempts"]) == ("delivered", 2)  # released, and claimed anew before it was sent
    assert taker.given.count(second.notice_id) == 1


@asynccontextmanager
async def outage(servers: Servers, database: str) -> AsyncGenerator[None]:
    """The database takes no connections, and those that are open break."""
    name = urlsplit(database).path.removeprefix("/")
    admin = await asyncpg.connect(servers.postgres_url)
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        yield
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await admin.close()


async def test_a_database_that_goes_away_and_comes_back(
    fresh_pool: Pool, fresh_database: str, servers: Servers
) -> None:
    gate = Gate()
    taker = Obedient("any", gate)
    before = await put(fresh_pool, make_notice("any"))
    with capture_logs() as logs:
        async with running(Dispatcher(fresh_pool, [taker], now=wall_clock)):
            await gate.begun.wait()
            async with outage(servers, fresh_database):
                gate.open.set()  # delivered now, with nowhere to record it
                await asyncio.sleep(1.5)
            assert (await wait_settled(fresh_pool, before))["outcome"] == "delivered"
            after = await put(fresh_pool, make_notice("any"))
            await wait_settled(fresh_pool, after)
    assert taker.given == [before.notice_id, after.notice_id]
    assert {"push.claim-failed", "push.record-failed"} <= {entry["event"] for entry in logs}


async def test_it_stops_while_the_database_is_away(fresh_pool: Pool, fresh_database: str, servers: Servers) -> None:
    gate = Gate()
    await put(fresh_pool, make_notice("any"))
    loop = asyncio.get_running_loop()
    async with outage_after(servers, fresh_database, fresh_pool, gate) as begun:
        assert loop.time() - begun < 20, "it waits for no database that may never come back"


@asynccontextmanager
async def outage_after(servers: Servers, database: str, pool: Pool, gate: Gate) -> AsyncGenerator[float]:
    """Lets a delivery end during an outage and stops the dispatcher within it; yields when the stop began."""
    stopping = asyncio.Event()
    task = asyncio.create_task(Dispatcher(pool, [Obedient("any", gate)], now=wall_clock).run(stopping))
    await gate.begun.wait()
    async with outage(servers, database):
        gate.open.set()
        await asyncio.sleep(0.1)
        begun = asyncio.get_running_loop().time()
        stopping.set()
        async with asyncio.timeout(10):
            await task
        yield begun
