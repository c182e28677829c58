"""How soon wallets show what registries change: counted by the minute, in classes of the delay, and by registry."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from app.database import Pool
from app.licences.settling import Settled
from app.measuring import store
from app.measuring.counting import minute_of
from app.measuring.model import RegistryAsked

DELAY_BOUNDS = (60, 600, 3600, 6 * 3600, 24 * 3600, 48 * 3600)
"""Upper bounds of the classes, in seconds; one more has none."""
DELAYS = "licences.delay."
ASKED, FAILED = "registries.asked.", "registries.failed."
UNCONFIRMED = "licences.unconfirmed."


def name_delay(seconds: float) -> str:
    """The measurement that counts changes shown so long after the registry made them."""
    place = bisect_left(DELAY_BOUNDS, seconds)
    return f"{DELAYS}{DELAY_BOUNDS[place] if place < len(DELAY_BOUNDS) else 'inf'}"


def measure_changes(settled: Iterable[Settled]) -> dict[str, float]:
    """The measurements that bringing wallets up to date makes."""
    found: Counter[str] = Counter()
    for one in settled:
        if one.is_joined:
            found[f"{ASKED}{one.source}"] += 1
        if one.failure is not None:
            found[f"{FAILED}{one.source}"] += 1
        if one.unconfirmed:
            found[f"{UNCONFIRMED}{one.source}"] += one.unconfirmed
        for delay in one.delays:
            found[name_delay(delay.total_seconds())] += 1
    return {name: float(count) for name, count in found.items()}


async def note_changes(pool: Pool, settled: Iterable[Settled], now: datetime) -> None:
    """Adds them to the minute's."""
    measured = measure_changes(settled)
    if measured:
        await store.add_measurements(pool, minute_of(now), measured)


def read_registries(asked: dict[str, float], failed: dict[str, float]) -> list[RegistryAsked]:
    """By registry, from what was summed under the two names."""
    return [
        RegistryAsked(name.removeprefix(ASKED), int(count), int(failed.get(name.replace(ASKED, FAILED, 1), 0)))
        for name, count in sorted(asked.items())
    ]
