"""Whether somebody wants to hear of something on a channel, and whether now: asked again each time it is to be sent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from push.addresses import Preferences, QuietHours
from push.wordings import TopicRule

HOME_ZONE = "Asia/Shanghai"
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


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """The time zone of that name (IANA); the country's own where there is none, such as one that was renamed."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(HOME_ZONE)


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name, for whoever takes preferences in."""
    return name == HOME_ZONE or find_zone(name).key == name
