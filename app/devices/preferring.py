"""What residents want to hear of, where and when: read and written as a whole."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated

import msgspec

from app.database import Pool, transaction
from app.devices import store
from app.devices.model import DeviceDesk
from app.devices.registering import CONSENTS
from app.errors import InvalidError
from app.inbox.push_topics import list_push_topics
from app.people.model import ResidentCaller
from app.people.quotas import require_quota
from app.people.rules import require_own_eyes
from app.people.standing import require_control
from app.pushing.categories import CATEGORIES
from push import reaching
from push.addresses import CHANNELS, Locale, Preferences, QuietHours
from push.quiet import find_zone, is_zone

LONGEST_ZONE = 64
_DAY = timedelta(hours=24)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
ClockTime = Annotated[str, msgspec.Meta(pattern=rf"^{_CLOCK.pattern}$", description="hours and minutes, as 22:30")]


class Channels(msgspec.Struct, frozen=True):
    """On which channels a category is heard of; in the inbox each always is."""

    apns: bool = True
    fcm: bool = True
    wechat: bool = True
    alipay: bool = True


class CategoryChoice(msgspec.Struct, frozen=True):
    """Where a category is heard of."""

    category: Annotated[str, msgspec.Meta(max_length=32)]
    channels: Channels


class QuietChoice(msgspec.Struct, frozen=True):
    """From when until when nothing shows; from 22:00 until 07:00 goes over midnight."""

    begins: ClockTime
    ends: ClockTime


class Choices(msgspec.Struct, frozen=True):
    """All that a resident chooses. A category that is not named is heard of everywhere."""

    locale: Locale
    time_zone: Annotated[str, msgspec.Meta(max_length=LONGEST_ZONE, description="IANA's name, as Asia/Shanghai")]
    quiet_hours: QuietChoice | None
    elder_view: bool
    categories: Annotated[list[CategoryChoice], msgspec.Meta(max_length=64)]


class Chosen(msgspec.Struct, frozen=True):
    """The same with what it is seen beside."""

    choices: Choices
    """With every category there is."""
    critical: frozenset[str]
    """Categories that cannot be switched off: who is at work in an account must not stay unseen."""
    consents: dict[str, bool]
    """By their kinds: without it, nothing goes to that platform whatever is chosen here."""
    is_default: bool
    """Whether nothing was chosen yet."""


@functools.cache
def list_critical() -> frozenset[str]:
    """The categories in which every topic is critical."""
    rules = list_push_topics(timedelta(0)).values()
    return frozenset({rule.category for rule in rules} - {rule.category for rule in rules if not rule.is_critical})


async def get_choices(pool: Pool, caller: ResidentCaller) -> Chosen:
    """What the caller chose, or the defaults."""
    require_own_eyes(caller)
    kept = await reaching.get_preferences(pool, caller.resident_id)
    kinds = sorted(CONSENTS.values())
    given = await store.find_consents(pool, caller.resident_id, kinds)
    choices = _show(kept or Preferences())
    return Chosen(choices, list_critical(), {kind: kind in given for kind in kinds}, is_default=kept is None)


async def set_choices(desk: DeviceDesk, caller: ResidentCaller, choices: Choices, now: datetime) -> Chosen:
    """Puts this in the place of what the caller chose before; it counts for what is under way already."""
    require_own_eyes(caller)
    wanted = _read(choices)
    whose = f"preferences:{caller.resident_id}"
    await require_quota(desk.pool, desk.vault, whose, desk.preferences_daily, _DAY, now)
    async with transaction(desk.pool) as db:
        await require_control(db, caller, now)
        await reaching.save_preferences(db, caller.resident_id, wanted, now=now)
    return await get_choices(desk.pool, caller)


def _show(kept: Preferences) -> Choices:
    return Choices(
        locale=kept.locale,
        time_zone=find_zone(kept.time_zone).key,
        quiet_hours=QuietChoice(_say(kept.quiet.begins), _say(kept.quiet.ends)) if kept.quiet else None,
        elder_view=kept.is_elder_view,
        categories=[
            CategoryChoice(
                category, Channels(**{channel: (category, channel) not in kept.muted for channel in CHANNELS})
            )
            for category in CATEGORIES
        ],
    )


def _read(choices: Choices) -> Preferences:
    if not is_zone(choices.time_zone):
        raise InvalidError("/time_zone", "This is no time zone of IANA's, such as Asia/Shanghai.")
    return Preferences(
        locale=choices.locale,
        time_zone=choices.time_zone,
        quiet=_read_quiet(choices.quiet_hours),
        muted=_read_muted(choices.categories),
        is_elder_view=choices.elder_view,
    )


def _read_quiet(chosen: QuietChoice | None) -> QuietHours | None:
    if chosen is None:
        return None
    if chosen.begins == chosen.ends:
        raise InvalidError("/quiet_hours/ends", "They begin and end at the same time: give null for none.")
    return QuietHours(time.fromisoformat(chosen.begins), time.fromisoformat(chosen.ends))


def _read_muted(chosen: Sequence[CategoryChoice]) -> frozenset[tuple[str, str]]:
    muted: set[tuple[str, str]] = set()
    named: set[str] = set()
    for number, choice in enumerate(chosen):
        pointer, category = f"/categories/{number}", choice.category
        if category not in CATEGORIES:
            raise InvalidError(f"{pointer}/category", "There is no such category: getPreferences lists them.")
        if category in named:
            raise InvalidError(f"{pointer}/category", "This category is named twice.")
        named.add(category)
        off = [channel for channel in CHANNELS if not getattr(choice.channels, channel)]
        if off and category in list_critical():
            raise InvalidError(f"{pointer}/channels/{off[0]}", "This category cannot be switched off.")
        muted |= {(category, channel) for channel in off}
    return frozenset(muted)


def _say(at: time) -> str:
    return at.strftime("%H:%M")
