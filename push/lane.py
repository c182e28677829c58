"""One channel's share of the engine: it claims as places come free, so that no channel waits for another.

What it does with what it has claimed is its kind's (lanes.py).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from push import store
from push.breaker import Breaker
from push.channels import AnyChannel
from push.deadlines import CutOffError, Deadlines
from push.notices import Delivered, Fault, Notice, Outcome, Unanswered, Unavailable
from push.recording import DATABASE_SECONDS, OUTAGE_SECONDS, Recorder
from push.rules import Pace, Ruling, expire, has_expired, release, rule
from push.store import Pool
from push.troubles import Troubles

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

IDLE_SECONDS = 0.25
LEASE_MARGIN_SECONDS = 30.0
"""What a lease leaves for recording the outcome, and for clocks that differ."""

DEADLINE = "deadline"
"""The reason where a channel took too long."""

_Answer = TypeVar("_Answer")
_Work = TypeVar("_Work")


class Lane(ABC, Generic[_Work]):
    """Claims one channel's due notices, delivers them within its concurrency and hands the rulings to the recorder.

    Up to twice as many notices are held as may be with the provider at once, so that it need not wait for the next
    claim. A notice is held until its ruling is recorded; with the database gone, claiming therefore stops by itself.
    What is ready waits in one line, from which so many carriers as the channel serves at once take the next.
    """

    def __init__(
        self,
        channel: AnyChannel,
        *,
        places: int,
        pool: Pool,
        recorder: Recorder,
        now: Callable[[], datetime],
        pace: Pace,
        jitter: Callable[[], float],
        tally: Counter[tuple[str, str]],
        troubles: Troubles,
        on_moved: Callable[[Collection[str]], None],
    ) -> None:
        self.channel = channel
        self._pool = pool
        self._recorder = recorder
        self._now = now
        self._pace = pace
        self._jitter = jitter
        self._tally = tally
        self._troubles = troubles
        self._on_moved = on_moved
        self._breaker = Breaker()
        self._places = places
        self._deliveries = asyncio.TaskGroup()
        self._ready: deque[_Work] = deque()
        self._carriers = 0
        self._lease = timedelta(seconds=2 * channel.deadline + LEASE_MARGIN_SECONDS)
        self._deadlines = Deadlines(channel.deadline)
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
        self._deadlines.cut_all()

    async def run(self) -> None:
        async with self._deliveries:
            while not self._stopping:
                self._stirred.clear()
                room = self._find_room()
                self._is_full = room == 0
                claimed = await self._claim(room) if room else []
                leased_until = self._now() + self._lease
                if claimed:
                    self._begin(claimed, leased_until)
                if not self._stopping and len(claimed) < max(room, 1):
                    await self._rest(IDLE_SECONDS)
        while self._held:
            self._stirred.clear()
            await self._stirred.wait()

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
                    self._pool, self.channel.name, limit=room, now=now, leased_until=now + self._lease
                )
        except Exception as error:  # noqa: BLE001  the loop outlives the database, whatever it says
            _log.warning("push.claim-failed", channel=self.channel.name, error=type(error).__name__)
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

    @abstractmethod
    def _begin(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        """Starts what is to be done with notices that were just claimed."""

    @abstractmethod
    async def _deliver(self, work: _Work) -> Sequence[Ruling]:
        """Does what was ready, when its turn has come."""

    def _put(self, works: Iterable[_Work]) -> None:
        """Makes works ready, which are begun in their order as places come free."""
        self._ready.extend(works)
        for _ in range(min(len(self._ready), self.channel.concurrency - self._carriers)):
            self._carriers += 1
            self._deliveries.create_task(self._carry())

    async def _carry(self) -> None:
        while self._ready:
            self._close(await self._deliver(self._ready.popleft()))
        self._carriers -= 1

    def _close(self, rulings: Sequence[Ruling]) -> None:
        """Has recorded what became of notices, which are held until then."""
        if rulings:
            self._note(rulings)
            self._recorder.record(rulings, self._let_go)

    def _let_go(self, recorded: Sequence[Ruling]) -> None:
        self._held -= len(recorded)
        if moved := {ruling.notice.channel for ruling in recorded} - {self.channel.name}:
            self._on_moved(moved)
        if self._is_full or self._stopping:
            self._stirred.set()

    def _sift(self, notices: Sequence[Notice], leased_until: datetime) -> tuple[list[Ruling], list[Notice]]:
        """What need not be sent, or may not any more; and what is left."""
        now = self._now()
        rulings: list[Ruling] = []
        live: list[Notice] = []
        for notice in notices:
            if has_expired(notice, now):
                rulings.append(expire(notice, now))
            else:
                live.append(notice)
        late = now + timedelta(seconds=self.channel.deadline) >= leased_until
        if self._stopping or late:
            # Late means that this process stood still: another may claim the notices before they could be recorded.
            return rulings + [release(notice, now) for notice in live], []
        return rulings, live

    def _judge(self, notice: Notice, outcome: Outcome) -> Ruling:
        self._weigh(notice, outcome)
        return rule(notice, outcome, self._now(), self._pace, self._jitter())

    async def _call(
        self, notices: Sequence[Notice], call: Awaitable[_Answer], on_failure: Callable[[str], Outcome]
    ) -> _Answer | Outcome:
        """What a channel answers, within its deadline; or what its failure means for each of the notices."""
        try:
            return await self._deadlines.keep(call)
        except Exception as error:  # noqa: BLE001  a channel's mistake is a retry, never the end of the loop
            was_cut = "interrupted" if self._interrupted else DEADLINE
            reason = was_cut if isinstance(error, CutOffError) else "channel-error"
            _log.warning(
                "push.delivery-failed",
                channel=self.channel.name,
                reason=reason,
                error=type(error).__name__,  # its words may hold a phone or a token
                notice_ids=[notice.notice_id for notice in notices[:10]],
            )
            return on_failure(reason)

    def _weigh(self, notice: Notice, outcome: Outcome) -> None:
        """Tells the breaker, and an operator where our configuration is at fault."""
        name = self.channel.name
        if isinstance(outcome, Unanswered):
            self._tally[name, "unanswered"] += 1
        elif isinstance(outcome, Delivered) and notice.may_have_arrived:
            self._tally[name, "repeated"] += 1
        if isinstance(outcome, Fault):
            _log.error("push.channel-misconfigured", channel=name, reason=outcome.reason, notice_id=notice.notice_id)
        if isinstance(outcome, Unavailable | Fault):
            at = asyncio.get_running_loop().time()
            if self._breaker.fail(at):
                _log.error("push.channel-paused", channel=name, reason=outcome.reason)
            if (is_ours := isinstance(outcome, Fault)) or self._breaker.is_open:
                self._troubles.note(name, "", outcome.reason, at, is_ours=is_ours)
            return
        if self._breaker.succeed():
            _log.info("push.channel-resumed", channel=name)
        self._troubles.end(name, "")

    def _note(self, rulings: Sequence[Ruling]) -> None:
        for ruling in rulings:
            is_moved = ruling.notice.channel != self.channel.name
            self._tally[self.channel.name, ruling.outcome or ("moved" if is_moved else "postponed")] += 1
            if ruling.outcome in {"refused", "given-up"}:
                _log.warning(
                    "push.notice-undelivered",
                    channel=self.channel.name,
                    notice_id=ruling.notice.notice_id,
                    outcome=ruling.outcome,
                    reason=ruling.reason,
                    attempts=ruling.notice.attempts,
                )
