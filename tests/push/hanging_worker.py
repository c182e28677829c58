"""A worker whose deliveries begin and never end, to be killed: `python -m tests.push.hanging_worker DATABASE_URL`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

import asyncpg

from push.dispatching import Dispatcher
from push.notices import Notice, Outcome
from tests.push.harness import Obedient


async def _announce(notice: Notice) -> Outcome:
    print(notice.notice_id, flush=True)  # noqa: T201  the test reads it
    await asyncio.Event().wait()
    raise AssertionError


async def _main(url: str) -> None:
    pool = await asyncpg.create_pool(url, min_size=1, max_size=3)
    channel = Obedient("hanging", _announce, deadline=60)
    await Dispatcher(pool, [channel], now=lambda: datetime.now(UTC)).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
