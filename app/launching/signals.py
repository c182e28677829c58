"""Ctrl-C, SIGTERM and a closed terminal: each asks once for an orderly end."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Generator
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequestedError(KeyboardInterrupt):
    """Somebody asked for the end; of KeyboardInterrupt, for asyncio lets that through from wherever it arises."""


@contextlib.contextmanager
def stopping_on_signals() -> Generator[None]:
    """Within the block, the first of the signals raises StopRequestedError and the others are ignored."""
    before = {number: signal.getsignal(number) for number in _NUMBERS}

    def stop(_number: int, _frame: FrameType | None) -> None:
        # What follows is the stopping itself: it is bounded in time, and a second Ctrl-C must not cut it short.
        for number in _NUMBERS:
            signal.signal(number, signal.SIG_IGN)
        raise StopRequestedError

    for number in _NUMBERS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
