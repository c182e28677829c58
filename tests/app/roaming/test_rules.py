"""The crossing rule, told as stories: each fix is (minute, province, metres to any other province, …)."""

from __future__ import annotations

from math import inf

import pytest

from app.roaming.model import CrossingRules, Decision, Fix, Position, Reason, State, Told, Trace
from app.roaming.rules import decide, is_roaming, rebuild, witness

RULES = CrossingRules(home="31")
BEGIN = 1_790_000_000
_MIDDLES = {"31": (121.45, 31.2), "32": (120.7, 31.3), "33": (120.2, 30.2), "11": (116.4, 39.9), "44": (113.3, 23.1)}
NEAR = (121.1, 31.3)
"""At the border between Shanghai and Suzhou: fixes a minute apart there imply no speed."""


class Story:
    """What the rule remembers of somebody, and what it has said so far."""

    def __init__(self, rules: CrossingRules = RULES, state: State | None = None) -> None:
        self.rules, self.state = rules, state
        self.decisions: list[Decision] = []
        self.trace: Trace | None = None

    def see(
        self,
        minute: float,
        province: str | None,
        depth: float = inf,
        *,
        accuracy: float = 20.0,
        at: tuple[float, float] = NEAR,
        late: int = 1,
    ) -> Reason:
        seconds = BEGIN + round(minute * 60)
        fix = Fix(at[0], at[1], accuracy, seconds, seconds + late)
        decision = decide(self.state, self.trace, fix, Position(province, None, depth), self.rules)
        self.state, self.trace = decision.state, decision.trace
        self.decisions.append(decision)
        return decision.reason

    @property
    def crossings(self) -> list[tuple[str, bool]]:
        return [
            (decision.crossing.to_province, decision.crossing.is_told)
            for decision in self.decisions
            if decision.crossing is not None
        ]


def test_the_first_fix_ever_is_silent() -> None:
    story = Story()
    assert story.see(0, "32") is Reason.FIRST
    assert story.crossings == []
    assert is_roaming(story.state, RULES)


def test_two_fixes_three_minutes_apart_and_deep_are_a_crossing() -> None:
    story = Story()
    reasons = [story.see(0, "31"), story.see(10, "32", 700), story.see(12.9, "32", 900), story.see(13, "32", 900)]
    assert reasons == [Reason.FIRST, Reason.WAITING, Reason.WAITING, Reason.CROSSED]
    assert story.crossings == [("32", True)]


@pytest.mark.parametrize(
    ("depth", "accuracy", "crosses"), [(499, 20, False), (500, 20, True), (500, 200, True), (2_000, 201, False)]
)
def test_how_deep_is_deep(depth: float, accuracy: float, *, crosses: bool) -> None:
    story = Story()
    story.see(0, "31")
    for minute in (10, 14):
        story.see(minute, "32", depth, accuracy=accuracy)
    assert (story.crossings != []) is crosses


def test_deep_is_no_less_than_the_accuracy() -> None:
    story = Story(CrossingRules(home="31", inside_least=50, accuracy_most=300))
    story.see(0, "31")
    assert story.see(10, "32", 90, accuracy=100) is Reason.AT_BORDER
    assert story.see(14, "32", 90, accuracy=100) is Reason.AT_BORDER
    assert story.see(15, "32", 110, accuracy=100) is Reason.WAITING


def test_a_home_a_hundred_metres_within_is_found_by_five_fixes_over_half_an_hour() -> None:
    story = Story()
    story.see(0, "31")
    reasons = [story.see(minute, "32", 100) for minute in (10, 18, 26, 34, 39, 40)]
    assert reasons == [Reason.WAITING] * 5 + [Reason.CROSSED]


def test_a_year_in_a_home_at_the_border_is_quiet() -> None:
    """A hundred metres this side; one fix in three falls on the other, some of them far, none twice in a row far."""
    story = Story()
    for day in range(365):
        for hour in range(0, 24, 5):
            minute = day * 1440 + hour * 60
            story.see(minute, "31")
            story.see(minute + 3, "32", (40, 150, 650)[hour % 3], accuracy=35)
            story.see(minute + 6, "31")
    assert story.crossings == []


