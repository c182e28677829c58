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


AnyChannel: TypeAlias = Channel | BatchChannel
