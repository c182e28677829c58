"""What a phone makes of where its owner truly is: fixes by satellites, Wi-Fi and cells, some late, twice or far off.

The shares and widths are assumptions, written here so that they can be disputed; they err on the bad side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.roaming.datums import Datum, from_wgs84_batch
from app.roaming.simulating.journeys import DAY, HOUR, Journey, Kind

Floats = NDArray[np.float64]

_METRES = 111_320.0
_GAPS = {Kind.BORDER: 300.0, Kind.COMMUTER: 420.0, Kind.RAIL: 420.0, Kind.FLYER: 420.0}
"""Seconds between fixes by day, on average; other kinds send fewer."""
_GAP, _NIGHT_GAP = 900.0, 3_600.0
_SHARE_IN_USE = 0.3
"""Of phones that send while the app is open alone: three fixes a minute apart, some times a day."""
_SHARES = (0.55, 0.33, 0.12)
"""Of satellites, Wi-Fi and cells."""
_MEDIANS, _WIDTHS = np.array([8.0, 30.0, 600.0]), np.array([0.5, 0.5, 0.8])
"""Of what they tell as their accuracy, in metres, and how it spreads (log-normal)."""
_LYING, _LIE = 0.02, 5.0
"""The share of fixes that are as many times worse than they tell."""
_STRAY, _STRAY_MEDIAN = 0.002, 8_000.0
"""The share of single fixes that are kilometres off."""
_CLUSTERS_A_DAY, _CLUSTER_MEDIAN = 0.003, 20_000.0
"""Whole spells far off, as by a Wi-Fi router that has moved house."""
_LATE, _TWICE = 0.02, 0.01
_WRONG_CLOCK, _WRONG_DATUM, _MINI_PROGRAM = 0.01, 0.005, 0.4


@dataclass(frozen=True, slots=True)
class Fixes:
    """What a phone sends, in the order in which it arrives, and where it truly was."""

    at: Floats
    received_at: Floats
    longitudes: Floats
    latitudes: Floats
    accuracies: Floats
    true_longitudes: Floats
    true_latitudes: Floats
    datum: Datum


def take_fixes(chance: np.random.Generator, journey: Journey, kind: Kind, days: int) -> Fixes:
    """All fixes of a resident."""
    times = _choose_times(chance, kind, days)
    for begin, end in journey.silent:
        times = times[(times < begin) | (times > end)]
    true_x, true_y = journey.find(times)
    source = chance.choice(3, len(times), p=_SHARES)
    accuracy = np.exp(np.log(_MEDIANS[source]) + _WIDTHS[source] * chance.normal(size=len(times)))
    # Each way two thirds of the accuracy: two fixes of three lie within it, as phones define it.
    error = chance.normal(size=(2, len(times))) * accuracy * 0.67
    error[:, chance.random(len(times)) < _LYING] *= _LIE
    stray = chance.random(len(times)) < _STRAY
    error[:, stray] = _throw(chance, int(stray.sum()), _STRAY_MEDIAN)
    for _ in range(int(chance.poisson(_CLUSTERS_A_DAY * days))):
        begin = chance.uniform(0, days * DAY)
        spell = (times >= begin) & (times < begin + chance.uniform(300, 2_400)) & (source == 1)
        error[:, spell] += _throw(chance, 1, _CLUSTER_MEDIAN)
    x = true_x + error[0] / (_METRES * np.cos(np.radians(true_y)))
    y = true_y + error[1] / _METRES
    x, y, datum = _choose_datum(chance, x, y)
    return _send(chance, Fixes(times, times, x, y, accuracy, true_x, true_y, datum))


def _throw(chance: np.random.Generator, count: int, median: float) -> Floats:
    """Metres east and north, in any direction."""
    metres, angle = median * np.exp(1.5 * chance.normal(size=count)), chance.uniform(0, 2 * np.pi, count)
    return np.array([metres * np.cos(angle), metres * np.sin(angle)])


def _choose_times(chance: np.random.Generator, kind: Kind, days: int) -> Floats:
    if chance.random() < _SHARE_IN_USE and kind is not Kind.BORDER:
        opened = chance.uniform(0, days * DAY, int(chance.poisson(8 * days)))
        times = np.concatenate([opened, opened + 60, opened + 120, opened + 250])
    else:
        gap = _GAPS.get(kind, _GAP)
        times = np.cumsum(chance.exponential(gap, int(days * DAY / gap * 1.1) + 20))
        hours = times % DAY / HOUR
        is_night = (hours < 6) | (hours > 23)  # noqa: PLR2004  when phones lie still
        times = times[~is_night | (chance.random(len(times)) < gap / _NIGHT_GAP)]
    return np.unique(np.floor(times[times < days * DAY]))


def _choose_datum(chance: np.random.Generator, x: Floats, y: Floats) -> tuple[Floats, Floats, Datum]:
    """Mini-programs send GCJ-02; and some channel says that it sends WGS-84 while it does not."""
    drawn = chance.random()
    if drawn < _WRONG_DATUM:
        return *from_wgs84_batch(x, y), Datum.WGS84
    if drawn < _WRONG_DATUM + _MINI_PROGRAM:
        return *from_wgs84_batch(x, y), Datum.GCJ02
    return x, y, Datum.WGS84


def _send(chance: np.random.Generator, fixes: Fixes) -> Fixes:
    """Fixes take a second or two; some wait for a network; some are sent again."""
    count = len(fixes.at)
    delay = chance.exponential(2, count)
    late = chance.random(count) < _LATE
    delay[late] += chance.uniform(60, 3_600, int(late.sum()))
    skew = np.round(chance.normal(0, 30)) if chance.random() < _WRONG_CLOCK else 0.0
    order = np.concatenate([np.arange(count), np.flatnonzero(chance.random(count) < _TWICE)])
    received = np.concatenate([fixes.at + delay, (fixes.at + delay + 5)[order[count:]]])
    turn = np.argsort(received, kind="stable")
    order = order[turn]
    return Fixes(
        fixes.at[order] + skew,
        np.floor(received[turn]),
        fixes.longitudes[order],
        fixes.latitudes[order],
        fixes.accuracies[order],
        fixes.true_longitudes[order],
        fixes.true_latitudes[order],
        fixes.datum,
    )
