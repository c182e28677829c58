"""Polygons cut into small tiles of degrees, so that a point needs the few lines of its own tile.

A tile that no border runs through lies wholly in one division, or in none. For any other tile we keep the lines in it,
division by division, and whether the tile's middle is inside: going from the middle to a point, each line of a division
that is crossed changes between inside and outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.roaming.shapes import Division

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZE = 0.05
"""Degrees a side: 5.6 km north to south."""
NOWHERE = -1
BORDER = -2
"""What a tile with borders is numbered from, downwards."""
_ROOM = 512.0
"""More degrees than there are, so that scanlines of different divisions do not mix when laid in one line."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles with their borders. A pair is a division in a tile that a border of it runs through."""

    west: float
    south: float
    columns: int
    rows: int
    kinds: NDArray[np.int32]
    """Of each tile, row by row from the south: its division, NOWHERE, or BORDER less its number among border tiles."""
    pair_begins: NDArray[np.int32]
    """Of each border tile, its first pair; and the end."""
    pair_divisions: NDArray[np.int16]
    pair_insides: NDArray[np.bool_]
    """Whether the tile's middle is inside the pair's division."""
    line_begins: NDArray[np.int32]
    """Of each pair, its first line; and the end."""
    lines: Floats
    """x and y of where a line begins, then of where it ends."""


def cut_into_tiles(divisions: Sequence[Division]) -> Tiles:
    """Half a second for the country's cities."""
    lines, owners = _collect_lines(divisions)
    west, south = (np.floor(lines[:, :2].min(axis=0) / SIZE) * SIZE).tolist()
    columns, rows = (np.floor((lines[:, :2].max(axis=0) - (west, south)) / SIZE).astype(int) + 1).tolist()
    numbers, tiles = _spread(lines, west, south, columns)
    order = np.lexsort((owners[numbers], tiles))
    numbers, tiles = numbers[order], tiles[order]
    pairs = tiles * len(divisions) + owners[numbers]
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))
    pair_tiles, pair_owners = np.divmod(pairs[begins], len(divisions))
    border_begins = np.flatnonzero(np.diff(pair_tiles, prepend=-1))
    scan = _Scan.of(lines, owners, len(divisions), south, rows)
    kinds = scan.fill(west, columns, rows)
    kinds[pair_tiles[border_begins]] = BORDER - np.arange(len(border_begins))
    middles = west + (pair_tiles % columns + 0.5) * SIZE
    return Tiles(
        west,
        south,
        columns,
        rows,
        kinds,
        np.append(border_begins, len(begins)).astype(np.int32),
        pair_owners.astype(np.int16),
        scan.are_inside(pair_tiles // columns, pair_owners, middles),
        np.append(begins, len(numbers)).astype(np.int32),
        lines[numbers],
    )


def _collect_lines(divisions: Sequence[Division]) -> tuple[Floats, Ints]:
    """Every line of every ring, and whose it is."""
    rings = [(number, ring) for number, division in enumerate(divisions) for ring in division.rings]
    lines = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for _, ring in rings])
    return lines, np.repeat([number for number, _ in rings], [len(ring) - 1 for _, ring in rings])


def _spread(lines: Floats, west: float, south: float, columns: int) -> tuple[Ints, Ints]:
    """(line, tile) for each tile that a line may touch: all that its frame touches, mostly one."""
    x1, y1, x2, y2 = np.floor((lines.T - np.array([[west], [south]] * 2)) / SIZE).astype(np.int64)
    left, low = np.minimum(x1, x2), np.minimum(y1, y2)
    width, height = np.abs(x2 - x1) + 1, np.abs(y2 - y1) + 1
    tiles = low * columns + left
    is_short = (width == 1) & (height == 1)
    long = np.flatnonzero(~is_short)
    rows, steps = expand(np.zeros(len(long), np.int64), width[long] * height[long])
    numbers = long[rows]
    along, up = steps % width[numbers], steps // width[numbers]
    return (
        np.concatenate([np.flatnonzero(is_short), numbers]),
        np.concatenate([tiles[is_short], tiles[numbers] + up * columns + along]),
    )


def expand(begins: NDArray[np.integer[Any]], counts: NDArray[np.integer[Any]]) -> tuple[Ints, Ints]:
    """For rows that each have `counts` things from `begins` on: the row of each thing, and the thing."""
    rows = np.repeat(np.arange(len(counts)), counts)
    firsts = np.repeat(counts.cumsum() - counts - begins, counts)
    return rows, np.arange(len(rows)) - firsts


@dataclass(frozen=True, slots=True)
class _Scan:
    """Where borders cross the middle of each row of tiles: laid in one line, row by row and division by division."""

    count: int
    keys: Floats

    @classmethod
    def of(cls, lines: Floats, owners: Ints, count: int, south: float, rows: int) -> _Scan:
        begin, end = (
            np.ceil((heights - south) / SIZE - 0.5).astype(np.int64) for heights in (lines[:, 1], lines[:, 3])
        )
        first, last = np.minimum(begin, end), np.maximum(begin, end)
        numbers, scanlines = expand(first, np.minimum(last, rows) - first)
        x1, y1, x2, y2 = lines[numbers].T
        y = south + (scanlines + 0.5) * SIZE
        crossings = x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        return cls(count, np.sort((scanlines * count + owners[numbers]) * _ROOM + crossings + _ROOM / 2))

    def are_inside(self, rows: Ints, owners: Ints, x: Floats) -> NDArray[np.bool_]:
        """Whether an odd number of a division's borders is crossed on the way there from the west."""
        begins = (rows * self.count + owners) * _ROOM
        passed = np.searchsorted(self.keys, begins + x + _ROOM / 2, "right") - np.searchsorted(self.keys, begins)
        return np.asarray(passed % 2 == 1)

    def fill(self, west: float, columns: int, rows: int) -> NDArray[np.int32]:
        """The division in the middle of each tile."""
        kinds = np.full(columns * rows, NOWHERE, np.int32)
        groups, along = np.divmod(self.keys, _ROOM)
        edges = np.ceil((along - _ROOM / 2 - west) / SIZE - 0.5).astype(np.int64)
        scanlines, owners = np.divmod(groups.astype(np.int64), self.count)
        begins = scanlines * columns + edges
        for begin, end, owner in zip(begins[::2].tolist(), begins[1::2].tolist(), owners[::2].tolist(), strict=True):
            kinds[begin:end] = owner
        return kinds
