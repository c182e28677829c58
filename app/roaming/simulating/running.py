"""Sends invented fixes through the code that serves real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from app.roaming.boundaries import Boundaries
from app.roaming.datums import to_wgs84
from app.roaming.model import Crossing, CrossingRules, Fix, State, Trace
from app.roaming.positioning import find_position
from app.roaming.rules import decide
from app.roaming.simulating.journeys import Kind, Resident, invent_resident, survey
from app.roaming.simulating.judging import Tally, find_truth, judge
from app.roaming.simulating.phones import Fixes, take_fixes
from app.roaming.simulating.places import Point

EPOCH = 1_790_000_000
"""When the invented days begin; which day it is matters to nobody."""
_TRACKS = 160


@dataclass(frozen=True, slots=True)
class Mark:
    """A crossing on the map."""

    point: Point
    is_told: bool
    is_false: bool


@dataclass(slots=True)
class Outcome:
    """What a simulation counted, and what its map shows."""

    tallies: dict[Kind, Tally] = field(default_factory=dict[Kind, Tally])
    marks: list[Mark] = field(default_factory=list[Mark])
    tracks: list[tuple[Kind, list[Point]]] = field(default_factory=list[tuple[Kind, list[Point]]])

    @property
    def total(self) -> Tally:
        total = Tally()
        for tally in self.tallies.values():
            total.add(tally)
        return total


def simulate(boundaries: Boundaries, *, residents: int, days: int, seed: int) -> Iterator[Outcome]:
    """The outcome after each resident. Each is drawn from the seed and their own number: more of them change none."""
    land, outcome = survey(boundaries), Outcome()
    for number in range(residents):
        chance = np.random.default_rng([seed, number])
        resident = invent_resident(chance, days, land)
        fixes = take_fixes(chance, resident.journey, resident.kind, days)
        crossings = send(boundaries, fixes, CrossingRules(home=resident.home))
        tally, false = judge(boundaries, find_truth(boundaries, fixes), crossings, days)
        outcome.tallies.setdefault(resident.kind, Tally()).add(tally)
        _remember(outcome, resident, crossings, false)
        yield outcome


def send(boundaries: Boundaries, fixes: Fixes, rules: CrossingRules) -> list[Crossing]:
    """The crossings that the fixes of one phone make, one after another as they arrive."""
    crossings: list[Crossing] = []
    state: State | None = None
    trace: Trace | None = None
    columns = (fixes.at, fixes.received_at, fixes.longitudes, fixes.latitudes, fixes.accuracies)
    for at, received_at, x, y, accuracy in zip(*(column.tolist() for column in columns), strict=True):
        longitude, latitude = to_wgs84(x, y, fixes.datum)
        position = find_position(boundaries, longitude, latitude, state)
        decision = decide(state, trace, Fix(longitude, latitude, accuracy, int(at), int(received_at)), position, rules)
        state, trace = decision.state, decision.trace
        if decision.crossing is not None:
            crossings.append(decision.crossing)
    return crossings


def _remember(outcome: Outcome, resident: Resident, crossings: list[Crossing], false: list[Crossing]) -> None:
    """Keeps what the map shows: where people truly were when the rule found them across."""
    if crossings:
        x, y = resident.journey.find(np.array([one.at for one in crossings], np.float64))
        points = zip(x.tolist(), y.tolist(), strict=True)
        outcome.marks += [Mark(point, one.is_told, one in false) for point, one in zip(points, crossings, strict=True)]
    if crossings and len(outcome.tracks) < _TRACKS:
        outcome.tracks.append((resident.kind, resident.journey.points))
