"""When a copy is over, and that a copy of the longest life can be signed at any time of the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.numbers import BEIJING
from app.wallet.copy_rules import LONGEST_DAYS, last_moment
from codes.licence_copy import LONGEST_COPY_SECONDS

_MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(BEIJING))  # noqa: DTZ001  as Hypothesis takes them


@given(_MOMENTS, st.integers(1, LONGEST_DAYS))
def test_a_copy_is_good_for_whole_days_and_can_be_signed(now: datetime, days: int) -> None:
    over = last_moment(now, days, None, None)
    assert over == over.replace(hour=0, minute=0, second=0, microsecond=0), "midnight in Beijing"
    assert timedelta(days=days) < over - now <= timedelta(days=days + 1)
    assert over - now <= timedelta(seconds=LONGEST_COPY_SECONDS)


@pytest.mark.parametrize("last_day", [date(2028, 2, 28), date(2028, 2, 29)], ids=["the day before", "a leap day"])
def test_a_copy_ends_with_its_licence(last_day: date) -> None:
    over = last_moment(datetime(2028, 2, 20, 23, 59, tzinfo=BEIJING), LONGEST_DAYS, last_day, None)
    assert over.date() == last_day + timedelta(days=1)
