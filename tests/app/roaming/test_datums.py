"""Conversion of datums, by published samples and round trips."""

from __future__ import annotations

from math import cos, hypot, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.roaming.datums import Datum, from_wgs84, to_wgs84, to_wgs84_batch

Point = tuple[float, float]

_PUBLISHED: list[tuple[str, Point, Datum, Point]] = [
    # AMap's own service, as its documentation shows it: https://lbs.amap.com/api/webservice/guide/api/convert
    ("AMap's example", (116.481499, 39.990475), Datum.GCJ02, (116.487585177952, 39.991754014757)),
    # The tests of https://github.com/googollee/eviltransform
    ("Shanghai", (121.5272106, 31.1774276), Datum.GCJ02, (121.531541859215, 31.17530398364597)),
    ("Shenzhen", (113.912316, 22.543847), Datum.GCJ02, (113.9171764808363, 22.540796131694766)),
    ("Beijing", (116.377817, 39.911954), Datum.GCJ02, (116.38404722455657, 39.91334545536069)),
    # The tests of https://github.com/wandergis/coordtransform and of its port, coordtransform-rs
    ("coordtransform", (116.404, 39.915), Datum.GCJ02, (116.41024449916938, 39.91640428150164)),
    ("coordtransform", (116.404, 39.915), Datum.BD09, (116.41662724378733, 39.922699552216216)),
    # An answer of Baidu's own service to the example of its documentation, as client code quotes it; its answers to
    # the same question scatter by up to a metre: https://lbsyun.baidu.com/index.php?title=webapi/guide/changeposition
    ("Baidu's example", (114.21892734521, 29.575429778924), Datum.BD09, (114.2307489832, 29.579081808346)),
]
_LONGITUDES = st.floats(73.5, 135.0)
_LATITUDES = st.floats(18.0, 53.5)


def measure(one: Point, other: Point) -> float:
    """Metres between two points that are near one another."""
    east = (one[0] - other[0]) * cos(radians(one[1]))
    return 111_320 * hypot(east, one[1] - other[1])


@pytest.mark.parametrize(("name", "wgs84", "datum", "other"), _PUBLISHED)
def test_published_samples_are_met_to_a_metre(name: str, wgs84: Point, datum: Datum, other: Point) -> None:
    assert measure(from_wgs84(*wgs84, datum), other) < 1, name
    assert measure(to_wgs84(*other, datum), wgs84) < 1, name


def test_a_published_point_of_baidu_is_undone_to_the_last_digit() -> None:
    """coordtransform's bd09togcj02(116.404, 39.915), followed by our way from GCJ-02."""
    assert to_wgs84(116.404, 39.915, Datum.BD09) == to_wgs84(116.39762729119315, 39.90865673957631, Datum.GCJ02)


@given(_LONGITUDES, _LATITUDES)
def test_there_and_back_over_china(longitude: float, latitude: float) -> None:
    for datum, metres in ((Datum.WGS84, 0.0), (Datum.GCJ02, 0.05), (Datum.BD09, 0.5)):
        back = to_wgs84(*from_wgs84(longitude, latitude, datum), datum)
        assert measure(back, (longitude, latitude)) <= metres


@given(_LONGITUDES, _LATITUDES)
def test_another_datum_lies_hundreds_of_metres_away(longitude: float, latitude: float) -> None:
    """Were a conversion forgotten, this would be what the points are off: no test of provinces would tell."""
    here = (longitude, latitude)
    assert 5 < measure(from_wgs84(*here, Datum.GCJ02), here) < 1_300
    assert 200 < measure(from_wgs84(*here, Datum.BD09), here) < 2_400


@pytest.mark.parametrize(
    "point", [(139.6917, 35.6895), (-0.1276, 51.5072), (103.8, 0.5), (0.0, 0.0), (71.9, 40.0), (90.0, 56.0)]
)
@pytest.mark.parametrize("datum", list(Datum))
def test_outside_china_all_are_the_same(point: Point, datum: Datum) -> None:
    assert to_wgs84(*point, datum) == point
    assert from_wgs84(*point, datum) == point


@pytest.mark.parametrize("datum", list(Datum))
def test_many_points_are_as_one_by_one(datum: Datum) -> None:
    chance = np.random.default_rng(7)
    longitudes, latitudes = chance.uniform(60, 145, 2_000), chance.uniform(-5, 60, 2_000)
    found = to_wgs84_batch(longitudes, latitudes, datum)
    for longitude, latitude, east, north in zip(longitudes, latitudes, *found, strict=True):
        assert measure((float(east), float(north)), to_wgs84(float(longitude), float(latitude), datum)) < 0.05


def test_the_words_of_the_wire() -> None:
    assert {datum.value for datum in Datum} == {"wgs84", "gcj02", "bd09"}
