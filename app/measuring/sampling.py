"""What a worker notes: that it lives, what it delivered, and a sample a minute of what waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.metadata import version

from app.database import Pool
from app.identifiers import new_id
from app.measuring import store
from app.measuring.alarms import WORKER_SILENT
from app.measuring.counting import minute_of
from app.measuring.series import LOST
from app.measuring.troubles import measure_troubles
from push.addresses import CHANNELS
from push.outbox import count_notices
from push.troubles import Troubles

_KEPT = timedelta(days=8)
_WORKERS_KEPT = timedelta(days=7)
_LOST = frozenset({"refused", "given-up", "expired", "unknown"})
_LOST_ON_THE_WAY_TO_A_PHONE = frozenset({"given-up"})
"""The message lies in its inbox whatever becomes of its push, and many end for want of an address or of an hour: what
no provider took in all its life is what an operator should know of.
"""


class Sampler:
    """One worker's notes of itself; `tally` and `troubles` are its dispatcher's: what it made of notices by (channel,
    outcome) since the start, and what serves nobody now.
    """

    def __init__(self, pool: Pool, tally: Mapping[tuple[str, str], int], troubles: Troubles, now: datetime) -> None:
        self._pool = pool
        self._tally = tally
        self._troubles = troubles
        self._put_down: Counter[tuple[str, str]] = Counter()
        self._worker_id = new_id()
        self._started_at = now
        self._version = version("suixing")

    async def beat(self, now: datetime) -> None:
        """Says that this worker lives, and which lines to providers serve nobody."""
        await store.note_worker(
            self._pool, self._worker_id, started_at=self._started_at, version=self._version, now=now
        )
        if lasting := self._troubles.list_lasting(asyncio.get_running_loop().time()):
            await store.set_measurements(self._pool, minute_of(now), measure_troubles(lasting))

    async def stop(self, now: datetime) -> None:
        """Says that this worker was told to stop."""
        await self.put_down(now)
        await store.stop_worker(self._pool, self._worker_id, now)

    async def sample(self, now: datetime) -> None:
        """Puts down what was delivered, and how the outbox and the workers stand."""
        await self.put_down(now)
        counts = await count_notices(self._pool, now=now, settled_since=now)
        workers = await store.list_workers(self._pool, now - WORKER_SILENT)
        seen = {
            "outbox.waiting": float(sum(one.pending for one in counts.waiting.values())),
            "outbox.oldest": max((one.oldest_due_seconds for one in counts.waiting.values()), default=0.0),
            "workers.alive": float(sum(worker["stopped_at"] is None for worker in workers)),
        }
        await store.set_measurements(self._pool, minute_of(now), seen)

    async def put_down(self, now: datetime) -> None:
        """Adds what this worker delivered since the last time to what all did."""
        counted = Counter(self._tally)
        fresh = {key: count - self._put_down[key] for key, count in counted.items() if count > self._put_down[key]}
        if not fresh:
            return
        await store.add_deliveries(self._pool, fresh)
        self._put_down = counted
        await store.add_measurements(self._pool, minute_of(now), measure_deliveries(fresh))


def measure_deliveries(counted: Mapping[tuple[str, str], int]) -> dict[str, float]:
    """The measurements that deliveries make: arrived, and lost in all and by channel."""
    found: Counter[str] = Counter()
    for (channel, outcome), count in counted.items():
        if outcome == "delivered":
            found["notices.delivered"] += count
        elif outcome in (_LOST_ON_THE_WAY_TO_A_PHONE if channel in CHANNELS else _LOST):
            found[LOST] += count
            found[f"{LOST}.{channel}"] += count
    return {name: float(count) for name, count in found.items()}


async def forget_measurements(pool: Pool, now: datetime) -> None:
    """Deletes samples and workers that no plot and no list shows any more."""
    await store.purge_measurements(pool, now - _KEPT)
    await store.purge_workers(pool, now - _WORKERS_KEPT)
