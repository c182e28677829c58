"""What is decided about delegations without asking anybody: scopes, periods, names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from app.errors import InvalidError
from app.identity.names import compare_form
from app.people.proven import Proven
from app.people.rules import mask_name

EVERYTHING = "all"
ANSWERED_WITHIN = timedelta(days=14)
MOST_OPEN = 200
"""Delegations and invitations of a company at one time."""
MOST_INVITATIONS = 50
"""Of one representative in a day: each lands with somebody."""
_LATE = timedelta(minutes=5)
"""A phone's clock may be slow: a first day that has just gone by is today."""
_FIRST_RETRY = timedelta(minutes=5)
_LAST_RETRY = timedelta(hours=6)
_MOST_DOUBLINGS = 8
CHECKED_EVERY = timedelta(hours=24)


def read_scopes(scopes: Sequence[str], known: Collection[str]) -> list[str]:
    """Each once, in the order given; raises InvalidError for one that is not known, and for `all` beside others."""
    chosen = list(dict.fromkeys(scopes))
    if not chosen or not set(chosen) <= set(known):
        raise InvalidError("/scopes", "Choose what listDelegationScopes has.")
    if EVERYTHING in chosen and len(chosen) > 1:
        raise InvalidError("/scopes", "Everything stands alone: there is nothing to add to it.")
    return chosen


def read_period(
    starts_at: datetime | None, ends_at: datetime, *, longest: timedelta, now: datetime
) -> tuple[datetime, datetime]:
    """From when to when; without a beginning from now on. Raises InvalidError."""
    first = starts_at or now
    if first < now - _LATE or first > now + longest:
        raise InvalidError("/starts_at", "A delegation begins today or on a day soon to come.")
    first = max(first, now)
    if ends_at <= first:
        raise InvalidError("/ends_at", "A delegation ends after it begins.")
    if ends_at - first > longest:
        raise InvalidError("/ends_at", f"A delegation lasts {longest.days} days at most.")
    return first, ends_at


def is_meant(invited: str, proven: Proven) -> bool:
    """Whether somebody is who was invited by this name: a number alone may have been mistyped, or be another's by now.

    Whoever proved an identity without telling a name is held to as much as the authority told of it.
    """
    if proven.name is not None:
        return compare_form(proven.name) == compare_form(invited)
    return proven.masked_name is not None and proven.masked_name == mask_name(invited)


def retry_after(failures: int) -> timedelta:
    """Until a registry that did not answer is asked again: longer each time, to a quarter of a day."""
    return min(_FIRST_RETRY * (1 << min(failures, _MOST_DOUBLINGS)), _LAST_RETRY)
