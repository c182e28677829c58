"""How fast somebody moves: fixes too fast to be true are left out, and whoever flies has not arrived anywhere."""

from __future__ import annotations

from math import cos, hypot, isfinite, radians

from app.roaming.model import VERSION, CrossingRules, Fix, Reason, Spot, Trace

_HUNDREDTHS = 100.0
_KILOMETRES = 111.32
"""A degree of latitude; of longitude at the equator."""
_COARSE = 0.8
"""Kilometres by which a spot may be off its fix: half the diagonal of its square."""
_SETTLING = 60
"""Seconds that two fixes must lie apart for a speed fine enough to tell a landed plane from one that lands."""


def spot_of(fix: Fix) -> Spot:
    """A fix made coarse."""
    east, north = round(fix.longitude * _HUNDREDTHS), round(fix.latitude * _HUNDREDTHS)
    return Spot(east, north, round(fix.accuracy), fix.at)


def follow(trace: Trace | None, fix: Fix, rules: CrossingRules) -> tuple[Trace | None, Reason | None]:
    """The trace after a fix, and why the fix is not to be believed or used, if it is not."""
    if trace is None or fix.at - (trace.held or trace.spot).at > rules.trace_kept:
        return Trace(VERSION, spot_of(fix)), None
    if _least_speed(trace.spot, fix) <= rules.speed_held:
        return _move(trace, trace.spot, fix, rules)  # what is held, if anything, was a stray
    speed = _least_speed(trace.held or trace.spot, fix)
    if speed > rules.speed_most:
        return trace, Reason.IMPOSSIBLE
    if trace.held is None:
        return Trace(VERSION, trace.spot, spot_of(fix), trace.is_flying), Reason.TOO_FAST
    if speed > rules.speed_held:  # twice in a row: no train does that
        return Trace(VERSION, trace.spot, spot_of(fix), is_flying=True), Reason.FLYING
    return _move(trace, trace.held, fix, rules)


def _move(trace: Trace, since: Spot, fix: Fix, rules: CrossingRules) -> tuple[Trace, Reason | None]:
    """A fix that is believed. After a flight it counts once the plane rolls: on its way down it passes over others."""
    if not trace.is_flying:
        return Trace(VERSION, spot_of(fix)), None
    seconds = fix.at - since.at
    if seconds < _SETTLING:
        return Trace(VERSION, since, is_flying=True), Reason.FLYING
    is_flying = _measure(since, fix) / seconds * 3600 > rules.speed_landed
    return Trace(VERSION, spot_of(fix), is_flying=is_flying), Reason.FLYING if is_flying else None


def _least_speed(since: Spot, fix: Fix) -> float:
    """The slowest, in km/h, that explains both: what is not known of either place is taken off the way."""
    unknown = _COARSE + (since.accuracy + fix.accuracy) / 1000
    way = _measure(since, fix) - unknown
    return way / (fix.at - since.at) * 3600 if way > 0 else 0.0


def _measure(since: Spot, fix: Fix) -> float:
    """Kilometres, well enough for a speed: the earth is flat over a few hundred of them."""
    north = fix.latitude - since.north / _HUNDREDTHS
    east = (fix.longitude - since.east / _HUNDREDTHS + 180.0) % 360.0 - 180.0
    return _KILOMETRES * hypot(north, east * cos(radians(fix.latitude - north / 2)))


def is_on_earth(fix: Fix) -> bool:
    """Whether its figures are figures at all."""
    return (
        abs(fix.longitude) <= 180.0  # noqa: PLR2004  degrees
        and abs(fix.latitude) <= 90.0  # noqa: PLR2004  degrees
        and isfinite(fix.accuracy)
        and fix.accuracy >= 0
    )
