"""What this server process counts for the desk's plots, and how long its requests wait for the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from time import perf_counter

from api.counters import ENDINGS_AGE, POOL_BUSY, POOL_WAIT
from app.database import FAULTS, STATEMENT_SECONDS, Pool
from app.measuring.counting import Counts
from app.measuring.pushes import name_opened
from app.measuring.series import BOUNDS, REFUSED, TIMED, class_name, find_class
from app.people.endings import EndedSessions

COUNTS = Counts()
"""Of this process."""

_NAMES = {
    ("scanCode", 201): "scans.accepted",
    ("issueCode", 201): "codes.issued",
    ("openSession", 201): "sessions.opened",
    ("refreshSession", 200): "sessions.refreshed",
}
_CLASSES = {one: [class_name(one, index) for index in range(len(BOUNDS) + 1)] for one in TIMED}
_FAILED = 500
_PROBE_SECONDS = 5.0


def name_counts(operation: str, status: int) -> tuple[str, ...]:
    """What an answer counts as, looked up once for each operation and status."""
    names = ["requests.answered"]
    if status >= _FAILED:
        names.append("requests.failed")
    if name := _NAMES.get((operation, status)):
        names.append(name)
    return tuple(names)


def count_answer(names: tuple[str, ...], operation: str, slug: str | None, seconds: float) -> None:
    """Counts an answer: a few additions in memory, since every request pays for them."""
    counts = COUNTS.counts
    for name in names:
        counts[name] += 1
    if slug is not None:
        counts[f"{REFUSED}{slug}"] += 1
    classes = _CLASSES.get(operation)
    if classes is not None:
        counts[classes[find_class(seconds)]] += 1


def count_opened(topics: Sequence[str]) -> None:
    """Counts messages that were read for the first time, for whoever sends of these topics."""
    for topic in topics:
        COUNTS.counts[name_opened(topic)] += 1


async def probe(pool: Pool, ended: EndedSessions, clock: Callable[[], datetime]) -> None:
    """Runs until cancelled: takes a connection now and then as a request would, and notes how long that took."""
    while True:
        await asyncio.sleep(_PROBE_SECONDS)
        ENDINGS_AGE.set(ended.age(clock()).total_seconds())
        POOL_BUSY.set(pool.get_size() - pool.get_idle_size())
        asked = perf_counter()
        with suppress(*FAULTS):
            async with pool.acquire(timeout=STATEMENT_SECONDS):
                pass
        POOL_WAIT.observe(perf_counter() - asked)
