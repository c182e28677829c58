"""Decisions about a notice: whether it is worth sending, what an outcome makes of it, when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from msgspec.structs import replace

from push.notices import (
    Delivered,
    Fault,
    Moved,
    Notice,
    Outcome,
    Postponed,
    Refused,
    Retry,
    Settled,
    Unanswered,
    Unavailable,
    Unknown,
    Withheld,
)

REASON_LENGTH = 80
_WAKING = timedelta(minutes=5)
"""Over which is spread what waited for one hour, so that what concerns somebody now does not stand behind it all."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the engine is, in seconds."""

    shortest: float = 1.0
    longest: float = 3600.0
    give_up_after: float = 86400.0


class Ruling(msgspec.Struct, frozen=True):
    """What is to be recorded of a claimed notice: an outcome for good, or when it is due again."""

    notice: Notice
    outcome: Settled | None
    reason: str | None
    due_at: datetime


def back_off(attempts: int, pace: Pace, jitter: float) -> float:
    """Seconds until the next try: doubling from attempt to attempt, spread over the upper half by `jitter` in [0, 1).

    The first is between the shortest and twice that; none is ever shorter than the shortest or longer than the longest.
    """
    doublings = min(max(attempts, 1), 32)  # 2³² seconds are beyond any pace, and no float overflows on the way
    span = min(pace.longest, pace.shortest * 2.0**doublings)
    return max(pace.shortest, span * (0.5 + jitter / 2))


def has_expired(notice: Notice, now: datetime) -> bool:
    """Whether it is too late to send this at all."""
    return notice.expires_at <= now


def expire(notice: Notice, now: datetime) -> Ruling:
    """The ruling on a notice that is too late to be sent, or to be sent again."""
    return Ruling(notice, "unknown" if notice.may_have_arrived else "expired", None, now)


def release(notice: Notice, now: datetime) -> Ruling:
    """The ruling on a notice that was claimed and not tried: another worker may have it at once."""
    return Ruling(notice, None, "released", now)


def rule(notice: Notice, outcome: Outcome, now: datetime, pace: Pace, jitter: float) -> Ruling:
    """What an attempt's outcome makes of the notice."""
    match outcome:
        case Delivered():
            return Ruling(notice, "delivered", None, now)
        case Refused(reason) | Withheld(reason) | Unknown(reason):
            return Ruling(notice, _ENDS[type(outcome)], _tame(reason), now)
        case Postponed(reason, until):
            # What may not be shown in time is over now; nothing of it need wait.
            left = notice.expires_at - until
            wakes_at = until + min(_WAKING, left / 2) * jitter
            return Ruling(notice, None, _tame(reason), wakes_at) if left > timedelta(0) else expire(notice, now)
        case Moved(reason, channel, tried, comes_round):
            moved = replace(notice, channel=channel, tried=tried, is_abandoned=False)
            now_there = Ruling(moved, None, _tame(reason), now)
            return _postpone(moved, _tame(reason), None, now, pace, jitter) if comes_round else now_there
        case Fault(reason):
            return _postpone(notice, _tame(reason), None, now, pace, jitter)
        case Retry(reason, after) | Unavailable(reason, after) | Unanswered(reason, after):
            held = replace(notice, pinned=outcome.pinned) if isinstance(outcome, Unanswered) else notice
            return _postpone(held, _tame(reason), after, now, pace, jitter)
    assert_never(outcome)


_ENDS: Mapping[type[Outcome], Settled] = {Refused: "refused", Withheld: "withheld", Unknown: "unknown"}


def _tame(reason: str) -> str:
    """A reason as it can always be stored: one unstorable character would hold up the whole batch of rulings."""
    return "".join(c for c in reason if c.isascii() and c.isprintable())[:REASON_LENGTH]


def _postpone(notice: Notice, reason: str, after: float | None, now: datetime, pace: Pace, jitter: float) -> Ruling:
    delay = back_off(notice.attempts, pace, jitter)
    if after is not None and after > 0:
        # Never earlier than the provider asked, and not all at the same moment either.
        delay = max(delay, min(after, pace.give_up_after) * (1 + jitter / 10))
    due_at = now + timedelta(seconds=delay)
    if due_at >= min(notice.expires_at, notice.created_at + timedelta(seconds=pace.give_up_after)):
        # The next try would come too late, so the payload need not wait for it.
        return Ruling(notice, "unknown" if notice.may_have_arrived else "given-up", reason, now)
    return Ruling(notice, None, reason, due_at)
