"""Whether somebody wants to hear of something on a channel, and whether now: asked again each time it is to be sent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from push.addresses import Preferences, QuietHours
from push.wordings import TopicRule

HOME_ZONE = "Asia/Shanghai"
_PLACELESS = frozenset(
    {"CET", "CST6CDT", "EET", "EST", "EST5EDT", "Factory", "HST", "MET", "MST", "MST7MDT", "PST8PDT", "WET"}
)
"""How clocks are set by law, and nobody knows where: kept for old machines. And Factory, which is none yet."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def is_muted(preferences: Preferences, channel: str, rule: TopicRule) -> bool:
    """Whether its recipient switched a topic's category off there; what is critical cannot be."""
    return not rule.is_critical and (rule.category, channel) in preferences.muted


def quiet_until(now: datetime, preferences: Preferences, rule: TopicRule) -> datetime | None:
    """When the quiet hours end that it is now, by the clock of where the recipient lives; None where it may show now.

    What is critical shows at any hour. Quiet is whenever the clock on the wall says so: where it is put forward over
    their end, the hours end at that moment; what it shows twice is quiet twice.
    """
    if rule.is_critical or preferences.quiet is None:
        return None
    zone = find_zone(preferences.time_zone)
    local = now.astimezone(zone)
    if not _is_quiet(local.time(), preferences.quiet):
        return None
    ends = preferences.quiet.ends
    day = local.date() if local.time() < ends else local.date() + _DAY
    end = _find_moment(datetime.combine(day, ends, zone), now)
    return quiet_until(end, preferences, rule) or end  # where a clock has skipped a whole day, it is night again


def _is_quiet(at: time, quiet: QuietHours) -> bool:
    """Hours that begin and end at the same time are none."""
    if quiet.begins <= quiet.ends:
        return quiet.begins <= at < quiet.ends
    return at >= quiet.begins or at < quiet.ends


def _find_moment(shown: datetime, now: datetime) -> datetime:
    """The first moment after now at which a clock on the wall shows this, or has just been put forward over it."""
    first, second = sorted(shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    is_skipped = first.astimezone(shown.tzinfo).replace(tzinfo=None) != shown.replace(tzinfo=None)
    if not is_skipped:
        return first if first > now else second
    before = first.astimezone(shown.tzinfo).utcoffset()
    while second - first > _SECOND:
        middle = first + timedelta(seconds=(second - first) // _SECOND // 2)
        if middle.astimezone(shown.tzinfo).utcoffset() == before:
            first = middle
        else:
            second = middle
    return second


@cache
def list_zones() -> frozenset[str]:
    """IANA's names of time zones that a person may live by: of places, of UTC and of fixed distances from it.

    The machine's own folder of zones has more files than that (`localtime`, `posixrules`), and differs between servers.
    """
    named = resources.files("tzdata").joinpath("zones").read_text("ascii")
    return frozenset(named.split()) - _PLACELESS


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """The time zone of that name; the country's own where there is none, such as one that was renamed."""
    return ZoneInfo(name if name in list_zones() else HOME_ZONE)


def is_zone(name: str) -> bool:
    """Whether somebody may say that they live by it."""
    return name in list_zones()
