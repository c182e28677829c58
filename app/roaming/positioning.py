"""From a fix as it comes in to the position that the rule asks for."""

from __future__ import annotations

from math import inf

from app.roaming.boundaries import Boundaries
from app.roaming.model import Position, State


def find_position(boundaries: Boundaries, longitude: float, latitude: float, state: State | None) -> Position:
    """Where a point of WGS-84 lies. Its depth is measured where that matters alone: away from the province known."""
    place = boundaries.locate(longitude, latitude)
    if place is None:
        return Position(None, None, inf)
    if state is None or state.province in {None, place.province}:
        return Position(place.province, place.city, inf)
    return Position(place.province, place.city, boundaries.measure_depth(longitude, latitude, place.province))
