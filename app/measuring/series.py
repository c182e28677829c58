"""Which measurements there are, and how the desk draws them."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the classes in which the time to answer is counted, in seconds; one more class has none."""
TIMED = ("scanCode", "issueCode")
"""The operations whose time to answer is kept."""
COUNTING = "servers.counting"
"""Added to by each server each minute: a minute without it is not known, rather than without anything."""
REFUSED = "refusals."
LOST = "notices.lost"


Unit: TypeAlias = Literal["per-minute", "count", "seconds"]


class Kind(StrEnum):
    """How a step of a plot is made of its minutes."""

    RATE = "rate"
    """What was counted, a minute."""
    PEAK = "peak"
    """The highest that was seen."""
    QUANTILE = "quantile"
    """A quantile of what was counted by class."""
    ACTIVE = "active"
    """Sessions in use: each opens or is refreshed once in the life of an access token."""


class Series(msgspec.Struct, frozen=True):
    """One line of a plot."""

    name: str
    kind: Kind
    unit: Unit
    sources: tuple[str, ...]
    quantile: float = 0.0


def class_name(operation: str, index: int) -> str:
    """The measurement that counts an operation's answers of one class."""
    return f"seconds.{operation}.{index}"


def find_class(seconds: float) -> int:
    """The class of a time to answer."""
    return bisect_left(BOUNDS, seconds)


def _counted(name: str) -> Series:
    return Series(name, Kind.RATE, "per-minute", (name,))


def _seen(name: str, unit: Unit) -> Series:
    return Series(name, Kind.PEAK, unit, (name,))


def _timed(operation: str, name: str, quantile: float) -> Series:
    sources = tuple(class_name(operation, index) for index in range(len(BOUNDS) + 1))
    return Series(name, Kind.QUANTILE, "seconds", sources, quantile)


SERIES: tuple[Series, ...] = (
    _counted("scans.accepted"),
    _counted("codes.issued"),
    _counted("sessions.opened"),
    Series("sessions.active", Kind.ACTIVE, "count", ("sessions.opened", "sessions.refreshed")),
    _counted("requests.answered"),
    _counted("requests.failed"),
    _timed("scanCode", "scans.p50", 0.5),
    _timed("scanCode", "scans.p99", 0.99),
    _timed("issueCode", "codes.p50", 0.5),
    _timed("issueCode", "codes.p99", 0.99),
    _seen("outbox.waiting", "count"),
    _seen("outbox.oldest", "seconds"),
    _counted("notices.delivered"),
    _counted(LOST),
    _seen("workers.alive", "count"),
)


def refusal_series(name: str) -> Series:
    """The line of one slug's refusals, by its measurement."""
    return _counted(name)
