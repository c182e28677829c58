"""What holds of the crossing rule whatever is sent: fixes in any order, twice, wrong, from anywhere."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.roaming.model import (
    VERSION,
    CrossingRules,
    Decision,
    Fix,
    Position,
    Reason,
    State,
    Told,
    Trace,
    decode_state,
    decode_trace,
    encode,
)
from app.roaming.rules import decide

RULES = CrossingRules(home="31")
BEGIN = 1_790_000_000
_PROVINCES = ("31", "32", "33", "34", None)

Event = tuple[Fix, Position]


_STEPS = (-200, 0, 1, 30, 100, 190, 400, 2_000, 30_000, 90_000)
_DEPTHS = (0.0, 100.0, 499.0, 501.0, 5_000.0)


def _list_events(spread: int) -> st.SearchStrategy[list[Event]]:
    """Some days of fixes near one place, in an order that may be anything; `spread` in hundredths of a degree."""
    draws = st.tuples(
        st.sampled_from(_STEPS),
        st.integers(0, spread),
        st.sampled_from((5.0, 60.0, 200.0, 201.0)),
        st.sampled_from((0, 1, 120, 121, -60, -61)),
        st.sampled_from(_PROVINCES),
        st.sampled_from(_DEPTHS),
    )
    return st.lists(draws, min_size=1, max_size=30).map(_to_events)


def _to_events(drawn: list[tuple[int, int, float, int, str | None, float]]) -> list[Event]:
    at, events = BEGIN, list[Event]()
    for step, east, accuracy, late, province, depth in drawn:
        at += step
        fix = Fix(121.1 + east / 100, 31.3, accuracy, at, at + late)
        events.append((fix, Position(province, None, depth)))
    return events


def run(events: list[Event]) -> list[Decision]:
    """The decisions one after another; what is remembered goes through its bytes each time, as in Valkey."""
    decisions: list[Decision] = []
    state: State | None = None
    trace: Trace | None = None
    for fix, position in events:
        decision = decide(state, trace, fix, position, RULES)
        decisions.append(decision)
        state = decode_state(encode(decision.state)) if decision.state is not None else None
        trace = decode_trace(encode(decision.trace)) if decision.trace is not None else None
        assert (state, trace) == (decision.state, decision.trace)
    return decisions


@given(_list_events(30))
def test_never_two_notices_of_a_province_within_a_day(events: list[Event]) -> None:
    told: dict[str, int] = {}
    for decision in run(events):
        crossing = decision.crossing
        if crossing is not None and crossing.is_told:
            assert crossing.to_province != RULES.home
            assert crossing.at - told.get(crossing.to_province, 0) >= RULES.quiet_span
            told[crossing.to_province] = crossing.at


@given(_list_events(30))
def test_no_crossing_without_two_fixes_there_and_none_elsewhere_between(events: list[Event]) -> None:
    decisions = run(events)
    for number, decision in enumerate(decisions):
        crossing = decision.crossing
        if crossing is None:
            continue
        there: list[Event] = []
        for (fix, position), made in zip(events[number::-1], decisions[number::-1], strict=True):
            if made.reason in {Reason.FIRST, Reason.STAYING, Reason.WAVERING} or (made.crossing and there):
                break
            if made.reason in {Reason.WAITING, Reason.CROSSED} and position.province == crossing.to_province:
                there.append((fix, position))
        assert len(there) >= 2
        assert there[0][0].at - there[-1][0].at >= RULES.span_least
        assert all(fix.accuracy <= 200 and position.depth >= fix.accuracy for fix, position in there)
        assert there[0][1].depth >= RULES.inside_least or len(there) >= RULES.steady_fixes


@given(_list_events(30), st.randoms(use_true_random=False))
def test_what_comes_twice_or_late_changes_nothing(events: list[Event], chance: object) -> None:
    """Each event is followed by some that were there already."""
    assert hasattr(chance, "sample")
    doubled: list[Event] = []
    seen: list[Event] = []
    newest = 0
    for event in events:
        doubled.append(event)
        newest = max(newest, event[0].at)
        seen.append(event)
        doubled += [old for old in chance.sample(seen, min(3, len(seen))) if old[0].at < newest or old is event]
    once, twice = run(events), run(doubled)
    assert once[-1].state == twice[-1].state
    assert [one.crossing for one in once if one.crossing] == [one.crossing for one in twice if one.crossing]


@given(_list_events(30))
def test_what_is_remembered_is_small_and_goes_forward(events: list[Event]) -> None:
    last = 0
    for decision in run(events):
        state = decision.state
        if state is None:
            continue
        assert state.last_at >= last
        last = state.last_at
        assert len(state.told) <= len(_PROVINCES) - 1
        assert len({one.province for one in state.told}) == len(state.told)
        assert state.candidate is None or state.candidate.count <= RULES.steady_fixes
        assert len(encode(state)) <= 30 + 9 * len(state.told)
        assert decision.trace is None or len(encode(decision.trace)) <= 40


@given(_list_events(0))
def test_the_state_knows_no_coordinate(events: list[Event]) -> None:
    """Times and provinces alone: the same story anywhere else leaves the same bytes."""

    def move(event: Event) -> Event:
        fix, position = event
        return msgspec.structs.replace(fix, longitude=fix.longitude - 30, latitude=fix.latitude - 5), position

    here, there = run(events), run([move(event) for event in events])
    for one, other in zip(here, there, strict=True):
        assert (one.state, one.crossing, one.reason) == (other.state, other.crossing, other.reason)


@given(_list_events(30))
def test_a_trace_knows_a_kilometre(events: list[Event]) -> None:
    for decision in run(events):
        if decision.trace is not None:
            spot = decision.trace.spot
            assert 12_110 <= spot.east <= 12_140
            assert spot.north == 3_130


def test_what_another_version_wrote_is_forgotten() -> None:
    state = State(VERSION + 1, "31", BEGIN)
    assert decode_state(encode(state)) is None
    for written in (None, b"", b"\xc1", b"\x93\x01\x02\x03", b"{}"):
        assert decode_state(written) is None
        assert decode_trace(written) is None


def test_how_small_it_is() -> None:
    assert len(encode(State(VERSION, "31", BEGIN))) == 12
    assert len(encode(State(VERSION, "32", BEGIN, None, (Told("32", BEGIN),)))) == 21
