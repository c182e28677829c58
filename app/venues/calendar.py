"""Days as the country counts them: Beijing's, without a summer time since 1991."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))
"""Not every machine has the time zone database."""


def day_of(moment: datetime) -> date:
    """The day that a moment is in."""
    return moment.astimezone(_BEIJING).date()


def span_of(day: date) -> tuple[datetime, datetime]:
    """When a day begins and when the next one does."""
    begins = datetime.combine(day, time(), _BEIJING)
    return begins, begins + timedelta(days=1)