def test_a_commuter_train_is_told_of_once_a_day_and_home_is_quiet() -> None:
    story = Story()
    for day in range(3):
        morning, evening = day * 1440 + 450, day * 1440 + 1080
        story.see(morning, "31", at=(121.2, 31.3))
        for minute in range(10, 40, 5):
            story.see(morning + minute, "32", 5_000, at=(121.1 - minute / 100, 31.3))
        for minute in range(10, 40, 5):
            story.see(evening + minute, "31", 5_000, at=(121.1 + minute / 100, 31.3))
    assert story.crossings == [("32", True), ("31", False)] * 3


def test_twice_across_in_a_day_is_told_once() -> None:
    story = Story()
    story.see(0, "31")
    for hour in (1, 3, 25.5):
        for minute in (0, 4):
            story.see(hour * 60 + minute, "32", 900)
        for minute in (60, 64):
            story.see(hour * 60 + minute, "31", 900)
    assert story.crossings == [("32", True), ("31", False), ("32", False), ("31", False), ("32", True), ("31", False)]


def test_over_water_the_last_province_stays() -> None:
    """The Chongming ferry to Haimen: Shanghai, half an hour of water, Jiangsu."""
    story = Story()
    story.see(0, "31")
    assert [story.see(minute, None) for minute in range(5, 35, 5)] == [Reason.OVER_WATER] * 6
    assert story.state is not None
    assert story.state.province == "31"
    assert [story.see(40, "32", 3_000), story.see(43, "32", 3_000)] == [Reason.WAITING, Reason.CROSSED]


def test_the_bridge_over_hangzhou_bay_is_of_no_province() -> None:
    story = Story()
    story.see(0, "31", at=(121.0, 30.9))
    for minute in range(30, 50, 2):
        story.see(minute, None, at=(121.1, 30.8 - minute / 100))
    assert story.crossings == []
    for minute in (52, 56):
        story.see(minute, "33", at=(121.2, 30.28 - minute / 1000))
    assert story.crossings == [("33", True)]


def test_an_airplane_mode_flight_ends_in_one_crossing() -> None:
    """Beijing to Guangzhou: nothing for three hours, then fixes that stay at the airport."""
    story = Story(CrossingRules(home="11"))
    story.see(0, "11", at=_MIDDLES["11"])
    assert story.see(200, "44", at=_MIDDLES["44"]) is Reason.WAITING
    assert story.see(204, "44", at=_MIDDLES["44"]) is Reason.CROSSED
    assert story.crossings == [("44", True)]


