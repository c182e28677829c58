"""Writing down what became of notices, many at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain
from typing import TypeAlias
from uuid import UUID

import structlog

from push import store
from push.rules import Ruling
from push.store import Pool

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

BATCH = 1000
DATABASE_SECONDS = 10.0
OUTAGE_SECONDS = 1.0

OnRecorded: TypeAlias = Callable[[Sequence[Ruling]], None]


class Recorder:
    """Collects rulings while a statement is under way and writes them with the next one; waits out a database that is
    gone.
    """

    def __init__(self, pool: Pool, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._now = now
        self._waiting: deque[tuple[Sequence[Ruling], OnRecorded]] = deque()
        self._added = asyncio.Event()

    def record(self, rulings: Sequence[Ruling], on_recorded: OnRecorded) -> None:
        """Calls back with the rulings once they are in the database."""
        self._waiting.append((rulings, on_recorded))
        self._added.set()

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await self._added.wait()
            taken = self._take()
            # In the order of their keys, so that two workers with the same rows never wait for each other in a circle.
            rulings = sorted(chain.from_iterable(some for some, _ in taken), key=_read_key)
            while not await self._write(rulings):  # noqa: ASYNC110  no event tells when a database is back
                await asyncio.sleep(OUTAGE_SECONDS)
            for some, on_recorded in taken:
                on_recorded(some)

    def _take(self) -> list[tuple[Sequence[Ruling], OnRecorded]]:
        taken: list[tuple[Sequence[Ruling], OnRecorded]] = []
        count = 0
        while self._waiting and count < BATCH:
            taken.append(self._waiting.popleft())
            count += len(taken[-1][0])
        if not self._waiting:
            self._added.clear()
        return taken

    async def _write(self, rulings: Sequence[Ruling]) -> bool:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await store.record_rulings(self._pool, rulings, self._now())
        except Exception as error:  # noqa: BLE001  whatever it is, the rulings must not be lost while the leases hold
            _log.warning("push.record-failed", error=type(error).__name__, rulings=len(rulings))
            return False
        return True


def _read_key(ruling: Ruling) -> tuple[int, UUID]:
    return ruling.notice.routing_key, ruling.notice.notice_id
