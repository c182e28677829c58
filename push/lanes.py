"""The kinds of lanes: of channels that are handed parcels of notices, and of those that make a batch ready first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from push.channels import AnyChannel, Attempt, BatchChannel, Channel, PreparingChannel
from push.lane import DEADLINE, Lane
from push.notices import Notice, Outcome, Retry, Unavailable
from push.rules import Ruling

_Deliver: TypeAlias = Callable[[Sequence[Notice]], Awaitable[Sequence[Outcome]]]


def open_lane(channel: AnyChannel, **shared: Any) -> Lane:
    """The lane of a channel, by its kind."""
    if isinstance(channel, PreparingChannel):
        return _PreparingLane(channel, **shared)
    if isinstance(channel, BatchChannel):
        return _ParcelLane(channel, channel.deliver_many, channel.batch, **shared)
    return _ParcelLane(channel, _one_by_one(channel), 1, **shared)


def _one_by_one(channel: Channel) -> _Deliver:
    async def deliver(notices: Sequence[Notice]) -> Sequence[Outcome]:
        return [await channel.deliver(notices[0])]

    return deliver


class _ParcelLane(Lane):
    """Hands its channel so many notices at once."""

    def __init__(self, channel: Channel | BatchChannel, deliver: _Deliver, parcel: int, **shared: Any) -> None:
        super().__init__(channel, places=channel.concurrency * parcel, **shared)
        self._deliver = deliver
        self._parcel = parcel

    def _begin(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        for parcel in _split(claimed, self._parcel):
            self._deliveries.create_task(self._carry(parcel, leased_until))

    async def _carry(self, parcel: Sequence[Notice], leased_until: datetime) -> None:
        async with self._calling:
            rulings, live = self._sift(parcel, leased_until)
            outcomes = await self._call(live, self._answer(live), _read_failure) if live else ()
        rulings += [self._judge(notice, outcome) for notice, outcome in zip(live, outcomes, strict=True)]
        await self._close(rulings)

    async def _answer(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
        outcomes = await self._deliver(notices)
        if not all(map(_is_outcome, outcomes)):
            raise TypeError("a channel answers each notice with one outcome")
        return outcomes


class _PreparingLane(Lane):
    """Lets its channel load what it needs for all notices of a claim, and then sends each by itself."""

    def __init__(self, channel: PreparingChannel, **shared: Any) -> None:
        super().__init__(channel, places=channel.concurrency, **shared)
        self._prepare = channel.prepare

    def _begin(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        self._deliveries.create_task(self._make_ready(claimed, leased_until))

    async def _make_ready(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        rulings, live = self._sift(claimed, leased_until)
        answers = await self._call(live, self._prepare(live), _read_failure) if live else ()
        for notice, answer in zip(live, answers, strict=True):
            if isinstance(answer, Outcome):
                rulings.append(self._judge(notice, answer))
            else:
                self._deliveries.create_task(self._send(notice, answer, leased_until))
        await self._close(rulings)

    async def _send(self, notice: Notice, attempt: Attempt, leased_until: datetime) -> None:
        async with self._calling:
            rulings, live = self._sift([notice], leased_until)
            if live:
                rulings = await self._attempt(notice, attempt)
        await self._close(rulings)

    async def _attempt(self, notice: Notice, attempt: Attempt) -> list[Ruling]:
        async def send() -> Sequence[Outcome]:
            return [await attempt.send()]

        return [self._judge(notice, outcome) for outcome in await self._call([notice], send(), attempt.cut)]


def _is_outcome(answer: object) -> bool:
    return isinstance(answer, Outcome)


def _read_failure(reason: str) -> Outcome:
    """What it means that a channel was cut off, or failed."""
    return Unavailable(reason) if reason == DEADLINE else Retry(reason)


def _split(notices: Sequence[Notice], size: int) -> Iterator[Sequence[Notice]]:
    for start in range(0, len(notices), size):
        yield notices[start : start + size]
