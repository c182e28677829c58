"""What is decided about addresses without asking anybody: their form, their app, when a consent was given."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from app.devices.errors import ChannelNotOfferedError
from app.devices.model import PhoneChannel
from app.errors import InvalidError

_TOKENS = {
    "apns": re.compile(r"(?:[0-9a-fA-F]{2}){32,200}"),
    "fcm": re.compile(r"[0-9A-Za-z_:.\-]{32,4096}"),
}
"""Apple's is hexadecimal, of 32 bytes and more; Firebase's has no documented form, and no other letters so far."""
_CLOCK_AHEAD = timedelta(minutes=5)
_LONGEST_AGO = timedelta(days=366)
SAME_TAP = timedelta(seconds=10)
"""Whoever agrees anew is asked anew, which takes longer; what comes again sooner is the same answer told twice."""


def normalise_token(channel: PhoneChannel, token: str) -> str:
    """The token as it is kept: Apple's in small letters, since both name one phone."""
    if _TOKENS[channel].fullmatch(token) is None:
        raise InvalidError("/token", f"This is no token of {'Apple' if channel == 'apns' else 'Firebase'}'s.")
    return token.lower() if channel == "apns" else token


def choose_app(apps: Collection[str], app_id: str | None) -> str:
    """Which app is meant: the one that is named, or the only one there is."""
    if not apps:
        raise ChannelNotOfferedError
    if app_id is None:
        if len(apps) > 1:
            raise InvalidError("/app_id", "There are several apps here: say which.")
        return next(iter(apps))
    if app_id not in apps:
        raise InvalidError("/app_id", "This deployment has no such app on this channel.")
    return app_id


def choose_grant_time(told: datetime | None, last: datetime | None, now: datetime) -> datetime | None:
    """When a consent was given; None where it is the last one, told again.

    A client that says when is believed, so that it may repeat itself as often as it must.
    """
    if told is not None:
        if told > now + _CLOCK_AHEAD:
            raise InvalidError("/granted_at", "This is in the future.")
        if told < now - _LONGEST_AGO:
            raise InvalidError("/granted_at", "This is more than a year ago: ask again.")
        return None if last is not None and told <= last else told
    return None if last is not None and now - last < SAME_TAP else now
