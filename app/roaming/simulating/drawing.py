"""The map of a simulation: the delta with its borders, people's ways and where the rule found them across."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from app.roaming.shapes import Division, Ring
from app.roaming.simulating.journeys import Kind
from app.roaming.simulating.places import Point
from app.roaming.simulating.running import Mark, Outcome

_WEST, _SOUTH, _EAST, _NORTH = 117.6, 29.55, 122.55, 32.75
_WIDTH = 1_000
_STRETCH = cos(radians((_SOUTH + _NORTH) / 2))
_SCALE = _WIDTH / (_EAST - _WEST)
_HEIGHT = round((_NORTH - _SOUTH) / _STRETCH * _SCALE)
_PROVINCES = {"31": "#fbe3d6", "32": "#e3eedd", "33": "#dfe9f5", "34": "#f3ecd2"}
_NAMES: tuple[tuple[str, Point], ...] = (
    ("江苏 Jiangsu", (120.05, 32.35)),
    ("上海 Shanghai", (121.62, 31.02)),
    ("浙江 Zhejiang", (119.95, 30.42)),
    ("安徽 Anhui", (118.35, 30.85)),
)
_COLOURS = {
    Kind.COMMUTER: "#8a5a00",
    Kind.BORDER: "#6a3d9a",
    Kind.RAIL: "#33659c",
    Kind.HOMEGOER: "#5c7a3a",
    Kind.FLYER: "#888",
    Kind.SAILOR: "#007c7c",
    Kind.TOWN: "#888",
}
_MARKS = (
    ("told", "#b3261e", "crossing, told of"),
    ("quiet", "#2f6f3e", "crossing, quiet: home, or told of within 24 h"),
    ("false", "#000", "false crossing"),
)
_FONT = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_MOST_MARKS, _MOST_POINTS = 1_500, 60


def _place(point: Sequence[float]) -> tuple[float, float]:
    """Degrees to pixels."""
    x, y = (point[0] - _WEST) * _SCALE, (_NORTH - point[1]) / _STRETCH * _SCALE
    return round(x, 1), round(y, 1)


def _shows(point: Sequence[float]) -> bool:
    return _WEST <= point[0] <= _EAST and _SOUTH <= point[1] <= _NORTH


def draw(divisions: Sequence[Division], outcome: Outcome, caption: str) -> str:
    """An SVG of a few hundred kilobytes at most; it shows a sample where there are more marks than one can see."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f'<title>{caption}</title><g font-family="{_FONT}">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#eef3f7"/>',
            *_draw_divisions(divisions),
            *_draw_tracks(outcome.tracks),
            *_draw_marks(_thin(outcome.marks)),
            *_draw_names(),
            *_draw_legend({kind for kind, _ in outcome.tracks}, caption),
            "</g></svg>",
            "",
        ]
    )


def _draw_divisions(divisions: Sequence[Division]) -> Iterable[str]:
    """Cities in their province's colour with thin lines, provinces' borders over them."""
    for division in divisions:
        rings = [ring for ring in division.rings if _touches(ring)]
        path = "".join(_to_path(_place(point) for point in simplify(ring, 0.006).tolist()) for ring in rings)
        if path:
            colour = _PROVINCES.get(division.adcode[:2], "#ececec")
            yield f'<path d="{path}" fill="{colour}" stroke="#fff" stroke-width=".7"/>'
    yield from _draw_borders(divisions)


def _draw_borders(divisions: Sequence[Division]) -> Iterable[str]:
    """Lines that two provinces share: each stands in the rings of both, to the last digit or nearly."""
    sides: dict[tuple[tuple[float, float], ...], set[str]] = {}
    for division in divisions:
        for ring in division.rings:
            if _touches(ring):
                corners = [(round(x, 4), round(y, 4)) for x, y in ring.tolist()]
                for pair in pairwise(corners):
                    sides.setdefault(tuple(sorted(pair)), set()).add(division.adcode[:2])
    shared = [side for side, provinces in sides.items() if len(provinces) > 1 and _shows(side[0])]
    path = "".join(_to_path(map(_place, chain)) for chain in _join(shared))
    yield f'<path d="{path}" fill="none" stroke="#6b6b6b" stroke-width="1.4" stroke-linejoin="round"/>'


def _join(sides: Sequence[tuple[tuple[float, float], ...]]) -> Iterable[list[list[float]]]:
    """Sides laid end to end, then simplified."""
    ends: dict[tuple[float, float], set[tuple[float, float]]] = {}
    for one, other in sides:
        if one != other:
            ends.setdefault(one, set()).add(other)
            ends.setdefault(other, set()).add(one)
    # Begun at loose ends first, so that a border is one chain and not two halves.
    for begin in sorted(ends, key=lambda corner: (len(ends[corner]), corner)):
        while ends[begin]:
            chain = [begin]
            while ends[chain[-1]]:
                following = min(ends[chain[-1]])
                ends[chain[-1]].discard(following)
                ends[following].discard(chain[-1])
                chain.append(following)
            yield simplify(np.array(chain), 0.003).tolist()


