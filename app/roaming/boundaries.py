"""Which province and city a point lies in, and how far from any other province: in memory, in a microsecond or two."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, radians
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.roaming.shapes import Division, read_geojson, read_shipped
from app.roaming.tiling import BORDER, NOWHERE, SIZE, cut_into_tiles, expand

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FARTHEST = 3_000.0
"""Metres up to which a depth is measured: the tiles around a point's own reach as far, up to 57° north."""
_DEGREE = 111_320.0
"""Metres a degree of latitude; of longitude at the equator."""
_BATCH = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """A province by the two digits of its code, and the city by its six where the boundaries know cities."""

    province: str
    city: str | None


class Boundaries:
    """Divisions in memory. Points are WGS-84; over water, on long bridges and abroad there is no division."""

    def __init__(self, divisions: Sequence[Division]) -> None:
        self.places = [_to_place(division.adcode) for division in divisions]
        """By the numbers that a batch answers with."""
        self._tiles = tiles = cut_into_tiles(divisions)
        # One element at a time, these are read several times faster than numpy's arrays.
        self._kinds = array("i", tiles.kinds.tobytes())
        self._pair_begins = array("i", tiles.pair_begins.tobytes())
        self._line_begins = array("i", tiles.line_begins.tobytes())
        provinces = np.array([int(place.province) for place in self.places])
        pair_provinces = provinces[tiles.pair_divisions]
        self._line_provinces = np.repeat(pair_provinces, np.diff(tiles.line_begins)).astype(np.int8)
        least, most = (reduce.reduceat(pair_provinces, tiles.pair_begins[:-1]) for reduce in (np.minimum, np.maximum))
        self._only_provinces = array("i", np.where(least == most, least, 0).astype(np.int32).tobytes())
        """Of each border tile, the province that all its lines are of, or 0: within one province there is no depth."""

    def locate(self, longitude: float, latitude: float) -> Place | None:
        """Where a point lies."""
        number = self._find(longitude, latitude)
        return None if number == NOWHERE else self.places[number]

    def _find(self, longitude: float, latitude: float) -> int:
        tile = self._tile_of(longitude, latitude)
        if tile is None:
            return NOWHERE
        kind = self._kinds[tile]
        if kind >= NOWHERE:
            return kind
        tiles, border = self._tiles, BORDER - kind
        row, column = divmod(tile, tiles.columns)
        middle = tiles.west + (column + 0.5) * SIZE, tiles.south + (row + 0.5) * SIZE
        for pair in range(self._pair_begins[border], self._pair_begins[border + 1]):
            lines = tiles.lines[self._line_begins[pair] : self._line_begins[pair + 1]].tolist()
            if bool(tiles.pair_insides[pair]) != _is_odd_between(middle, (longitude, latitude), lines):
                return int(tiles.pair_divisions[pair])
        return NOWHERE

    def _tile_of(self, longitude: float, latitude: float) -> int | None:
        x, y = (longitude - self._tiles.west) / SIZE, (latitude - self._tiles.south) / SIZE
        if 0 <= x < self._tiles.columns and 0 <= y < self._tiles.rows:
            return int(y) * self._tiles.columns + int(x)
        return None  # also where a figure is not a number

    def locate_batch(self, longitudes: Floats, latitudes: Floats) -> Ints:
        """The number of each point's place, or NOWHERE."""
        found = np.full(len(longitudes), NOWHERE, np.int64)
        for begin in range(0, len(longitudes), _BATCH):
            part = slice(begin, begin + _BATCH)
            found[part] = self._find_batch(longitudes[part], latitudes[part])
        return found

    def _find_batch(self, longitudes: Floats, latitudes: Floats) -> Ints:
        tiles = self._tiles
        x, y = (longitudes - tiles.west) / SIZE, (latitudes - tiles.south) / SIZE
        inside = (x >= 0) & (x < tiles.columns) & (y >= 0) & (y < tiles.rows)
        found = np.full(len(x), NOWHERE, np.int64)
        columns, rows = x[inside].astype(np.int64), y[inside].astype(np.int64)
        found[inside] = tiles.kinds[rows * tiles.columns + columns]
        at_border = np.flatnonzero(found <= BORDER)
        borders = BORDER - found[at_border]
        begins = tiles.pair_begins[borders]
        points, pairs = expand(begins, tiles.pair_begins[borders + 1] - begins)
        here = at_border[points]
        is_inside = tiles.pair_insides[pairs] ^ self._are_odd_between(longitudes[here], latitudes[here], pairs)
        found[at_border] = NOWHERE
        # Written backwards, so that the first division stays where, against the rule, two have a point.
        found[here[is_inside][::-1]] = tiles.pair_divisions[pairs[is_inside]][::-1]
        return found

    def _are_odd_between(self, longitudes: Floats, latitudes: Floats, pairs: Ints) -> NDArray[np.bool_]:
        """As `_is_odd_between`, for many points and for each the lines of a pair."""
        tiles = self._tiles
        begins = tiles.line_begins[pairs]
        rows, numbers = expand(begins, tiles.line_begins[pairs + 1] - begins)
        x1, y1, x2, y2 = tiles.lines[numbers].T
        to_x, to_y = longitudes[rows], latitudes[rows]
        middle_x = tiles.west + (np.floor((to_x - tiles.west) / SIZE) + 0.5) * SIZE
        middle_y = tiles.south + (np.floor((to_y - tiles.south) / SIZE) + 0.5) * SIZE
        with np.errstate(divide="ignore", invalid="ignore"):  # lines along an axis, which the masks leave out
            x = x1 + (middle_y - y1) * (x2 - x1) / (y2 - y1)
            y = y1 + (to_x - x1) * (y2 - y1) / (x2 - x1)
        along = ((y1 <= middle_y) != (y2 <= middle_y)) & ((x <= middle_x) != (x <= to_x))
        up = ((x1 <= to_x) != (x2 <= to_x)) & ((y <= middle_y) != (y <= to_y))
        crossed = along.astype(np.int64) + up
        return np.asarray(np.bincount(rows, crossed, len(pairs)) % 2 == 1)

    def measure_depth(self, longitude: float, latitude: float, province: str) -> float:
        """Metres from a point in a province to the nearest land of any other; infinite beyond FARTHEST.

        The sea is no border: whoever stands on a pier in another province has crossed into it.
        """
        spans = self._find_lines_around(longitude, latitude, int(province))
        if not spans:
            return inf
        chosen = np.concatenate([self._tiles.lines[span] for span in spans])
        chosen = chosen[np.concatenate([self._line_provinces[span] for span in spans]) != int(province)]
        if not len(chosen):
            return inf
        metres = np.array([_DEGREE * cos(radians(latitude)), _DEGREE] * 2)
        lines = (chosen - (longitude, latitude) * 2) * metres
        steps = lines[:, 2:] - lines[:, :2]
        squares = np.maximum((steps * steps).sum(axis=1), 1e-9)
        along = np.clip(-(lines[:, :2] * steps).sum(axis=1) / squares, 0.0, 1.0)
        nearest = lines[:, :2] + along[:, None] * steps
        depth = float(np.sqrt((nearest * nearest).sum(axis=1).min()))
        return depth if depth <= FARTHEST else inf

    def list_corners(self, west: float, south: float, east: float, north: float) -> Floats:
        """The corners of all borders within a frame."""
        x, y = self._tiles.lines[:, 0], self._tiles.lines[:, 1]
        return self._tiles.lines[(x >= west) & (x <= east) & (y >= south) & (y <= north), :2]

    def _find_lines_around(self, longitude: float, latitude: float, province: int) -> list[slice]:
        """Where the lines of the nine tiles around a point stand, less the tiles that have this province's alone."""
        found: list[slice] = []
        for north in (-SIZE, 0.0, SIZE):
            for east in (-SIZE, 0.0, SIZE):
                tile = self._tile_of(longitude + east, latitude + north)
                if tile is None or (kind := self._kinds[tile]) > BORDER:
                    continue
                border = BORDER - kind
                if self._only_provinces[border] != province:
                    first, end = self._pair_begins[border], self._pair_begins[border + 1]
                    found.append(slice(self._line_begins[first], self._line_begins[end]))
        return found


