"""When somebody has crossed into another province. Pure: the time comes in the fix, what is remembered with it."""

from __future__ import annotations

from app.roaming.model import (
    VERSION,
    Candidate,
    Crossing,
    CrossingRules,
    Decision,
    Fix,
    Position,
    Reason,
    State,
    Told,
    Trace,
)
from app.roaming.motion import follow, is_on_earth


def decide(state: State | None, trace: Trace | None, fix: Fix, position: Position, rules: CrossingRules) -> Decision:
    """What a fix changes. Fixes may come late, twice, in any order: each instant is looked at once, going forward."""
    refused = _screen(state, fix, rules)
    if refused is not None:
        return Decision(state, trace, None, refused)
    trace, strange = follow(trace, fix, rules)
    if strange is Reason.IMPOSSIBLE:
        return Decision(state, trace, None, strange)
    if strange is not None:
        candidate = None if state is None or strange is Reason.FLYING else state.candidate
        return Decision(_stay(state, fix.at, candidate), trace, None, strange)
    state, crossing, reason = _place(state, fix, position, rules)
    return Decision(state, trace, crossing, reason)


def witness(state: State | None, province: str, at: int, rules: CrossingRules) -> Decision:
    """Somebody was seen in a province, by a scan at one of its venues: no second look is needed.

    Whoever has never sent a position comes from home.
    """
    if state is None or state.province is None:
        state = State(VERSION, rules.home, 0, None, () if state is None else state.told)
    if province == state.province:
        return Decision(_stay(state, max(at, state.last_at), None), None, None, Reason.STAYING)
    state, crossing = _cross(state, province, max(at, state.last_at), rules)
    return Decision(state, None, crossing, Reason.CROSSED)


def rebuild(province: str, at: int, told: tuple[Told, ...] = ()) -> State:
    """The state after the last crossing that is on record, where what was remembered is gone."""
    return State(VERSION, province, at, None, told)


def is_roaming(state: State | None, rules: CrossingRules) -> bool:
    """Whether somebody is in a province that is not this deployment's."""
    return state is not None and state.province not in {None, rules.home}


def is_usable(fix: Fix, rules: CrossingRules) -> bool:
    """Whether a fix can change anything, by its own figures."""
    return _screen(None, fix, rules) is None


def _screen(state: State | None, fix: Fix, rules: CrossingRules) -> Reason | None:
    """Why a fix is not looked at: by its own figures, and by what was seen before."""
    if not is_on_earth(fix):
        return Reason.MALFORMED
    if fix.accuracy > rules.accuracy_most:
        return Reason.INACCURATE
    if fix.received_at - fix.at > rules.age_most:
        return Reason.STALE
    if fix.at - fix.received_at > rules.skew_most:
        return Reason.FROM_FUTURE
    if state is not None and fix.at <= state.last_at:
        return Reason.OUT_OF_ORDER
    return None


def _stay(state: State | None, at: int, candidate: Candidate | None) -> State:
    if state is None:
        return State(VERSION, None, at)
    return State(VERSION, state.province, at, candidate, state.told)


def _place(
    state: State | None, fix: Fix, position: Position, rules: CrossingRules
) -> tuple[State, Crossing | None, Reason]:
    """Holds a fix that is believed against the province that is known."""
    province = position.province
    if province is None:  # over water, on a long bridge, abroad: the last province stays
        return _stay(state, fix.at, None if state is None else state.candidate), None, Reason.OVER_WATER
    if state is None or state.province is None:
        told = () if state is None else state.told
        return State(VERSION, province, fix.at, None, told), None, Reason.FIRST
    if province == state.province:
        reason = Reason.STAYING if state.candidate is None else Reason.WAVERING
        return _stay(state, fix.at, None), None, reason
    if position.depth < fix.accuracy:  # as well on the other side: neither for the candidate nor against it
        return _stay(state, fix.at, state.candidate), None, Reason.AT_BORDER
    candidate = _strengthen(state.candidate, province, fix.at, rules)
    if not _is_enough(candidate, fix, position, rules):
        return _stay(state, fix.at, candidate), None, Reason.WAITING
    return *_cross(state, province, fix.at, rules), Reason.CROSSED


def _strengthen(candidate: Candidate | None, province: str, at: int, rules: CrossingRules) -> Candidate:
    if candidate is None or candidate.province != province or at - candidate.last_at > rules.candidate_kept:
        return Candidate(province, at, at, 1)
    return Candidate(province, candidate.first_at, at, min(candidate.count + 1, rules.steady_fixes))


def _is_enough(candidate: Candidate, fix: Fix, position: Position, rules: CrossingRules) -> bool:
    """Two fixes and the last deep inside; or, for whoever lives at the border, several over half an hour."""
    span = candidate.last_at - candidate.first_at
    is_deep = position.depth >= max(rules.inside_least, fix.accuracy)
    if is_deep and candidate.count > 1 and span >= rules.span_least:
        return True
    return candidate.count >= rules.steady_fixes and span >= rules.steady_span


def _cross(state: State, province: str, at: int, rules: CrossingRules) -> tuple[State, Crossing]:
    """Moves somebody over. Coming home is quiet, and so is coming again within a day of being told."""
    told = tuple(one for one in state.told if at - one.at < rules.quiet_span)
    is_told = province != rules.home and all(one.province != province for one in told)
    if is_told:
        told = (*told, Told(province, at))
    crossing = Crossing(state.province or rules.home, province, at, is_told)
    return State(VERSION, province, at, None, told), crossing
