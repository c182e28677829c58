"""Scopes, periods, names and retries: decided without asking anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enterprises.rules import is_meant, read_period, read_scopes, retry_after
from app.errors import InvalidError
from app.people.proven import Proven

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
YEAR = timedelta(days=366)
KNOWN = ["all", "tax", "customs"]

moments = st.timedeltas(timedelta(days=-800), timedelta(days=800)).map(lambda after: NOW + after)


@given(st.lists(st.sampled_from([*KNOWN, "flying"])))
def test_scopes_are_known_once_each_and_all_stands_alone(chosen: list[str]) -> None:
    try:
        scopes = read_scopes(chosen, KNOWN)
    except InvalidError:
        assert not chosen or "flying" in chosen or ("all" in chosen and len(set(chosen)) > 1)
        return
    assert sorted(scopes) == sorted(set(chosen))
    assert scopes == ["all"] or "all" not in scopes


@given(st.none() | moments, moments)
def test_a_period_lies_ahead_and_is_a_year_long_at_most(starts_at: datetime | None, ends_at: datetime) -> None:
    try:
        first, last = read_period(starts_at, ends_at, longest=YEAR, now=NOW)
    except InvalidError:
        first = starts_at or NOW
        fits = NOW - timedelta(minutes=5) <= first <= NOW + YEAR and timedelta(0) < ends_at - max(first, NOW) <= YEAR
        assert not fits
        return
    assert last == ends_at
    assert timedelta(0) < last - first <= YEAR
    assert NOW <= first <= NOW + YEAR


@pytest.mark.parametrize(
    ("invited", "name", "masked", "meant"),
    [
        ("欧阳兰", "欧阳兰", "欧阳*", True),
        ("欧阳蓝", "欧阳兰", "欧阳*", False),
        ("SMITH, John", "smith john", "s**", True),
        ("欧阳兰", None, "欧阳*", True),
        ("周文", None, "欧阳*", False),
        ("周文", None, None, False),
    ],
)
def test_a_name_says_who_is_meant(*, invited: str, name: str | None, masked: str | None, meant: bool) -> None:
    assert is_meant(invited, Proven(name, None, masked)) is meant


@given(st.integers(0, 10**6))
def test_retries_come_ever_later_and_four_times_a_day_at_least(failures: int) -> None:
    assert timedelta(minutes=5) <= retry_after(failures) <= retry_after(failures + 1) <= timedelta(hours=6)
