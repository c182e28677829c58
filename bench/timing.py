"""Timing what takes microseconds on a machine that does other things too."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence


def time_in_turns(works: Sequence[Callable[[], object]], *, rounds: int, calls: int) -> list[float]:
    """Seconds a call of each work: the least of many short rounds, taken in turns so that all meet the same machine.

    The least, since whatever else runs can only add; in short rounds, since then some are left alone.
    """
    least = [float("inf")] * len(works)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for number, work in enumerate(works):
                least[number] = min(least[number], _time(work, calls))
    finally:
        if was_enabled:
            gc.enable()
    return least


def _time(work: Callable[[], object], calls: int) -> float:
    begun = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - begun) / calls
