"""The journey that the README tells a newcomer to make is one that the rule believes."""

from __future__ import annotations

import re
from pathlib import Path

from app.roaming.boundaries import Boundaries
from app.roaming.model import CrossingRules, Fix, Reason, State, Trace
from app.roaming.positioning import find_position
from app.roaming.rules import decide

_README = Path(__file__).parents[3] / "README.md"
_MINUTES = {"a minute": 1, "one minute": 1, "two minutes": 2, "three minutes": 3, "four minutes": 4, "five minutes": 5}


def test_whoever_follows_it_is_welcomed_once(boundaries: Boundaries) -> None:
    told = " ".join(_README.read_text("utf-8").split()).split("you are in Fengjing ")[1]
    places = [(float(east), float(north)) for north, east in re.findall(r"\(([\d.]+), ([\d.]+)\)", told)[:3]]
    waits = re.findall(r"(\w+ minutes?) (?:later|after)", told)[:2]
    rules, at = CrossingRules(home="31"), 1_790_000_000
    state: State | None = None
    trace: Trace | None = None
    reasons: list[Reason] = []
    for place, wait in zip(places, [None, *waits], strict=True):
        at += 60 * _MINUTES[wait.lower()] if wait else 0
        position = find_position(boundaries, *place, state)
        decision = decide(state, trace, Fix(*place, accuracy=20.0, at=at, received_at=at + 1), position, rules)
        state, trace = decision.state, decision.trace
        reasons.append(decision.reason)
    assert reasons == [Reason.FIRST, Reason.WAITING, Reason.CROSSED]
