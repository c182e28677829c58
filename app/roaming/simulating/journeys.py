"""What the invented residents do all day: where they truly are, as waypoints in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from math import cos, hypot, radians

import numpy as np
from numpy.typing import NDArray

from app.roaming.boundaries import Boundaries
from app.roaming.simulating.places import (
    AIRPORTS,
    APPROACH_SPEED,
    BAY_BRIDGE,
    COMMUTES,
    FAR,
    FERRY,
    HONGQIAO,
    ORIGINS,
    PLANE_SPEED,
    PUDONG,
    RAILWAYS,
    TOWNS,
    TRAIN_SPEED,
    Point,
)

HOUR, DAY = 3_600.0, 86_400.0
_KILOMETRES = 111.32
_CITY_SPEED = 25.0
_DELTA = (117.5, 29.5, 122.2, 33.0)
_SAMPLE, _BORDER_DEPTH = 4_000, 100.0
"""So many corners are looked at; those count that have another province within so many metres."""


class Kind(Enum):
    """What is special about a resident."""

    TOWN = "stay in their province"
    COMMUTER = "commute across the border"
    BORDER = "live 20-600 m from the border"
    RAIL = "travel by high-speed rail"
    HOMEGOER = "go home for Spring Festival"
    FLYER = "fly, some with a network aboard"
    SAILOR = "cross by ferry or bridge"


SHARES = {
    Kind.TOWN: 0.35,
    Kind.COMMUTER: 0.20,
    Kind.BORDER: 0.15,
    Kind.RAIL: 0.10,
    Kind.HOMEGOER: 0.12,
    Kind.FLYER: 0.04,
    Kind.SAILOR: 0.04,
}


@dataclass(slots=True)
class Journey:
    """Waypoints, and the times when the phone has no network."""

    times: list[float] = field(default_factory=list[float])
    points: list[Point] = field(default_factory=list[Point])
    silent: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def be(self, at: float, point: Point) -> None:
        """Is somewhere at a time; whoever is late from what came before is late here too."""
        self.times.append(max(at, self.times[-1] + 1) if self.times else at)
        self.points.append(point)

    def go(self, stops: tuple[Point, ...], speed: float, pause: float = 0.0) -> None:
        """Goes from where one is, by kilometres an hour, with a pause at each stop."""
        for stop in stops:
            self.be(self.times[-1] + measure(self.points[-1], stop) / speed * HOUR, stop)
            if pause:
                self.be(self.times[-1] + pause, stop)

    def find(self, times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where somebody truly is at each time."""
        points = np.array(self.points)
        return np.interp(times, self.times, points[:, 0]), np.interp(times, self.times, points[:, 1])


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody with a home province and a journey of some days."""

    kind: Kind
    home: str
    journey: Journey


def measure(one: Point, other: Point) -> float:
    """Kilometres."""
    east = (other[0] - one[0]) * cos(radians((one[1] + other[1]) / 2))
    return _KILOMETRES * hypot(east, other[1] - one[1])


@dataclass(frozen=True, slots=True)
class Land:
    """The boundaries, and points along the borders between the provinces of the delta."""

    boundaries: Boundaries
    borders: tuple[Point, ...]


def survey(boundaries: Boundaries) -> Land:
    """Finds the borders that somebody may live at."""
    lines = boundaries.list_corners(*_DELTA)
    chosen = lines[np.random.default_rng(0).integers(0, len(lines), _SAMPLE)]
    near = _BORDER_DEPTH / _KILOMETRES / 1_000
    found: list[Point] = []
    for x, y in chosen.tolist():
        place = boundaries.locate(x, y + near)
        if place is not None and boundaries.measure_depth(x, y + near, place.province) <= _BORDER_DEPTH:
            found.append((x, y))
    return Land(boundaries, tuple(found))


def invent_resident(chance: np.random.Generator, days: int, land: Land) -> Resident:
    """Somebody drawn by the shares above."""
    kind = list(SHARES)[int(chance.choice(len(SHARES), p=list(SHARES.values())))]
    journey = Journey()
    if kind is Kind.BORDER:
        home, point = _settle_at_border(chance, land)
        _spend_days(chance, journey, days, point, lambda: _run_errands(chance, journey, point, 1.5))
    elif kind is Kind.COMMUTER:
        commute = COMMUTES[int(chance.integers(len(COMMUTES)))]
        home, stops = commute.home, tuple(_near(chance, stop, 0.5) for stop in commute.stops)
        _spend_days(chance, journey, days, stops[0], lambda: _commute(chance, journey, stops, commute.minutes))
    else:
        home = "31" if kind is not Kind.TOWN else str(chance.choice(list(TOWNS)))
        point = _near(chance, TOWNS[home][int(chance.integers(len(TOWNS[home])))], 6)
        _spend_days(chance, journey, days, point, _DAYS[kind](chance, journey, point, days))
    return Resident(kind, home, journey)


def _spend_days(
    chance: np.random.Generator, journey: Journey, days: int, home: Point, spend: Callable[[], None]
) -> None:
    """Is home at night, unless away; leaves in the morning."""
    journey.be(0.0, home)
    for day in range(days):
        leaves = day * DAY + chance.normal(8, 0.7) * HOUR
        if journey.times[-1] < leaves:
            journey.be(leaves, journey.points[-1])
            spend()
    journey.be(max(days * DAY, journey.times[-1] + 1), journey.points[-1])


def _near(chance: np.random.Generator, point: Point, kilometres: float) -> Point:
    east, north = chance.normal(0, kilometres / 2 / _KILOMETRES, 2)
    return point[0] + float(east), point[1] + float(north)


def _settle_at_border(chance: np.random.Generator, land: Land) -> tuple[str, Point]:
    """A home on either side of a border within the delta."""
    while True:
        point = land.borders[int(chance.integers(len(land.borders)))]
        angle, metres = chance.uniform(0, 6.28), chance.uniform(20, 600)
        home = point[0] + metres * np.sin(angle) / 95_000, point[1] + metres * np.cos(angle) / 111_320
        place = land.boundaries.locate(*home)
        if place is not None and place.province in TOWNS:
            depth = land.boundaries.measure_depth(*home, place.province)
            if 20 <= depth <= 600:  # noqa: PLR2004  metres from the border, as the kind says
                return place.province, (float(home[0]), float(home[1]))


def _run_errands(chance: np.random.Generator, journey: Journey, home: Point, kilometres: float) -> None:
    for _ in range(int(chance.integers(1, 4))):
        journey.go((_near(chance, home, kilometres),), _CITY_SPEED, pause=chance.exponential(2) * HOUR)
    journey.go((home,), _CITY_SPEED)


def _commute(chance: np.random.Generator, journey: Journey, stops: tuple[Point, ...], minutes: int) -> None:
    """To work and back on five days of seven; the others about home."""
    if journey.times[-1] // DAY % 7 >= 5:  # noqa: PLR2004  the weekend
        _run_errands(chance, journey, stops[0], 2)
        return
    way = sum(measure(*pair) for pair in pairwise(stops))
    speed = way / minutes * 60
    journey.go(stops[1:], speed, pause=60)
    journey.be(journey.times[-1] + chance.normal(9, 0.7) * HOUR, stops[-1])
    journey.go(stops[-2::-1], speed, pause=60)


def _town(chance: np.random.Generator, journey: Journey, home: Point, _days: int) -> Callable[[], None]:
    return lambda: _run_errands(chance, journey, home, 8)


def _rail(chance: np.random.Generator, journey: Journey, home: Point, _days: int) -> Callable[[], None]:
    def spend() -> None:
        if chance.random() > 0.3:  # noqa: PLR2004  most days at home
            _run_errands(chance, journey, home, 8)
            return
        railway = RAILWAYS[int(chance.integers(len(RAILWAYS)))]
        journey.go((HONGQIAO,), _CITY_SPEED, pause=1_800)
        journey.go(railway[1:], TRAIN_SPEED, pause=120)
        _run_errands(chance, journey, railway[-1], 6)
        journey.be(journey.times[-1] + chance.choice([0.5, 14, 38]) * HOUR, railway[-1])
        journey.go(railway[-2::-1], TRAIN_SPEED, pause=120)
        journey.go((home,), _CITY_SPEED)

    return spend


def _homegoer(chance: np.random.Generator, journey: Journey, home: Point, days: int) -> Callable[[], None]:
    origin = ORIGINS[int(chance.integers(len(ORIGINS)))]
    leaves, stays = int(days * 0.3 + chance.integers(-1, 2)), max(1, int(days * 0.4))

    def travel(there: Point) -> None:
        if measure(home, origin) > FAR:
            _fly(chance, journey, there)
        else:
            journey.go((there,), TRAIN_SPEED * 0.7)

    def spend() -> None:
        if int(journey.times[-1] // DAY) != leaves:
            _run_errands(chance, journey, home, 8)
            return
        travel(origin)
        for _ in range(stays):
            _run_errands(chance, journey, origin, 10)
            journey.be(journey.times[-1] + chance.normal(18, 2) * HOUR, origin)
        travel(home)

    return spend


def _flyer(chance: np.random.Generator, journey: Journey, home: Point, _days: int) -> Callable[[], None]:
    def spend() -> None:
        if chance.random() > 0.2:  # noqa: PLR2004  most days at home
            _run_errands(chance, journey, home, 8)
            return
        airport = AIRPORTS[int(chance.integers(len(AIRPORTS)))]
        journey.go((PUDONG,), _CITY_SPEED, pause=5_400)
        _fly(chance, journey, airport)
        _run_errands(chance, journey, airport, 10)
        journey.be(journey.times[-1] + chance.choice([2, 20]) * HOUR, airport)
        _fly(chance, journey, PUDONG)
        journey.go((home,), _CITY_SPEED)

    return spend


def _fly(chance: np.random.Generator, journey: Journey, to: Point) -> None:
    """At cruise, then 45 km down more slowly; a third have a network aboard, the others none until they have landed."""
    begun, start = journey.times[-1], journey.points[-1]
    share = 1 - min(0.5, 45 / measure(start, to))
    top = start[0] + (to[0] - start[0]) * share, start[1] + (to[1] - start[1]) * share
    journey.go((top,), PLANE_SPEED)
    journey.go((to,), APPROACH_SPEED, pause=1_800)
    if chance.random() > 1 / 3:
        journey.silent.append((begun, journey.times[-1] - 1_500))


def _sailor(chance: np.random.Generator, journey: Journey, home: Point, _days: int) -> Callable[[], None]:
    way = FERRY if chance.random() < 0.5 else BAY_BRIDGE  # noqa: PLR2004  half and half

    def spend() -> None:
        if chance.random() > 0.3:  # noqa: PLR2004  most days at home
            _run_errands(chance, journey, home, 5)
            return
        journey.go((way[0],), _CITY_SPEED * 2)
        journey.go(way[1:], 25 if way is FERRY else 90)
        _run_errands(chance, journey, way[-1], 4)
        journey.go(way[-2::-1], 25 if way is FERRY else 90)
        journey.go((home,), _CITY_SPEED * 2)

    return spend


_DAYS: dict[Kind, Callable[[np.random.Generator, Journey, Point, int], Callable[[], None]]] = {
    Kind.TOWN: _town,
    Kind.RAIL: _rail,
    Kind.HOMEGOER: _homegoer,
    Kind.FLYER: _flyer,
    Kind.SAILOR: _sailor,
}