def test_flying_over_is_quiet_until_the_plane_rolls() -> None:
    """With a network aboard: 800 km/h over three provinces, 320 on the way down over a fourth, then the ground."""
    story = Story(CrossingRules(home="11"))
    story.see(0, "11", at=(116.6, 40.0))
    for step in range(1, 20):
        province = ("13", "37", "32")[step // 7]
        story.see(10 + 3 * step, province, at=(116.6, 39.6 - step * 40 / 111.32))
    last = 39.6 - 19 * 40 / 111.32
    for step in range(1, 5):  # down, at 320 km/h
        story.see(67 + 2 * step, "32", 9_000, at=(116.6, last - step * 10.7 / 111.32))
    assert story.crossings == []
    assert story.decisions[-1].reason is Reason.FLYING
    ground = (116.6, last - 5 * 10.7 / 111.32)
    reasons = [story.see(77 + 2 * step, "31", at=ground) for step in range(4)]
    assert story.crossings == [("31", True)], reasons


def test_high_speed_rail_at_350_is_followed() -> None:
    story = Story()
    for step in range(30):
        province = "31" if step < 10 else "32"
        story.see(step, province, 2_000, at=(121.4 - step * 5.83 / 95.1, 31.3))
    assert story.crossings == [("32", True)]


def test_a_stray_fix_is_held_and_dropped() -> None:
    story = Story()
    story.see(0, "31")
    assert story.see(5, "33", at=(120.6, 31.0)) is Reason.TOO_FAST
    assert story.see(6, "31") is Reason.STAYING
    assert story.see(7, "33", at=(118.0, 29.0)) is Reason.IMPOSSIBLE
    assert story.crossings == []


def test_a_fast_fix_is_believed_once_another_confirms_it() -> None:
    story = Story()
    story.see(0, "31")
    assert story.see(5, "33", at=(120.6, 31.0)) is Reason.TOO_FAST
    assert story.see(6, "33", at=(120.6, 31.0)) is Reason.WAITING
    assert story.see(10, "33", at=(120.6, 31.0)) is Reason.CROSSED


def test_a_first_fix_that_was_far_off_heals_within_half_an_hour() -> None:
    story = Story()
    assert story.see(0, "44", at=_MIDDLES["44"]) is Reason.FIRST
    reasons = [story.see(minute, "31", at=_MIDDLES["31"]) for minute in range(1, 40, 3)]
    assert reasons[0] is Reason.IMPOSSIBLE
    assert story.state is not None
    assert story.state.province == "31"
    assert story.crossings == [("31", False)]


@pytest.mark.parametrize(
    ("late", "reason"),
    [(120, Reason.STAYING), (121, Reason.STALE), (-60, Reason.STAYING), (-61, Reason.FROM_FUTURE)],
)
def test_clocks(late: int, reason: Reason) -> None:
    story = Story()
    story.see(0, "31")
    assert story.see(5, "31", late=late) is reason


def test_what_comes_late_or_twice_changes_nothing() -> None:
    story = Story()
    story.see(10, "31")
    before = story.state
    assert story.see(10, "32", 900) is Reason.OUT_OF_ORDER
    assert story.see(9, "32", 900) is Reason.OUT_OF_ORDER
    assert story.state is before


@pytest.mark.parametrize(
    ("point", "accuracy"),
    [((float("nan"), 31.0), 5.0), ((121.0, float("inf")), 5.0), ((181.0, 31.0), 5.0), ((121.0, 31.0), float("nan"))],
)
def test_figures_that_are_none(point: tuple[float, float], accuracy: float) -> None:
    assert Story().see(0, "31", at=point, accuracy=accuracy) is Reason.MALFORMED


def test_a_third_province_begins_anew() -> None:
    story = Story()
    reasons = [story.see(0, "31"), story.see(5, "32", 900), story.see(10, "33", 900), story.see(14, "33", 900)]
    assert reasons == [Reason.FIRST, Reason.WAITING, Reason.WAITING, Reason.CROSSED]
    assert story.crossings == [("33", True)]


def test_a_candidate_is_forgotten_after_a_day() -> None:
    story = Story()
    story.see(0, "31")
    story.see(5, "32", 900)
    assert story.see(1_450, "32", 900) is Reason.WAITING
    assert story.see(1_454, "32", 900) is Reason.CROSSED


def test_a_scan_says_it_at_once() -> None:
    decision = witness(rebuild("31", BEGIN), "32", BEGIN + 60, RULES)
    assert decision.crossing is not None
    assert (decision.crossing.from_province, decision.crossing.is_told) == ("31", True)
    again = witness(decision.state, "32", BEGIN + 120, RULES)
    assert (again.crossing, again.reason) == (None, Reason.STAYING)
    home = witness(again.state, "31", BEGIN + 180, RULES)
    assert home.crossing is not None
    assert not home.crossing.is_told


def test_whoever_never_sent_a_position_comes_from_home() -> None:
    decision = witness(None, "33", BEGIN, RULES)
    assert decision.crossing is not None
    assert (decision.crossing.from_province, decision.crossing.is_told) == ("31", True)
    assert witness(None, "31", BEGIN, RULES).crossing is None


def test_what_is_rebuilt_remembers_what_was_told() -> None:
    story = Story(state=rebuild("31", BEGIN - 600, (Told("32", BEGIN - 600),)))
    for minute in (1, 5):
        story.see(minute, "32", 900)
    assert story.crossings == [("32", False)]


@pytest.mark.parametrize(
    "wrong", [{"span_least": 0}, {"accuracy_most": -1.0}, {"speed_held": 1_200.0}, {"speed_landed": 400.0}]
)
def test_rules_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"rule|speeds"):
        CrossingRules(home="31", **wrong)  # type: ignore[arg-type]
