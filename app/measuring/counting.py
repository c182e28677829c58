"""What one server process counts: in memory, added up in PostgreSQL once a minute, so that no request writes for it.

A server that is killed loses its last minute.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from app.database import FAULTS, Pool
from app.measuring import store
from app.measuring.series import COUNTING

_MINUTE = 60.0
_HALF = timedelta(seconds=30)


def minute_of(moment: datetime) -> datetime:
    """When the minute began."""
    return moment.replace(second=0, microsecond=0)


class Counts:
    """Counts by measurement since they were last put down; `counts[name] += 1` is all that a request pays."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, int] = defaultdict(int)

    async def follow(self, pool: Pool, clock: Callable[[], datetime]) -> None:
        """Puts down what was counted as each minute ends, and a last time when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(_MINUTE - clock().timestamp() % _MINUTE)
                with suppress(*FAULTS):
                    # Of the minute that has just ended, be the waking late or a little early.
                    await self.put_down(pool, minute_of(clock() - _HALF))
        finally:
            with suppress(*FAULTS):
                await self.put_down(pool, minute_of(clock()))

    async def put_down(self, pool: Pool, minute: datetime) -> None:
        """Adds what was counted to what other servers counted; what cannot be added is kept for the next time."""
        counted, self.counts = self.counts, defaultdict(int)
        try:
            await store.add_measurements(pool, minute, {**counted, COUNTING: 1.0})
        except BaseException:
            for name, count in counted.items():
                self.counts[name] += count
            raise
