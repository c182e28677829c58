"""What the engine asks of a way to reach people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from push.notices import Notice, Outcome


class Channel(Protocol):
    """Delivers one notice at a time, `concurrency` of them at once, each cut off after `deadline` seconds.

    An attempt that is cut may still arrive: where the provider takes an id or a collapse key, derive it from
    `notice_id`.
    """

    @property
    def name(self) -> str: ...

    @property
    def concurrency(self) -> int: ...

    @property
    def deadline(self) -> float: ...

    async def deliver(self, notice: Notice) -> Outcome: ...


@runtime_checkable
class BatchChannel(Protocol):
    """Delivers up to `batch` notices at once and answers for each in turn; `concurrency` counts batches."""

    @property
    def name(self) -> str: ...

    @property
    def concurrency(self) -> int: ...

    @property
    def deadline(self) -> float: ...

    @property
    def batch(self) -> int: ...

    async def deliver_many(self, notices: Sequence[Notice]) -> Sequence[Outcome]: ...


class Attempt(Protocol):
    """One notice, ready to be sent."""

    async def send(self) -> Outcome: ...

    def cut(self, reason: str) -> Outcome:
        """What it means that `send` was cut off, or failed: perhaps it was sent."""
        ...


@runtime_checkable
class PreparingChannel(Protocol):
    """Makes many notices ready at once, with one load for all, and then sends each by itself, `concurrency` at once.

    `prepare` answers each in turn: with an outcome where it is decided already, else with the attempt to make.
    """

    @property
    def name(self) -> str: ...

    @property
    def concurrency(self) -> int: ...

    @property
    def deadline(self) -> float: ...

    async def prepare(self, notices: Sequence[Notice]) -> Sequence[Attempt | Outcome]: ...

    async def finish(self) -> None:
        """Waits for what goes on beside its attempts, when the last of them has ended."""
        ...


AnyChannel: TypeAlias = Channel | BatchChannel | PreparingChannel
