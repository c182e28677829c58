"""What the tests of the outbox share: notices, channels that do as told, a dispatcher running beside the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.database import Pool
from push.dispatching import Dispatcher
from push.notices import Delivered, Notice, Outcome
from push.outbox import enqueue


def make_notice(channel: str, now: datetime | None = None, **given: Any) -> Notice:
    """A notice due now that lives for an hour; anything can be said otherwise."""
    at = now or datetime.now(UTC)
    notice_id = uuid7()
    fields: dict[str, Any] = {
        "routing_key": notice_id.int >> 66,
        "notice_id": notice_id,
        "recipient": uuid7(),
        "channel": channel,
        "topic": "code.scanned",
        "dedupe_key": f"test:{notice_id}",
        "data": {"at": at.isoformat()},
        "created_at": at,
        "due_at": at,
        "expires_at": at + timedelta(hours=1),
    }
    return Notice(**(fields | given))


async def put(pool: Pool, notice: Notice) -> Notice:
    async with pool.acquire() as connection:
        assert await enqueue(connection, notice)
    return notice


async def put_many(pool: Pool, channel: str, count: int, now: datetime | None = None) -> list[Notice]:
    notices = [make_notice(channel, now) for _ in range(count)]
    async with pool.acquire() as connection, connection.transaction():
        for notice in notices:
            assert await enqueue(connection, notice)
    return notices


async def read_row(pool: Pool, notice: Notice) -> Any:
    row = await pool.fetchrow(
        "SELECT outcome, reason, attempts, due_at, settled_at, leased_until, sealed FROM outbox "
        "WHERE routing_key = $1 AND notice_id = $2",
        notice.routing_key,
        notice.notice_id,
    )
    assert row is not None
    return row


async def count_outcomes(pool: Pool, channel: str) -> dict[str | None, int]:
    rows = await pool.fetch("SELECT outcome, count(*) FROM outbox WHERE channel = $1 GROUP BY outcome", channel)
    return {row["outcome"]: row["count"] for row in rows}


class Obedient:
    """A channel that does with each notice what the test says, and remembers what it was given."""

    def __init__(
        self,
        name: str,
        act: Callable[[Notice], Awaitable[Outcome]] | Outcome | None = None,
        *,
        concurrency: int = 10,
        deadline: float = 5.0,
    ) -> None:
        self.name = name
        self.concurrency = concurrency
        self.deadline = deadline
        self.given: list[UUID] = []
        self.at_once = 0
        self.most_at_once = 0
        self._act = act or Delivered()

    async def deliver(self, notice: Notice) -> Outcome:
        self.given.append(notice.notice_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._act(notice) if callable(self._act) else self._act
        finally:
            self.at_once -= 1


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncGenerator[Dispatcher]:
    """The dispatcher at work; stopped in order at the end."""
    stopping = asyncio.Event()
    task = asyncio.create_task(dispatcher.run(stopping))
    try:
        yield dispatcher
    finally:
        stopping.set()
        async with asyncio.timeout(10):
            await task


async def wait_until(holds: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Looks again and again until it holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  a database tells nobody
            await asyncio.sleep(0.01)


async def wait_settled(pool: Pool, notice: Notice, seconds: float = 10.0) -> Any:
    """The notice's row once it has an outcome."""

    async def has_outcome() -> bool:
        return (await read_row(pool, notice))["outcome"] is not None

    await wait_until(has_outcome, seconds)
    return await read_row(pool, notice)


async def wait_attempted(pool: Pool, notice: Notice, reason: str) -> Any:
    """The notice's row once it is postponed for this reason."""

    async def has_reason() -> bool:
        return bool((await read_row(pool, notice))["reason"] == reason)

    await wait_until(has_reason)
    return await read_row(pool, notice)
