"""The kinds of lanes: of channels that are handed parcels of notices, and of those that make a batch ready first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar

from push.channels import AnyChannel, Attempt, BatchChannel, Channel, PreparingChannel
from push.lane import DEADLINE, Lane
from push.notices import Notice, Outcome, Retry, Unavailable
from push.rules import Ruling

_Answer = TypeVar("_Answer")
_HandOver: TypeAlias = Callable[[Sequence[Notice]], Awaitable[Sequence[Outcome]]]


def open_lane(channel: AnyChannel, **shared: Any) -> Lane[Any]:
    """The lane of a channel, by its kind."""
    if isinstance(channel, PreparingChannel):
        return _PreparingLane(channel, **shared)
    if isinstance(channel, BatchChannel):
        return _ParcelLane(channel, channel.deliver_many, channel.batch, **shared)
    return _ParcelLane(channel, _one_by_one(channel), 1, **shared)


def _one_by_one(channel: Channel) -> _HandOver:
    async def hand_over(notices: Sequence[Notice]) -> Sequence[Outcome]:
        return [await channel.deliver(notices[0])]

    return hand_over


class _Parcel(NamedTuple):
    notices: Sequence[Notice]
    leased_until: datetime


class _ParcelLane(Lane[_Parcel]):
    """Hands its channel so many notices at once."""

    def __init__(self, channel: Channel | BatchChannel, hand_over: _HandOver, parcel: int, **shared: Any) -> None:
        super().__init__(channel, places=channel.concurrency * parcel, **shared)
        self._hand_over = hand_over
        self._parcel = parcel

    def _begin(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        self._put(_Parcel(notices, leased_until) for notices in _split(claimed, self._parcel))

    async def _deliver(self, work: _Parcel) -> Sequence[Ruling]:
        rulings, live = self._sift(work.notices, work.leased_until)
        outcomes = _spread(await self._call(live, self._answer(live), _read_failure), live) if live else ()
        return rulings + [self._judge(notice, outcome) for notice, outcome in zip(live, outcomes, strict=True)]

    async def _answer(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
        outcomes = await self._hand_over(notices)
        if len(outcomes) != len(notices) or not all(map(_is_outcome, outcomes)):
            raise TypeError("a channel answers each notice with one outcome")
        return outcomes


class _Made(NamedTuple):
    notice: Notice
    attempt: Attempt
    leased_until: datetime


class _PreparingLane(Lane[_Made]):
    """Lets its channel load what it needs for all notices of a claim, and then sends each by itself."""

    def __init__(self, channel: PreparingChannel, **shared: Any) -> None:
        super().__init__(channel, places=channel.concurrency, **shared)
        self._prepare = channel.prepare
        self._finish = channel.finish

    async def run(self) -> None:
        await super().run()
        await self._finish()

    def _begin(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        self._deliveries.create_task(self._make_ready(claimed, leased_until))

    async def _make_ready(self, claimed: Sequence[Notice], leased_until: datetime) -> None:
        rulings, live = self._sift(claimed, leased_until)
        answers = _spread(await self._call(live, self._answer(live), _read_failure), live) if live else ()
        made: list[_Made] = []
        for notice, answer in zip(live, answers, strict=True):
            if isinstance(answer, Outcome):
                rulings.append(self._judge(notice, answer))
            else:
                made.append(_Made(notice, answer, leased_until))
        self._put(made)
        self._close(rulings)

    async def _answer(self, notices: Sequence[Notice]) -> Sequence[Attempt | Outcome]:
        answers = await self._prepare(notices)
        if len(answers) != len(notices):
            raise TypeError("a channel answers for each notice")
        return answers

    async def _deliver(self, work: _Made) -> Sequence[Ruling]:
        rulings, live = self._sift([work.notice], work.leased_until)
        if not live:
            return rulings
        return [self._judge(work.notice, await self._call(live, work.attempt.send(), work.attempt.cut))]


def _spread(answer: Sequence[_Answer] | Outcome, notices: Sequence[Notice]) -> Sequence[_Answer | Outcome]:
    """What is said of all of them together, for each."""
    return [answer] * len(notices) if isinstance(answer, Outcome) else answer


def _is_outcome(answer: object) -> bool:
    return isinstance(answer, Outcome)


def _read_failure(reason: str) -> Outcome:
    """What it means that a channel was cut off, or failed."""
    return Unavailable(reason) if reason == DEADLINE else Retry(reason)


def _split(notices: Sequence[Notice], size: int) -> Iterator[Sequence[Notice]]:
    for start in range(0, len(notices), size):
        yield notices[start : start + size]
