"""One channel's share of the engine: it claims as places come free, so that no channel waits for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import get_args

import structlog

from push import store
from push.breaker import Breaker
from push.channels import AnyChannel, BatchChannel
from push.notices import Fault, Notice, Outcome, Retry, Unavailable
from push.recording import DATABASE_SECONDS, OUTAGE_SECONDS, Recorder
from push.rules import Pace, Ruling, expire, has_expired, release, rule
from push.store import Pool

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

IDLE_SECONDS = 0.25
LEASE_MARGIN_SECONDS = 30.0
"""What a lease leaves for recording the outcome, and for clocks that differ."""

_OUTCOMES = get_args(Outcome)


class Lane:
    """Claims one channel's due notices, delivers them within its concurrency and hands the rulings to the recorder.

    Up to twice as many notices are held as may be with the provider at once, so that it need not wait for the next
    claim. A notice is held until its ruling is recorded; with the database gone, claiming therefore stops by itself.
    """

    def __init__(
        self,
        channel: AnyChannel,
        *,
        pool: Pool,
        recorder: Recorder,
        now: Callable[[], datetime],
        pace: Pace,
        jitter: Callable[[], float],
        tally: Counter[tuple[str, str]],
    ) -> None:
        self._channel = channel
        self._pool = pool
        self._recorder = recorder
        self._now = now
        self._pace = pace
        self._jitter = jitter
        self._tally = tally
        self._breaker = Breaker()
        self._parcel = channel.batch if isinstance(channel, BatchChannel) else 1
        self._places = channel.concurrency * self._parcel
        self._calling = asyncio.Semaphore(channel.concurrency)
        self._lease = timedelta(seconds=2 * channel.deadline + LEASE_MARGIN_SECONDS)
        self._cuts: set[asyncio.Timeout] = set()
        self._held = 0
        self._is_full = False
        self._stopping = False
        self._interrupted = False
        self._stirred = asyncio.Event()

    def wake(self) -> None:
        """Looks for notices now rather than at the next poll."""
        self._stirred.set()

    def stop(self) -> None:
        """Claims no more and releases what has not been begun; `run` ends once the rest is done."""
        self._stopping = True
        self._stirred.set()

    def interrupt(self) -> None:
        """Cuts off the deliveries under way: they are due again after their back-off."""
        self._interrupted = True
        for cut in self._cuts:
            cut.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        async with asyncio.TaskGroup() as deliveries:
            while not self._stopping:
                self._stirred.clear()
                room = self._find_room()
                self._is_full = room == 0
                claimed = await self._claim(room) if room else []
                leased_until = self._now() + self._lease
                for parcel in _split(claimed, self._parcel):
                    deliveries.create_task(self._carry(parcel, leased_until))
                if not self._stopping and len(claimed) < max(room, 1):
                    await self._rest(IDLE_SECONDS)

    def _find_room(self) -> int:
        room = 2 * self._places - self._held
        if room < self._places:
            return 0  # a few free places are not worth a query
        return self._breaker.allow(room, self._held, asyncio.get_running_loop().time())

    async def _claim(self, room: int) -> list[Notice]:
        now = self._now()
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                claimed = await store.lease_notices(
                    self._pool, self._channel.name, limit=room, now=now, leased_until=now + self._lease
                )
        except Exception as error:  # noqa: BLE001  the loop outlives the database, whatever it says
            _log.warning("push.claim-failed", channel=self._channel.name, error=type(error).__name__)
            await self._rest(OUTAGE_SECONDS)
            return []
        self._held += len(claimed)
        return claimed

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _carry(self, parcel: Sequence[Notice], leased_until: datetime) -> None:
        try:
            async with self._calling:
                rulings = await self._attempt(parcel, leased_until)
            self._note(rulings)
            await self._recorder.record(rulings)
        finally:
            self._held -= len(parcel)
            if self._is_full:
                self._stirred.set()

    async def _attempt(self, parcel: Sequence[Notice], leased_until: datetime) -> list[Ruling]:
        now = self._now()
        rulings = [expire(notice, now) for notice in parcel if has_expired(notice, now)]
        live = [notice for notice in parcel if not has_expired(notice, now)]
        late = now + timedelta(seconds=self._channel.deadline) >= leased_until
        if self._stopping or late:
            # Late means that this process stood still: another may claim the notices before they could be recorded.
            return rulings + [release(notice, now) for notice in live]
        outcomes: Sequence[Outcome] = await self._call(live) if live else ()
        ended = self._now()
        for notice, outcome in zip(live, outcomes, strict=True):
            self._weigh(notice, outcome)
            rulings.append(rule(notice, outcome, ended, self._pace, self._jitter()))
        return rulings

    async def _call(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
        cut = asyncio.timeout(self._channel.deadline)
        self._cuts.add(cut)
        outcome: Outcome
        try:
            async with cut:
                return await self._deliver(notices)
        except Exception as error:  # noqa: BLE001  a channel's mistake is a retry, never the end of the loop
            if cut.expired():
                outcome = Retry("interrupted") if self._interrupted else Unavailable("deadline")
            else:
                outcome = Retry("channel-error")
            _log.warning(
                "push.delivery-failed",
                channel=self._channel.name,
                reason=outcome.reason,
                error=type(error).__name__,  # its words may hold a phone or a token
                notice_ids=[notice.notice_id for notice in notices[:10]],
            )
            return [outcome] * len(notices)
        finally:
            self._cuts.discard(cut)

    async def _deliver(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
        if isinstance(self._channel, BatchChannel):
            outcomes = await self._channel.deliver_many(notices)
        else:
            outcomes = [await self._channel.deliver(notices[0])]
        if len(outcomes) != len(notices) or not all(isinstance(outcome, _OUTCOMES) for outcome in outcomes):
            raise TypeError("a channel answers each notice with one outcome")
        return outcomes

    def _weigh(self, notice: Notice, outcome: Outcome) -> None:
        """Tells the breaker, and an operator where our configuration is at fault."""
        name = self._channel.name
        if isinstance(outcome, Fault):
            _log.error("push.channel-misconfigured", channel=name, reason=outcome.reason, notice_id=notice.notice_id)
        if isinstance(outcome, Unavailable | Fault):
            if self._breaker.fail(asyncio.get_running_loop().time()):
                _log.error("push.channel-paused", channel=name, reason=outcome.reason)
        elif self._breaker.succeed():
            _log.info("push.channel-resumed", channel=name)

    def _note(self, rulings: Sequence[Ruling]) -> None:
        for ruling in rulings:
            self._tally[self._channel.name, ruling.outcome or "postponed"] += 1
            if ruling.outcome in {"refused", "given-up"}:
                _log.warning(
                    "push.notice-undelivered",
                    channel=self._channel.name,
                    notice_id=ruling.notice.notice_id,
                    outcome=ruling.outcome,
                    reason=ruling.reason,
                    attempts=ruling.notice.attempts,
                )


def _split(notices: Sequence[Notice], size: int) -> Iterator[Sequence[Notice]]:
    for start in range(0, len(notices), size):
        yield notices[start : start + size]
