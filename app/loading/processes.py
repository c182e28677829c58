"""Preparing batches in processes of their own: it is work for a processor, of which Python uses one a process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context, parent_process
from typing import Any

_MOST = 8

_prepare: Callable[[Sequence[tuple[int, bytes]], datetime], Any] | None = None
"""What this process prepares by, once it was begun as one of a crew."""


def count_processes() -> int:
    """As many as there are processors, but for one that is left to the database and to whoever enters."""
    return max(1, min(_MOST, (os.cpu_count() or 1)))


class Crew:
    """Processes that each make what they prepare by from the same recipe; none of them outlives this one."""

    def __init__(self, recipe: Callable[..., Any], *parameters: Any) -> None:
        """`recipe(*parameters)` answers with a function of lines and the time; both cross to other processes."""
        self.size = count_processes()
        self._pool = ProcessPoolExecutor(
            self.size, mp_context=get_context("spawn"), initializer=_begin, initargs=(recipe, parameters)
        )

    def prepare(self, lines: Sequence[tuple[int, bytes]], now: datetime) -> Any:
        """In whichever process is free; called in a thread, which waits for it."""
        return self._pool.submit(_prepare_here, lines, now).result()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _begin(recipe: Callable[..., Any], parameters: tuple[Any, ...]) -> None:
    global _prepare  # noqa: PLW0603  a process of a crew serves one recipe
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _prepare = recipe(*parameters)


def _leave_with_parent() -> None:
    """A parent that is killed says nothing: its children would wait for it for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _prepare_here(lines: Sequence[tuple[int, bytes]], now: datetime) -> Any:
    if _prepare is None:
        raise RuntimeError("this process is none of a crew")
    return _prepare(lines, now)
