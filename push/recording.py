"""Writing down what became of notices, many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from push import store
from push.rules import Ruling
from push.store import Pool

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

BATCH = 1000
DATABASE_SECONDS = 10.0
OUTAGE_SECONDS = 1.0


class Recorder:
    """Collects rulings while a statement is under way and writes them with the next one; waits out a database that is
    gone.
    """

    def __init__(self, pool: Pool, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._now = now
        self._waiting: list[tuple[Sequence[Ruling], asyncio.Future[None]]] = []
        self._added = asyncio.Event()

    async def record(self, rulings: Sequence[Ruling]) -> None:
        """Comes back once the rulings are in the database."""
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rulings, recorded))
        self._added.set()
        await recorded

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await self._added.wait()
            taken, rulings = self._take()
            while not await self._write(rulings):  # noqa: ASYNC110  no event tells when a database is back
                await asyncio.sleep(OUTAGE_SECONDS)
            for recorded in taken:
                if not recorded.done():
                    recorded.set_result(None)

    def _take(self) -> tuple[list[asyncio.Future[None]], list[Ruling]]:
        taken: list[asyncio.Future[None]] = []
        rulings: list[Ruling] = []
        while self._waiting and len(rulings) < BATCH:
            some, recorded = self._waiting.pop(0)
            rulings += some
            taken.append(recorded)
        if not self._waiting:
            self._added.clear()
        # In the order of their keys, so that two workers with the same rows never wait for each other in a circle.
        rulings.sort(key=lambda ruling: (ruling.notice.routing_key, ruling.notice.notice_id))
        return taken, rulings

    async def _write(self, rulings: Sequence[Ruling]) -> bool:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await store.record_rulings(self._pool, rulings, self._now())
        except Exception as error:  # noqa: BLE001  whatever it is, the rulings must not be lost while the leases hold
            _log.warning("push.record-failed", error=type(error).__name__, rulings=len(rulings))
            return False
        return True
