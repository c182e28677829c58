"""A worker that walks campaigns, to be killed: `python -m tests.app.campaigns.walking_worker DATABASE_URL HOURS PAGE`.

Its clock is so many hours behind. In its PAGE-th page it says so and goes no further: the notices are written, the row
is held, and nothing is committed. With 0 for PAGE it walks to the end.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.campaigns import store
from app.campaigns.model import Walk
from app.campaigns.walking import walk_campaigns
from app.database import Connection, open_pool
from app.settings import read_settings
from tests.app.campaigns.harness import HOME, LANES

_BETWEEN_TURNS = 0.02


class _Stumbling:
    """Notes how far a campaign has come (app.campaigns.store.move_walk), but in one page never gets that far."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._pages = 0
        self._move_walk = store.move_walk

    async def __call__(self, db: Connection, campaign_id: UUID, walk: Walk) -> None:
        self._pages += 1
        if self._pages == self._page:
            print("inside", flush=True)  # noqa: T201  the test reads it
            await asyncio.Event().wait()
        await self._move_walk(db, campaign_id, walk)


async def _main(url: str, behind: timedelta, page: int) -> None:
    # Whatever becomes of the test, its workers end with it.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), os._exit, 1)
    store.move_walk = _Stumbling(page)
    pool = await open_pool(read_settings({}), url, size=2)
    while True:
        await walk_campaigns(pool, HOME, datetime.now(UTC) - behind, served=LANES)
        await asyncio.sleep(_BETWEEN_TURNS)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], timedelta(hours=int(sys.argv[2])), int(sys.argv[3])))
