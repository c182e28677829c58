"""Where points lie: by places that anybody can check, and by another library's geometry."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import numpy as np
import pytest
import shapely

from app.errors import SettingsError
from app.roaming.boundaries import FARTHEST, Boundaries, Place, find_adcode, load_boundaries
from app.roaming.shapes import Division, read_geojson
from app.roaming.tiling import NOWHERE as NO_PLACE
from tests.app.roaming.known_points import BORDERS, CITIES, NOWHERE


def test_known_places_are_found(boundaries: Boundaries) -> None:
    assert len(CITIES) >= 100
    assert len({code[:2] for _, _, code in CITIES.values()}) == 34
    wrong = {
        name: found
        for name, (longitude, latitude, code) in (CITIES | BORDERS).items()
        if (found := boundaries.locate(longitude, latitude)) is None
        or found.province != code[:2]
        or found.city is None
        or not (found.city.startswith(code[:4]) or found.city == f"{code[:2]}0000")
    }
    assert wrong == {}


@pytest.mark.parametrize("name", BORDERS)
def test_districts_along_borders(boundaries: Boundaries, name: str) -> None:
    longitude, latitude, code = BORDERS[name]
    found = find_adcode(boundaries, longitude, latitude, districts=True)
    assert found is not None
    assert found.startswith(code)


def test_a_district_is_in_its_city_and_a_city_in_its_province(boundaries: Boundaries) -> None:
    for name in ("Jiyuan, a county of no city", "Dongguan", "Jiayuguan, a city without districts", "Macao", "Suzhou"):
        longitude, latitude, code = CITIES[name]
        place = boundaries.locate(longitude, latitude)
        assert place is not None
        assert place.city is not None
        found = find_adcode(boundaries, longitude, latitude, districts=True)
        assert found is not None
        assert found.startswith(code.rstrip("0") if code != "4419" else "4419")
        assert find_adcode(boundaries, longitude, latitude, districts=False) == place.city


@pytest.mark.parametrize("name", NOWHERE)
def test_water_and_abroad_are_of_no_province(boundaries: Boundaries, name: str) -> None:
    assert boundaries.locate(*NOWHERE[name]) is None
    assert find_adcode(boundaries, *NOWHERE[name], districts=True) is None


def test_another_librarys_geometry_says_the_same(divisions: list[Division], boundaries: Boundaries) -> None:
    """Anywhere, within some hundred metres of borders, and on the tiles' own edges."""
    chance = np.random.default_rng(11)
    lines = boundaries._tiles.lines[chance.integers(0, len(boundaries._tiles.lines), 6_000)]
    x = np.concatenate([chance.uniform(73, 135.5, 6_000), lines[:, 0] + chance.normal(0, 0.003, 6_000)])
    y = np.concatenate([chance.uniform(3, 54, 6_000), lines[:, 1] + chance.normal(0, 0.003, 6_000)])
    x, y = np.append(x, np.round(x[:500] / 0.05) * 0.05), np.append(y, y[:500])
    expected = np.full(len(x), NO_PLACE)
    for number, division in enumerate(divisions):
        inside = np.zeros(len(x), bool)
        for ring in division.rings:
            polygon = shapely.Polygon(ring)
            west, south, east, north = polygon.bounds
            near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            shapely.prepare(polygon)
            inside[near] ^= shapely.contains_xy(polygon, x[near], y[near])
        expected[inside] = number
    assert (boundaries.locate_batch(x, y) == expected).all()
    one_by_one = [boundaries.locate(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]
    assert one_by_one == [None if number == NO_PLACE else boundaries.places[number] for number in expected]


def test_depths_are_what_another_library_measures(divisions: list[Division], boundaries: Boundaries) -> None:
    """Along the borders of Shanghai, in metres east and north of each point."""
    others = [
        shapely.LineString(ring)
        for division in divisions
        if division.adcode[:2] in {"32", "33"}
        for ring in division.rings
    ]
    tree = shapely.STRtree(others)
    chance = np.random.default_rng(3)
    points = np.column_stack([chance.uniform(120.9, 121.3, 300), chance.uniform(30.75, 31.5, 300)])
    measured = 0
    for x, y in points.tolist():
        place = boundaries.locate(x, y)
        if place is None or place.province != "31":
            continue
        scale = np.array([111_320 * np.cos(np.radians(y)), 111_320])
        near = tree.query(shapely.box(x - 0.1, y - 0.1, x + 0.1, y + 0.1))
        metres = [shapely.LineString((shapely.get_coordinates(others[line]) - (x, y)) * scale) for line in near]
        expected = min((line.distance(shapely.Point(0, 0)) for line in metres), default=inf)
        found = boundaries.measure_depth(x, y, "31")
        assert found == (pytest.approx(expected, abs=0.01) if expected <= FARTHEST else inf)
        measured += found != inf
    assert measured > 20


def test_the_sea_is_no_border(boundaries: Boundaries) -> None:
    longitude, latitude, _ = BORDERS["Yangshan port, Zhejiang"]
    assert boundaries.measure_depth(longitude, latitude, "33") == inf
    assert boundaries.measure_depth(0.0, 0.0, "31") == inf


def _write(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def _feature(adcode: object, kind: str, coordinates: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"adcode": adcode, "name": "…"},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


_SQUARE = [[120.0, 30.0], [121.0, 30.0], [121.0, 31.0], [120.0, 31.0], [120.0, 30.0]]
_HOLE = [[120.4, 30.4], [120.6, 30.4], [120.6, 30.6], [120.4, 30.6], [120.4, 30.4]]
_EAST = [[121.0, 30.0, 5.0], [122.0, 30.0, 5.0], [122.0, 31.0, 5.0], [121.0, 31.0, 5.0]]


def test_an_operators_own_boundaries(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "own.geojson",
        _feature("330000", "Polygon", [_SQUARE, _HOLE]),
        _feature(320500, "MultiPolygon", [[_EAST], [_HOLE]]),
    )
    boundaries = load_boundaries(path)
    assert boundaries.locate(120.2, 30.2) == Place("33", None)
    assert boundaries.locate(120.5, 30.5) == Place("32", "320500")
    assert boundaries.locate(121.5, 30.5) == Place("32", "320500")
    assert boundaries.locate(121.5, 31.5) is None
    assert find_adcode(boundaries, 120.2, 30.2, districts=False) == "330000"
    assert boundaries.measure_depth(120.99, 30.5, "33") == pytest.approx(959, abs=1)


@pytest.mark.parametrize(
    "feature",
    [
        _feature("33", "Polygon", [_SQUARE]),
        _feature("三三〇〇〇〇", "Polygon", [_SQUARE]),
        _feature("330000", "Point", [120.0, 30.0]),
        _feature("330000", "Polygon", [_SQUARE[:3]]),
        _feature("330000", "Polygon", [[[13_000_000.0, 3_000_000.0]] * 5]),
        _feature("330000", "Polygon", ["here"]),
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [_SQUARE]}},
    ],
)
def test_a_file_that_is_none_of_divisions(tmp_path: Path, feature: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"own\.geojson is not a GeoJSON file of divisions"):
        read_geojson(_write(tmp_path / "own.geojson", feature))


def test_a_file_without_divisions_or_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no divisions"):
        read_geojson(_write(tmp_path / "own.geojson"))
    with pytest.raises(SettingsError, match="is not a GeoJSON file"):
        read_geojson(tmp_path / "absent.geojson")
