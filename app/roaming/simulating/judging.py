"""What the rule found, held against where people truly were."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from math import exp, lgamma, log

import numpy as np

from app.roaming.boundaries import Boundaries, Ints
from app.roaming.model import Crossing
from app.roaming.simulating.phones import Fixes

LOOKING_BACK = 900
"""Seconds within which somebody must truly have been where the rule says that they are."""
_VISIT = 1_800
_USABLE_FIXES, _USABLE_SPAN = 3, 600
"""A visit is seen well enough where so many usable fixes, so deep in the province, span so many seconds."""
_USABLE_DEPTH, _USABLE_ACCURACY, _USABLE_AGE = 700.0, 200.0, 120


@dataclass(slots=True)
class Tally:
    """Counts; those of many residents add up."""

    resident_days: int = 0
    fixes: int = 0
    visits: int = 0
    found: int = 0
    missed: int = 0
    unseen: int = 0
    crossings: int = 0
    false: int = 0
    notices: int = 0
    false_notices: int = 0

    def add(self, other: Tally) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class Truth:
    """The true province of each fix, in the order of time; over water the one before."""

    at: Ints
    provinces: Ints
    """Numbers of two digits; 0 before any is known."""
    usable: Ints
    """Which fixes the rule may use, whatever they say."""
    longitudes: np.ndarray[tuple[int], np.dtype[np.float64]]
    latitudes: np.ndarray[tuple[int], np.dtype[np.float64]]


def find_truth(boundaries: Boundaries, fixes: Fixes) -> Truth:
    """Looks up where somebody truly was at each fix."""
    order = np.argsort(fixes.at, kind="stable")
    x, y = fixes.true_longitudes[order], fixes.true_latitudes[order]
    codes = np.array([*(int(place.province) for place in boundaries.places), 0])
    found = codes[boundaries.locate_batch(x, y)]  # nowhere is -1, the last
    known = np.maximum.accumulate(np.where(found > 0, np.arange(len(found)), -1))
    provinces = np.where(known >= 0, found[known], 0)
    usable = (fixes.accuracies <= _USABLE_ACCURACY) & (fixes.received_at - fixes.at <= _USABLE_AGE)
    return Truth(fixes.at[order].astype(np.int64), provinces, usable[order].astype(np.int64), x, y)


def judge(boundaries: Boundaries, truth: Truth, crossings: list[Crossing], days: int) -> tuple[Tally, list[Crossing]]:
    """Counts a resident's days; and which crossings are false."""
    tally = Tally(resident_days=days, fixes=len(truth.at), crossings=len(crossings))
    false = [one for one in crossings if not _was_there(truth, one)]
    tally.false = len(false)
    tally.notices = sum(one.is_told for one in crossings)
    tally.false_notices = sum(one.is_told for one in false)
    begins = np.flatnonzero(np.diff(truth.provinces, prepend=-1))
    for begin, end in pairwise([*begins[1:].tolist(), len(truth.at)]):
        since, until = int(truth.at[begin]), int(truth.at[end - 1])
        to = f"{truth.provinces[begin]}"
        if until - since < _VISIT or not truth.provinces[begin - 1] or _know(truth, crossings, since) == to:
            continue  # too short, or back from so short a step over the border that the rule was right to wait
        tally.visits += 1
        if any(one.to_province == to and since <= one.at <= until for one in crossings):
            tally.found += 1
        elif _is_seen(boundaries, truth, slice(begin, end), to):
            tally.missed += 1
        else:
            tally.unseen += 1
    return tally, false


def _was_there(truth: Truth, crossing: Crossing) -> bool:
    begin, end = np.searchsorted(truth.at, [crossing.at - LOOKING_BACK, crossing.at + 1])
    return bool((truth.provinces[begin:end] == int(crossing.to_province)).any())


def _know(truth: Truth, crossings: list[Crossing], at: int) -> str:
    """The province that the rule held somebody to be in at a time."""
    begun = crossings[0].from_province if crossings else f"{truth.provinces[truth.provinces > 0][0]}"
    return next((one.to_province for one in reversed(crossings) if one.at < at), begun)


def _is_seen(boundaries: Boundaries, truth: Truth, visit: slice, province: str) -> bool:
    """Whether enough was sent during a visit; not where one hardly stepped over the border."""
    spots = zip(truth.longitudes[visit].tolist(), truth.latitudes[visit].tolist(), strict=True)
    deep = [
        is_usable and boundaries.locate(*spot) is not None and boundaries.measure_depth(*spot, province) > _USABLE_DEPTH
        for is_usable, spot in zip(truth.usable[visit].tolist(), spots, strict=True)
    ]
    times = truth.at[visit][np.array(deep, bool)]
    return len(times) >= _USABLE_FIXES and int(times[-1] - times[0]) >= _USABLE_SPAN


def bound_rate(events: int, trials: int, confidence: float = 0.95) -> float:
    """The exact upper bound (Poisson) of a rate of which so many events were seen: by halving, to nine digits."""
    low: float = 0.0
    high: float = events + 10.0 * (events + 1) ** 0.5 + 10.0
    for _ in range(60):
        middle = (low + high) / 2
        terms = (exp(number * log(middle) - middle - lgamma(number + 1)) for number in range(events + 1))
        low, high = (middle, high) if sum(terms) > 1 - confidence else (low, middle)
    return high / trials