def _is_odd_between(middle: tuple[float, float], to: tuple[float, float], lines: list[list[float]]) -> bool:
    """Whether an odd number of lines is crossed going from a tile's middle along the row, then straight to a point.

    A line has its lower end and not its upper one, so that where two meet one of them counts.
    """
    (middle_x, middle_y), (to_x, to_y) = middle, to
    is_odd = False
    for x1, y1, x2, y2 in lines:
        if (y1 <= middle_y) != (y2 <= middle_y):
            x = x1 + (middle_y - y1) * (x2 - x1) / (y2 - y1)
            is_odd ^= (x <= middle_x) != (x <= to_x)
        if (x1 <= to_x) != (x2 <= to_x):
            y = y1 + (to_x - x1) * (y2 - y1) / (x2 - x1)
            is_odd ^= (y <= middle_y) != (y <= to_y)
    return is_odd


def _to_place(adcode: str) -> Place:
    """A municipality is its own city; a feature of a whole province tells no city."""
    is_whole_province = adcode.endswith("0000") and adcode[:2] not in {"11", "12", "31", "50", "71", "81", "82"}
    return Place(adcode[:2], None if is_whole_province else adcode)


def load_boundaries(geojson: Path | None = None) -> Boundaries:
    """The cities that are shipped, or an operator's own file in their stead."""
    return Boundaries(read_shipped() if geojson is None else read_geojson(geojson))


def find_adcode(boundaries: Boundaries, longitude: float, latitude: float, *, districts: bool) -> str | None:
    """The finest code known of a point: with the shipped divisions its district's, of the same source as the cities."""
    place = boundaries.locate(longitude, latitude)
    if place is None:
        return None
    if districts and place.city is not None:
        within = Boundaries(read_shipped("district", _stem_of(place.city)))
        found = within.locate(longitude, latitude)
        if found is not None and found.city is not None:
            return found.city
    return place.city or f"{place.province}0000"


def _stem_of(city: str) -> str:
    """What the codes of a city's districts begin with; of a county that no city has, its own code."""
    if city.endswith("0000"):
        return city[:2]
    return city[:4] if city.endswith("00") else city
