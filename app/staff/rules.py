"""What is decided about staff without asking anybody: waits after wrong guesses, and how fresh a proof must be."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.people.errors import SecondFactorRequiredError
from app.people.model import ResidentCaller, Role
from app.staff.errors import SecondFactorLockedError
from app.staff.model import Attempts

TWO_PERSON_ROLES = frozenset({Role.OPERATOR, Role.AUDITOR})
"""Whoever has one of these can reach everybody's data, or sees what those do who can."""

_MOST_FAILURES = 5
_FIRST_LOCKOUT = timedelta(minutes=15)
_LONGEST_LOCKOUT = timedelta(hours=24)
_FRESH = timedelta(minutes=10)


def require_unlocked(attempts: Attempts, now: datetime) -> None:
    """Raises SecondFactorLockedError while a lockout lasts, whatever is shown."""
    if attempts.locked_until is not None and attempts.locked_until > now:
        raise SecondFactorLockedError(int((attempts.locked_until - now).total_seconds()) + 1)


def count_failure(attempts: Attempts, now: datetime) -> Attempts:
    """After one more wrong attempt; each fifth locks, twice as long as the time before."""
    failed = attempts.failed + 1
    if failed < _MOST_FAILURES:
        return Attempts(failed, attempts.lockouts, None)
    span = min(_FIRST_LOCKOUT * 2 ** min(attempts.lockouts, 10), _LONGEST_LOCKOUT)
    return Attempts(0, attempts.lockouts + 1, now + span)


def require_fresh(caller: ResidentCaller, *, has_factor: bool, now: datetime) -> None:
    """Factors change by whoever has just shown one; the first one of all needs none."""
    given_at = caller.second_factor_at
    if has_factor and (given_at is None or now - given_at > _FRESH):
        raise SecondFactorRequiredError
