"""What a campaign may say, when it goes out, and what its figures tell."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.campaigns.model import Said, Segment, SegmentKind, Window
from app.campaigns.rules import (
    ENTERPRISE_KINDS,
    LEAST,
    check_content,
    estimate,
    find_opening,
    pace,
    say_count,
)
from app.errors import InvalidError
from tests.app.campaigns.harness import NOON, make_content

_HOUR = timedelta(hours=1)


def fault_of(**given: Any) -> str | None:
    try:
        check_content(make_content(**given), NOON)
    except InvalidError as fault:
        return fault.pointer
    return None


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, None),
        ({"title": Said("通" * 60, "n" * 60)}, None),
        ({"title": Said("通" * 61, "notice")}, "/title/zh"),
        ({"title": Said("通知", " ")}, "/title/en"),
        ({"body": Said("通" * 301, "notice")}, "/body/zh"),
        ({"body": Said("通知", "one\ntwo")}, "/body/en"),
        ({"body": Said("通知", "turned \u202e round")}, "/body/en"),
        ({"body": Said("通知", "half \ud800")}, "/body/en"),
        ({"body": Said("详见 https://example.org", "see the app")}, "/body/zh"),
        ({"body": Said("详见 evil.com/x", "see the app")}, "/body/zh"),
        ({"body": Said("共5.1万人", "No. 5, v2.1 is here.It works")}, None),
        ({"body": Said("详见www.evil", "see the app")}, "/body/zh"),
        ({"body": Said("请访问evil.com领取", "see the app")}, "/body/zh"),
        ({"body": Said("访问evil。com领取", "see the app")}, "/body/zh"),
        ({"body": Said("办事.cn", "see the app")}, "/body/zh"),
        ({"body": Said("上海.政务", "see the app")}, "/body/zh"),
        ({"body": Said("通知", "at evil.tk now")}, "/body/en"),
        ({"body": Said("通知", "at 192.0.2.1 now")}, "/body/en"),
        ({"body": Said("1.政务服务 2.网络安全。App已更新，2026.11.22起", "Come. Me too, e.g. today")}, None),
        ({"body": Said("通知", "soft\u00adly")}, "/body/en"),
        ({"body": Said("通知", "marked \u061c")}, "/body/en"),
        ({"body": Said("通知", "tagged \U000e0041")}, "/body/en"),
        ({"title": Said("\u3164", "notice")}, "/title/zh"),
        ({"link": ""}, None),
        ({"link": "/resident?from=a#/wallet"}, None),
        ({"link": "//evil.example/x"}, "/link"),
        ({"link": "/\\evil.example"}, "/link"),
        ({"link": "https://evil.example"}, "/link"),
        ({"link": "javascript:alert(1)"}, "/link"),
        ({"link": "resident"}, "/link"),
        ({"link": "/" + "a" * 200}, "/link"),
        ({"link": "/a\n"}, "/link"),
        ({"segment": Segment(SegmentKind.ALL, "31")}, "/segment/value"),
        ({"segment": Segment(SegmentKind.PROVINCE, "33")}, None),
        ({"segment": Segment(SegmentKind.PROVINCE, "99")}, "/segment/value"),
        ({"segment": Segment(SegmentKind.ENTERPRISE, "company")}, None),
        ({"segment": Segment(SegmentKind.ENTERPRISE, "firm")}, "/segment/value"),
        ({"segment": Segment(SegmentKind.LICENCE, "")}, "/segment/value"),
        ({"rate": 0}, "/rate"),
        ({"rate": 5001}, "/rate"),
        ({"window": Window(time(7, 59), time(12))}, "/window"),
        ({"window": Window(time(20), time(21, 1))}, "/window"),
        ({"window": Window(time(12), time(12))}, "/window"),
        ({"window": Window(time(8), time(21))}, None),
        ({"starts_at": NOON + timedelta(days=31), "expires_at": NOON + timedelta(days=32)}, "/starts_at"),
        ({"expires_at": NOON + timedelta(minutes=9)}, "/expires_at"),
        ({"expires_at": NOON + timedelta(days=31)}, "/expires_at"),
        ({"starts_at": NOON - timedelta(days=40)}, None),
    ],
)
def test_what_a_campaign_may_say(given: dict[str, Any], pointer: str | None) -> None:
    assert fault_of(**given) == pointer


def test_kinds_of_enterprises_do_not_overlap() -> None:
    codes = [code for kind in ENTERPRISE_KINDS.values() for code in kind]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("hour", "opens"),
    [(8, (1, 9)), (9, (1, 9)), (19, (1, 19)), (20, (2, 9)), (23, (2, 9)), (0, (1, 9))],
)
def test_nobody_is_told_at_night(hour: int, opens: tuple[int, int]) -> None:
    """By Beijing's clock, whatever zone `now` is in."""
    now = datetime(2026, 7, 1, hour, tzinfo=UTC) - timedelta(hours=8)
    day, at = opens
    assert find_opening(Window(time(9), time(20)), now) == datetime(2026, 7, day, at, tzinfo=UTC) - timedelta(hours=8)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(0, 3)), min_size=1, max_size=60),
    st.integers(1, 500),
)
def test_the_rate_is_kept_whatever_the_turns(turns: list[tuple[int, float]], rate: int) -> None:
    """Whenever workers come, no more is sent by then than the rate allows, with a second made up for and one page."""
    due_at, now, sent = NOON, NOON, 0
    for queued, waited in turns:
        now += timedelta(seconds=waited)
        if due_at > now:
            continue
        sent += queued
        due_at = pace(due_at, queued, rate, now)
        assert sent - queued <= rate * ((now - NOON).total_seconds() + 1) + 1


@given(st.lists(st.integers(1, 300), max_size=200), st.sampled_from([0.1, 1.0, 10.0]))
def test_an_estimate_lies_within_its_bounds(found: list[int], percent: float) -> None:
    count, low, high = estimate(found, percent)
    assert sum(found) <= low <= count <= high
    assert math.isclose(count, sum(found) * 100 / percent, rel_tol=1e-6, abs_tol=1)
    if not found:
        assert high >= 300 / percent  # the rule of three: nobody found is not nobody there


@pytest.mark.parametrize("share", [1, 4, 40])
def test_the_bounds_of_an_estimate_hold(share: int) -> None:
    """A table of 2,000 blocks of 40, of whom `share` are meant in each; a thousand samples of a tenth of its blocks."""
    draws = random.Random(20261122)  # noqa: S311  invented, not secret
    held = 0
    for _ in range(1000):
        _, low, high = estimate([share for _ in range(2000) if draws.random() < 0.1], 10.0)
        held += low <= 2000 * share <= high
    assert held >= 930


@given(st.integers(0, 10**9))
def test_figures_are_told_in_tens_and_small_ones_not_at_all(count: int) -> None:
    said = say_count(count)
    if said is None:
        assert 0 < count < LEAST
    else:
        assert said % 10 == 0
        assert 0 <= count - said < 10
