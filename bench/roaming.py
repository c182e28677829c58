"""Looking up provinces and deciding crossings, against the bare question to a prepared polygon of GEOS."""

from __future__ import annotations

import numpy as np
import shapely

from app.roaming.boundaries import Boundaries
from app.roaming.datums import Datum, to_wgs84
from app.roaming.model import VERSION, CrossingRules, Fix, Position, State, decode_state, decode_trace, encode
from app.roaming.rules import decide
from app.roaming.shapes import Division, read_shipped
from bench import Ratio
from bench.timing import time_in_turns

_POINTS, _BATCH = 500, 50_000
_ROUNDS = 40


def run() -> list[Ratio]:
    """Points all over Hubei's frame, as many at borders as there are; the bare question is whether one is in Hubei."""
    divisions = read_shipped()
    boundaries = Boundaries(divisions)
    chance = np.random.default_rng(1)
    x, y = chance.uniform(108.4, 116.1, _BATCH), chance.uniform(29.1, 33.2, _BATCH)
    province = _to_polygon(divisions, "42")
    points = list(zip(x[:_POINTS].tolist(), y[:_POINTS].tolist(), strict=True))

    def locate() -> None:
        for longitude, latitude in points:
            boundaries.locate(longitude, latitude)

    def ask() -> None:
        for longitude, latitude in points:
            shapely.contains_xy(province, longitude, latitude)

    ours, floor = time_in_turns([locate, ask], rounds=_ROUNDS, calls=1)
    many, many_floor = time_in_turns(
        [lambda: boundaries.locate_batch(x, y), lambda: shapely.contains_xy(province, x, y)], rounds=_ROUNDS, calls=1
    )
    return [
        _ratio("position: province and city / one prepared polygon", ours, floor, _POINTS, 1.0, 120_000),
        _ratio("the same in batches / one prepared polygon", many, many_floor, _BATCH, 3.0, 700_000),
        _decide(points, province),
    ]


def _to_polygon(divisions: list[Division], province: str) -> shapely.Geometry:
    rings = [shapely.Polygon(ring) for one in divisions if one.adcode.startswith(province) for ring in one.rings]
    polygon = shapely.union_all(np.array(rings))
    shapely.prepare(polygon)
    return polygon


def _ratio(name: str, ours: float, peer: float, points: int, target: float, asked: int) -> Ratio:
    each, other = ours / points * 1e6, peer / points * 1e6
    note = f"{points / ours:,.0f} points/s (asked: {asked:,})"
    return Ratio(
        name=name, ours=each, peer=other, ratio=each / other, target=target, better="lower", unit="µs", note=note
    )


def _decide(points: list[tuple[float, float]], province: shapely.Geometry) -> Ratio:
    """A fix at home in another datum, with what is remembered read and written: what most requests cost."""
    rules, position = CrossingRules(home="31"), Position("31", "310000", float("inf"))
    now = 1_790_000_000
    state = encode(State(VERSION, "31", now))
    trace = decide(None, None, Fix(121.47, 31.23, 20.0, now, now), position, rules).trace
    assert trace is not None
    written = encode(trace)

    def look_at_one() -> None:
        longitude, latitude = to_wgs84(121.47, 31.23, Datum.GCJ02)
        fix = Fix(longitude, latitude, 20.0, now + 300, now + 301)
        decision = decide(decode_state(state), decode_trace(written), fix, position, rules)
        assert decision.state is not None
        assert decision.trace is not None
        encode(decision.state)
        encode(decision.trace)

    def ask() -> None:
        shapely.contains_xy(province, *points[0])

    ours, floor = (seconds * 1e6 for seconds in time_in_turns([look_at_one, ask], rounds=_ROUNDS * 5, calls=20))
    return Ratio(
        name="crossing: convert, read, decide, write / one prepared polygon",
        ours=ours,
        peer=floor,
        ratio=ours / floor,
        target=4.0,
        better="lower",
        unit="µs",
    )
