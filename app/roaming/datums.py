"""Coordinates of three datums as WGS-84: phones send it, WeChat and Alipay GCJ-02, Baidu BD-09.

The same figures read in the wrong datum lie about 550 m away (BD-09: 1,190 m), so the datum is never guessed.
GCJ-02 has no published definition; its formula is the one that all open converters share
(https://github.com/googollee/eviltransform, https://github.com/wandergis/coordtransform).
"""

from __future__ import annotations

from enum import Enum
from math import atan2, cos, hypot, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_AXIS = 6_378_245.0
_SQUARED_ECCENTRICITY = 0.00669342162296594323
"""Of the Krasovsky ellipsoid, in whose metres the shift is reckoned."""
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
"""Beyond this frame GCJ-02 is WGS-84, and BD-09 too."""
_TURNS = pi * 3000.0 / 180.0
_BAIDU_EAST, _BAIDU_NORTH = 0.0065, 0.006


class Datum(Enum):
    """The datums of the wire."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_wgs84(longitude: float, latitude: float, datum: Datum) -> tuple[float, float]:
    """One point, to within 2 cm for GCJ-02 and half a metre for BD-09, whose own formulas return no nearer."""
    if datum is Datum.WGS84 or not _is_shifted(longitude, latitude):
        return longitude, latitude
    if datum is Datum.BD09:
        longitude, latitude = _from_baidu(longitude, latitude)
    east, north = longitude, latitude
    # Where the shift is taken moves by as much as the shift was wrong, so two rounds suffice.
    for _ in range(2):
        moved_east, moved_north = _shift(east, north)
        east, north = longitude - moved_east, latitude - moved_north
    return east, north


def from_wgs84(longitude: float, latitude: float, datum: Datum) -> tuple[float, float]:
    """One point in another datum, as a map of that datum wants it."""
    if datum is Datum.WGS84 or not _is_shifted(longitude, latitude):
        return longitude, latitude
    east, north = _shift(longitude, latitude)
    shifted = longitude + east, latitude + north
    return _to_baidu(*shifted) if datum is Datum.BD09 else shifted


def from_wgs84_batch(longitudes: Floats, latitudes: Floats) -> tuple[Floats, Floats]:
    """Many points of China in GCJ-02."""
    east, north = _shift_batch(longitudes, latitudes)
    return longitudes + east, latitudes + north


def to_wgs84_batch(longitudes: Floats, latitudes: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """Many points of one datum at once, to within a millimetre for GCJ-02."""
    if datum is Datum.WGS84:
        return longitudes, latitudes
    inside = (longitudes >= _WEST) & (longitudes <= _EAST) & (latitudes >= _SOUTH) & (latitudes <= _NORTH)
    east, north = longitudes[inside], latitudes[inside]
    if datum is Datum.BD09:
        east, north = _from_baidu_batch(east, north)
    found_east, found_north = east, north
    for _ in range(3):
        moved_east, moved_north = _shift_batch(found_east, found_north)
        found_east, found_north = east - moved_east, north - moved_north
    answer_east, answer_north = longitudes.copy(), latitudes.copy()
    answer_east[inside], answer_north[inside] = found_east, found_north
    return answer_east, answer_north


def _is_shifted(longitude: float, latitude: float) -> bool:
    return _WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH


def _shift(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees east and north by which GCJ-02 moves a point of WGS-84."""
    x, y = longitude - 105.0, latitude - 35.0
    root, product = 0.1 * sqrt(abs(x)), 0.1 * x * y
    shared = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    waves = (
        shared + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi) + 150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30 * pi)
    )
    metres_east = 300.0 + x + 2.0 * y + 0.1 * x * x + product + root + waves * 2.0 / 3.0
    waves = (
        shared + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi) + 160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30)
    )
    metres_north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + product + 2.0 * root + waves * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    bulge = 1.0 - _SQUARED_ECCENTRICITY * sin(radians) ** 2
    meridian = _AXIS * (1.0 - _SQUARED_ECCENTRICITY) / (bulge * sqrt(bulge))
    return (
        metres_east * 180.0 / (_AXIS / sqrt(bulge) * cos(radians) * pi),
        metres_north * 180.0 / (meridian * pi),
    )


def _shift_batch(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """As `_shift`, in numpy: written twice, since a function for both would be a tenth as fast for one point."""
    x, y = longitude - 105.0, latitude - 35.0
    root, product = 0.1 * np.sqrt(np.abs(x)), 0.1 * x * y
    shared = 20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)
    waves = shared + 20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)
    waves += 150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)
    metres_east = 300.0 + x + 2.0 * y + 0.1 * x * x + product + root + waves * 2.0 / 3.0
    waves = shared + 20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)
    waves += 160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)
    metres_north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + product + 2.0 * root + waves * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    bulge = 1.0 - _SQUARED_ECCENTRICITY * np.sin(radians) ** 2
    meridian = _AXIS * (1.0 - _SQUARED_ECCENTRICITY) / (bulge * np.sqrt(bulge))
    return (
        metres_east * 180.0 / (_AXIS / np.sqrt(bulge) * np.cos(radians) * pi),
        metres_north * 180.0 / (meridian * pi),
    )


def _to_baidu(longitude: float, latitude: float) -> tuple[float, float]:
    radius = hypot(longitude, latitude) + 0.00002 * sin(latitude * _TURNS)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * _TURNS)
    return radius * cos(angle) + _BAIDU_EAST, radius * sin(angle) + _BAIDU_NORTH


def _from_baidu(longitude: float, latitude: float) -> tuple[float, float]:
    x, y = longitude - _BAIDU_EAST, latitude - _BAIDU_NORTH
    radius = hypot(x, y) - 0.00002 * sin(y * _TURNS)
    angle = atan2(y, x) - 0.000003 * cos(x * _TURNS)
    return radius * cos(angle), radius * sin(angle)


def _from_baidu_batch(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    x, y = longitude - _BAIDU_EAST, latitude - _BAIDU_NORTH
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _TURNS)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _TURNS)
    return radius * np.cos(angle), radius * np.sin(angle)
