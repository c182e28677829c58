"""Deadlines of many calls at once, all of one length."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


class CutOffError(TimeoutError):
    """A call took longer than it may, or was not to be waited for any more."""


class AbandonedError(Exception):
    """What a call waited for was cancelled under it, and the call with it: of its task nobody asked that."""


class Deadlines:
    """Cuts calls off that take longer than so many seconds, by one timer for all of them.

    A timer for each, as asyncio.timeout has, costs some five times as much.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[asyncio.Task[Any], float] = {}
        """Of the loop's time. In the order in which they come, since all are equally far from their begins."""
        self._cut: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, call: Awaitable[_Answer]) -> _Answer:
        """Waits for a call; raises CutOffError where it was cut off, AbandonedError where it was cancelled and its task
        was not. A task waits for one at a time.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is None or task in self._ends:
            raise RuntimeError("a task waits for one call at a time")
        cancelled_before = task.cancelling()
        self._ends[task] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look)
        try:
            return await call
        except asyncio.CancelledError:
            if task in self._cut and task.cancelling() - 1 <= cancelled_before:
                raise CutOffError from None
            if task.cancelling():
                raise  # somebody else has cancelled it, too
            raise AbandonedError from None
        finally:
            del self._ends[task]
            if task in self._cut:
                self._cut.remove(task)
                task.uncancel()

    def cut_all(self) -> None:
        """Waits for none of the calls under way any longer."""
        for task in self._ends.keys() - self._cut:
            self._cut_off(task)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        for task, end in self._ends.items():
            if task in self._cut:
                continue
            if end > loop.time():
                self._timer = loop.call_at(end, self._look)
                return
            self._cut_off(task)

    def _cut_off(self, task: asyncio.Task[Any]) -> None:
        self._cut.add(task)
        task.cancel()