def _touches(ring: Ring) -> bool:
    (west, south), (east, north) = ring.min(axis=0).tolist(), ring.max(axis=0).tolist()
    is_near = west < _EAST and east > _WEST and south < _NORTH and north > _SOUTH
    return bool(is_near and max(east - west, north - south) > 0.02)  # noqa: PLR2004  smaller isles than four pixels


def simplify(line: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """A line with the corners that matter: none left out is farther from it than the tolerance (Douglas, Peucker)."""
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    spans = [(0, len(line) - 1)]
    while spans:
        begin, end = spans.pop()
        if end - begin < 2:  # noqa: PLR2004  nothing between
            continue
        first, step = line[begin], line[end] - line[begin]
        between = line[begin + 1 : end] - first
        along = np.clip((between @ step) / max(float(step @ step), 1e-18), 0.0, 1.0)
        off = np.hypot(*(between - along[:, None] * step).T)
        farthest = int(off.argmax())
        if off[farthest] > tolerance:
            middle = begin + 1 + farthest
            keep[middle] = True
            spans += [(begin, middle), (middle, end)]
    return line[keep]


def _to_path(points: Iterable[tuple[float, float]]) -> str:
    """Steps from point to point, which are shorter than points."""
    path, last = "", (0.0, 0.0)
    for x, y in points:
        if path and (x, y) == last:
            continue
        path += f"l{x - last[0]:g} {y - last[1]:g}".replace(" -", "-") if path else f"M{x:g} {y:g}"
        last = x, y
    return path


def _draw_tracks(tracks: Sequence[tuple[Kind, list[Point]]]) -> Iterable[str]:
    for kind, points in tracks:
        shown = [point for point in points if _shows(point)][:_MOST_POINTS]
        path = _to_path(map(_place, shown))
        yield f'<path d="{path}" fill="none" stroke="{_COLOURS[kind]}" stroke-width=".8" opacity=".35"/>'


def _thin(marks: Sequence[Mark]) -> list[Mark]:
    """Every false one, and of the others as many as a map can show."""
    shown = [mark for mark in marks if _shows(mark.point)]
    others = [mark for mark in shown if not mark.is_false]
    return others[:: len(others) // _MOST_MARKS + 1] + [mark for mark in shown if mark.is_false]


def _draw_marks(marks: Sequence[Mark]) -> Iterable[str]:
    for name, colour, _ in _MARKS:
        yield f'<g fill="{colour}" fill-opacity=".75" stroke="#fff" stroke-width=".5">'
        for mark in marks:
            if name == ("false" if mark.is_false else "told" if mark.is_told else "quiet"):
                x, y = _place(mark.point)
                yield f'<circle cx="{x:g}" cy="{y:g}" r="{4.5 if mark.is_false else 3:g}"/>'
        yield "</g>"


def _draw_names() -> Iterable[str]:
    for name, point in _NAMES:
        x, y = _place(point)
        yield (
            f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="17" fill="#333" stroke="#fff" '
            f'stroke-width="4" paint-order="stroke">{name}</text>'
        )


def _draw_legend(kinds: set[Kind], caption: str) -> Iterable[str]:
    """In the north-east, where there is sea, and a coast along which nobody crosses anything."""
    shown = [kind for kind in Kind if kind in kinds and kind is not Kind.TOWN]
    rows = len(_MARKS) + len(shown)
    left, top = _WIDTH - 340, 10
    yield f'<rect x="{left}" y="{top}" width="330" height="{17 * rows + 12}" fill="#fff" fill-opacity=".9" rx="4"/>'
    for row, (_, colour, words) in enumerate(_MARKS):
        y = top + 17 * row + 15
        yield f'<circle cx="{left + 18}" cy="{y}" r="5" fill="{colour}"/>'
        yield f'<text x="{left + 36}" y="{y + 4}" font-size="13" fill="#222">{words}</text>'
    for row, kind in enumerate(shown, len(_MARKS)):
        y = top + 17 * row + 15
        yield f'<path d="M{left + 8} {y}h20" stroke="{_COLOURS[kind]}" stroke-width="2.5"/>'
        yield f'<text x="{left + 36}" y="{y + 4}" font-size="13" fill="#222">{kind.value}</text>'
    yield (
        f'<text x="14" y="{_HEIGHT - 10}" font-size="13" fill="#333" stroke="#fff" stroke-width="4" '
        f'paint-order="stroke">{caption}</text>'
    )
