"""The simulator: the same seed tells the same story, it finds what is there, and sees what is false."""

from __future__ import annotations

from itertools import islice
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from app.roaming.boundaries import Boundaries
from app.roaming.model import Crossing
from app.roaming.shapes import Division
from app.roaming.simulating.drawing import draw, simplify
from app.roaming.simulating.journeys import Kind, invent_resident, survey
from app.roaming.simulating.judging import Tally, Truth, bound_rate, find_truth, judge
from app.roaming.simulating.phones import take_fixes
from app.roaming.simulating.running import Outcome, simulate


def _run(boundaries: Boundaries, residents: int, seed: int) -> Outcome:
    outcome = Outcome()
    for step in simulate(boundaries, residents=residents, days=6, seed=seed):
        outcome = step
    return outcome


def test_a_seed_tells_one_story_and_finds_what_is_there(boundaries: Boundaries, divisions: list[Division]) -> None:
    outcome = _run(boundaries, 25, 5)
    again = _run(boundaries, 25, 5)
    assert outcome.tallies == again.tallies
    assert outcome.marks == again.marks
    total = outcome.total
    assert total.resident_days == 150
    assert total.visits > 30
    assert total.found >= 0.9 * total.visits
    assert total.false_notices == 0
    assert 0 < total.notices < total.crossings
    picture = draw(divisions, outcome, "a caption")
    assert len(picture) < 400_000
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314  our own
    assert picture.count("<circle") > 20


def test_more_residents_change_none(boundaries: Boundaries) -> None:
    few = [step.total.fixes for step in islice(simulate(boundaries, residents=3, days=2, seed=9), 3)]
    more = [step.total.fixes for step in islice(simulate(boundaries, residents=50, days=2, seed=9), 3)]
    assert few == more


def test_phones_send_what_phones_send(boundaries: Boundaries) -> None:
    """Late, twice, far off and coarse: all of it is there, or the rule was not tried."""
    land = survey(boundaries)
    assert len(land.borders) > 50
    ages, errors, accuracies, repeated = [], [], [], 0
    for number in range(40):
        chance = np.random.default_rng([2, number])
        resident = invent_resident(chance, 5, land)
        fixes = take_fixes(chance, resident.journey, resident.kind, 5)
        ages += (fixes.received_at - fixes.at).tolist()
        accuracies += fixes.accuracies.tolist()
        errors += np.hypot(fixes.longitudes - fixes.true_longitudes, fixes.latitudes - fixes.true_latitudes).tolist()
        repeated += len(fixes.at) - len(np.unique(fixes.at))
        assert (np.diff(fixes.received_at) >= 0).all()
    assert 0.005 < np.mean(np.array(ages) > 120) < 0.1
    assert 0.05 < np.mean(np.array(accuracies) > 200) < 0.3
    assert np.max(errors) > 0.05
    assert repeated > 20


def _truth(provinces: list[int]) -> Truth:
    """A fix every five minutes, in the middle of Shanghai."""
    count = len(provinces)
    at = np.arange(count) * 300
    return Truth(at, np.array(provinces), np.ones(count, int), np.full(count, 121.47), np.full(count, 31.23))


def test_what_is_false_is_seen(boundaries: Boundaries) -> None:
    truth = _truth([32] * 10 + [31] * 20)
    there = Crossing("32", "31", 3_300, is_told=True)
    never = Crossing("31", "33", 4_000, is_told=True)
    tally, false = judge(boundaries, truth, [there, never], days=1)
    assert false == [never]
    assert (tally.visits, tally.found, tally.missed, tally.notices, tally.false_notices) == (1, 1, 0, 2, 1)


def test_what_is_missed_is_seen(boundaries: Boundaries) -> None:
    tally, _ = judge(boundaries, _truth([32] * 10 + [31] * 20), [], days=1)
    assert (tally.visits, tally.found, tally.missed, tally.unseen) == (1, 0, 1, 0)
    unusable = _truth([32] * 10 + [31] * 20)
    unusable.usable[:] = 0
    tally, _ = judge(boundaries, unusable, [], days=1)
    assert (tally.missed, tally.unseen) == (0, 1)


def test_a_step_over_the_border_that_nobody_noticed_needs_no_way_back(boundaries: Boundaries) -> None:
    tally, _ = judge(boundaries, _truth([31] * 10 + [32] * 2 + [31] * 20), [], days=1)
    assert tally.visits == 0


def test_over_water_the_truth_is_what_it_was(boundaries: Boundaries) -> None:
    land = survey(boundaries)
    for number in range(200):
        chance = np.random.default_rng([3, number])
        resident = invent_resident(chance, 3, land)
        if resident.kind is Kind.SAILOR:
            truth = find_truth(boundaries, take_fixes(chance, resident.journey, resident.kind, 3))
            assert set(truth.provinces.tolist()) <= {31, 32, 33}
            return
    pytest.fail("nobody sails")


@pytest.mark.parametrize(
    ("events", "expected"),
    # Half of chi-squared's 95 % quantile with 2 (n + 1) degrees of freedom, as any table of it says.
    [(0, 2.9957), (1, 4.7439), (2, 6.2958), (10, 16.9622), (100, 118.079)],
)
def test_the_bound_is_exact(events: int, expected: float) -> None:
    assert bound_rate(events, 1) == pytest.approx(expected, rel=1e-4)
    assert bound_rate(events, 1_000) == pytest.approx(expected / 1_000, rel=1e-4)


def test_tallies_add_up() -> None:
    total = Tally(resident_days=3, fixes=5)
    total.add(Tally(resident_days=4, notices=1))
    assert total == Tally(resident_days=7, fixes=5, notices=1)


def test_simplifying_keeps_within_the_tolerance() -> None:
    wave = np.column_stack([np.linspace(0, 10, 500), np.sin(np.linspace(0, 10, 500))])
    simple = simplify(wave, 0.05)
    assert len(simple) < 40
    assert (simple[[0, -1]] == wave[[0, -1]]).all()
    assert np.abs(np.interp(wave[:, 0], simple[:, 0], simple[:, 1]) - wave[:, 1]).max() < 0.08
