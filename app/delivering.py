"""Deliveries as an operator who collects traces sees them: one span an attempt, of a channel, with its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.tracing import is_tracing, span
from push.channels import AnyChannel, BatchChannel, Channel
from push.notices import Notice, Outcome


def trace_channels(channels: Sequence[AnyChannel]) -> list[AnyChannel]:
    """The same channels, each within a span; themselves where nothing is traced."""
    if not is_tracing():
        return list(channels)
    return [
        _TracedBatches(channel) if isinstance(channel, BatchChannel) else _TracedChannel(channel)
        for channel in channels
    ]


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
            for kind, count in Counter(type(outcome).__name__ for outcome in outcomes).items():
                traced.set_attribute(f"suixing.outcome.{kind}", count)
            return outcomes
