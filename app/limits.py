"""Limits that cost a request nothing: decided in memory, and shared between processes a few times a second.

Each limit is a leaky bucket in its virtual-scheduling form (GCRA, ITU-T I.371): one moment a key, up to which its
allowance is spent. Processes add what they spent to the same moment in Valkey; while Valkey is away each keeps its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from app.ephemeral import FAULTS, Valkey
from app.errors import TooManyRequestsError

log = structlog.get_logger()

_SHARE_SECONDS = 0.25

_SPEND = """
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
local now = tonumber(ARGV[1])
if spent < now then spent = now end
spent = spent + tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%.6f', spent), 'PX', math.ceil((spent - now) * 1000) + 1000)
return string.format('%.6f', spent)
"""


class Limit:
    """So many a minute for each key, and so many at once."""

    def __init__(self, name: str, *, per_minute: int, burst: int) -> None:
        self.name = name
        self._interval = 60.0 / per_minute
        # Sums of many intervals are off in their last digits: a thousandth of one lets them come out even.
        self._tolerance = self._interval * (burst + 0.001)
        self._spent_until: dict[str, float] = {}
        self._unshared: dict[str, int] = {}

    def claim(self, key: str, moment: float) -> None:
        """Takes one at `moment` (POSIX seconds); raises TooManyRequestsError with the seconds to wait."""
        spent = max(self._spent_until.get(key, 0.0), moment) + self._interval
        if spent - moment > self._tolerance:
            raise TooManyRequestsError(int(spent - moment - self._tolerance) + 1)
        self._spend(key, spent, 1)

    def charge(self, key: str, moment: float, count: int) -> None:
        """Takes so many that were used already, whatever is left: what comes next has to wait for them."""
        if count > 0:
            self._spend(key, max(self._spent_until.get(key, 0.0), moment) + count * self._interval, count)

    def _spend(self, key: str, until: float, count: int) -> None:
        self._spent_until[key] = until
        self._unshared[key] = self._unshared.get(key, 0) + count

    async def share(self, valkey: Valkey, moment: float) -> None:
        """Tells the other processes what was spent here, and learns what was spent there."""
        self._spent_until = {key: until for key, until in self._spent_until.items() if until > moment}
        spent_here, self._unshared = self._unshared, {}
        keys = list(spent_here)
        if keys:
            script = valkey.register_script(_SPEND)
            async with valkey.pipeline(transaction=False) as pipe:
                for key in keys:
                    await script(
                        keys=[f"limit:{self.name}:{{{key}}}"],
                        args=[moment, spent_here[key] * self._interval],
                        client=pipe,
                    )
                answers = await pipe.execute()
            for key, answer in zip(keys, answers, strict=True):
                self._spent_until[key] = max(self._spent_until.get(key, 0.0), float(answer))


async def share_limits(limits: list[Limit], valkey: Valkey, clock: Callable[[], float]) -> None:
    """Runs until cancelled; what cannot be shared stays a limit of this process."""
    while True:
        await asyncio.sleep(_SHARE_SECONDS)
        for limit in limits:
            try:
                await limit.share(valkey, clock())
            except FAULTS:
                log.debug("limits.not-shared", limit=limit.name)
