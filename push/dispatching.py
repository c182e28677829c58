"""The worker's loop over the outbox."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from push.channels import AnyChannel
from push.lanes import open_lane
from push.recording import Recorder
from push.rules import Pace
from push.store import Pool
from push.troubles import Troubles

RECORD_SECONDS = 1.0
"""How long a stop waits for the last rulings to be recorded, after the grace is over."""


class Dispatcher:
    """Delivers what is in the outbox through the channels given, until told to stop.

    Any number of them may run at once, in one process or many. `tally` counts outcomes by (channel, outcome) since the
    start, for metrics; among them `postponed` and `moved`, `unanswered` where a notice may have arrived and is sent
    again, and `repeated` where that was taken: those may have shown twice. `troubles` has what does not serve; give its
    channels the same.
    """

    def __init__(
        self,
        pool: Pool,
        channels: Sequence[AnyChannel],
        *,
        now: Callable[[], datetime],
        pace: Pace | None = None,
        jitter: Callable[[], float] = random.random,
        grace: float = 1.0,
        troubles: Troubles | None = None,
    ) -> None:
        if len({channel.name for channel in channels}) < max(len(channels), 1):
            raise ValueError("a dispatcher needs channels, each with a name of its own")
        self.tally: Counter[tuple[str, str]] = Counter()
        self.troubles = Troubles() if troubles is None else troubles
        self._grace = grace
        self._recorder = Recorder(pool, now)
        self._lanes = {
            channel.name: open_lane(
                channel,
                pool=pool,
                recorder=self._recorder,
                now=now,
                pace=pace or Pace(),
                jitter=jitter,
                tally=self.tally,
                troubles=self.troubles,
                on_moved=self.wake,
            )
            for channel in channels
        }

    @property
    def served(self) -> Collection[str]:
        """The names of the channels that have a lane here."""
        return self._lanes.keys()

    def wake(self, channels: Collection[str] | None = None) -> None:
        """A hint that something was enqueued, for these channels or for any: it is looked for now rather than within a
        quarter of a second.
        """
        for name, lane in self._lanes.items():
            if channels is None or name in channels:
                lane.wake()

    async def run(self, stopping: asyncio.Event) -> None:
        """Works until `stopping` is set, then finishes or releases what it holds, within about two seconds.

        Cancelling it instead is as if the process had died: what it held is claimed again when its lease ends.
        """
        async with asyncio.TaskGroup() as group:
            recording = group.create_task(self._recorder.run())
            running = {group.create_task(lane.run()) for lane in self._lanes.values()}
            await stopping.wait()
            for lane in self._lanes.values():
                lane.stop()
            _, running = await asyncio.wait(running, timeout=self._grace)
            if running:
                for lane in self._lanes.values():
                    lane.interrupt()
                _, running = await asyncio.wait(running, timeout=RECORD_SECONDS)
            for task in (recording, *running):
                task.cancel()
