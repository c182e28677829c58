"""Deliveries as an operator who collects traces sees them: one span an attempt, of a channel, with its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.tracing import Traced, is_tracing, span
from push.channels import AnyChannel, Attempt, BatchChannel, Channel, PreparingChannel
from push.notices import Notice, Outcome


def trace_channels(channels: Sequence[AnyChannel]) -> list[AnyChannel]:
    """The same channels, each within a span; themselves where nothing is traced."""
    if not is_tracing():
        return list(channels)
    return [_trace(channel) for channel in channels]


def _trace(channel: AnyChannel) -> AnyChannel:
    if isinstance(channel, PreparingChannel):
        return _TracedPreparing(channel)
    return _TracedBatches(channel) if isinstance(channel, BatchChannel) else _TracedChannel(channel)


class _Named:
    """What the engine asks of any channel."""

    def __init__(self, channel: AnyChannel) -> None:
        self.name = channel.name
        self.concurrency = channel.concurrency
        self.deadline = channel.deadline


class _TracedChannel(_Named):
    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self._channel = channel

    async def deliver(self, notice: Notice) -> Outcome:
        with span(
            f"deliver.{self.name}", {"suixing.topic": notice.topic, "suixing.attempt": notice.attempts}
        ) as traced:
            outcome = await self._channel.deliver(notice)
            traced.set_attribute("suixing.outcome", type(outcome).__name__)
            return outcome


class _TracedBatches(_Named):
    def __init__(self, channel: BatchChannel) -> None:
        super().__init__(channel)
        self.batch = channel.batch
        self._channel = channel

    async def deliver_many(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
        with span(f"deliver.{self.name}", {"suixing.notices": len(notices)}) as traced:
            outcomes = await self._channel.deliver_many(notices)
            _count(traced, outcomes)
            return outcomes


class _TracedPreparing(_Named):
    def __init__(self, channel: PreparingChannel) -> None:
        super().__init__(channel)
        self._channel = channel

    async def prepare(self, notices: Sequence[Notice]) -> Sequence[Attempt | Outcome]:
        """Those that are decided already are counted; each of the others gets a span of its own when it is sent."""
        with span(f"prepare.{self.name}", {"suixing.notices": len(notices)}) as traced:
            answers = await self._channel.prepare(notices)
            _count(traced, [answer for answer in answers if isinstance(answer, Outcome)])
        return [
            answer if isinstance(answer, Outcome) else _TracedAttempt(self.name, notice, answer)
            for notice, answer in zip(notices, answers, strict=True)
        ]

    async def finish(self) -> None:
        await self._channel.finish()


class _TracedAttempt:
    def __init__(self, name: str, notice: Notice, attempt: Attempt) -> None:
        self._name = name
        self._notice = notice
        self._attempt = attempt

    async def send(self) -> Outcome:
        topic, attempt = self._notice.topic, self._notice.attempts
        with span(f"deliver.{self._name}", {"suixing.topic": topic, "suixing.attempt": attempt}) as traced:
            outcome = await self._attempt.send()
            traced.set_attribute("suixing.outcome", type(outcome).__name__)
            return outcome

    def cut(self, reason: str) -> Outcome:
        return self._attempt.cut(reason)


def _count(traced: Traced, outcomes: Sequence[Outcome]) -> None:
    for kind, count in Counter(type(outcome).__name__ for outcome in outcomes).items():
        traced.set_attribute(f"suixing.outcome.{kind}", count)
