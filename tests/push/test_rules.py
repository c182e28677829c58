from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.notices import Delivered, Fault, Outcome, Postponed, Refused, Retry, Unavailable
from push.rules import Pace, back_off, expire, has_expired, release, rule
from tests.push.harness import make_notice

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PACE = Pace()
jitters = st.floats(0, 1, exclude_max=True)
DAY = timedelta(days=1)


@given(attempts=st.integers(-5, 100_000), jitter=jitters)
def test_back_off_keeps_between_a_second_and_an_hour(attempts: int, jitter: float) -> None:
    assert PACE.shortest <= back_off(attempts, PACE, jitter) <= PACE.longest


@given(attempts=st.integers(1, 10), jitter=jitters)
def test_back_off_doubles_with_each_attempt(attempts: int, jitter: float) -> None:
    assert back_off(attempts + 1, PACE, jitter) == pytest.approx(2 * back_off(attempts, PACE, jitter))
    assert 2 ** (attempts - 1) <= back_off(attempts, PACE, jitter) <= 2**attempts


@given(first=jitters, second=jitters)
def test_jitter_spreads_notices_that_failed_together(first: float, second: float) -> None:
    apart = back_off(8, PACE, first) - back_off(8, PACE, second)
    assert apart == pytest.approx(128 * (first - second), abs=1e-6)


@given(
    after=st.floats(0.001, 7200),
    attempts=st.integers(1, 20),
    jitter=jitters,
    kind=st.sampled_from([Retry, Unavailable]),
)
def test_a_retry_is_never_earlier_than_the_provider_asked(
    after: float, attempts: int, jitter: float, kind: type[Retry | Unavailable]
) -> None:
    notice = make_notice("any", NOW, attempts=attempts, expires_at=NOW + DAY)
    ruling = rule(notice, kind("busy", after), NOW, PACE, jitter)
    assert ruling.outcome is None
    waits = (ruling.due_at - NOW).total_seconds()
    assert waits >= after - 1e-6
    assert waits <= max(after * 1.1, back_off(attempts, PACE, jitter)) + 1e-6


@pytest.mark.parametrize("after", [-1.0, 0.0])
def test_a_meaningless_retry_after_leaves_the_back_off(after: float) -> None:
    ruling = rule(make_notice("any", NOW, attempts=1), Retry("busy", after), NOW, PACE, 0)
    assert ruling.due_at == NOW + timedelta(seconds=1)


@pytest.mark.parametrize("outcome", [Retry("busy"), Unavailable("down"), Fault("unpaid"), Retry("busy", 10_000)])
def test_what_could_only_be_tried_too_late_is_given_up_now(outcome: Outcome) -> None:
    soon = make_notice("any", NOW, attempts=3, expires_at=NOW + timedelta(seconds=3))
    assert rule(soon, outcome, NOW, PACE, 0.5).outcome == "given-up"
    old = make_notice("any", NOW - DAY, attempts=3, expires_at=NOW + DAY)
    assert rule(old, outcome, NOW, PACE, 0.5).outcome == "given-up"


def test_what_perhaps_arrived_is_not_given_up_but_unknown() -> None:
    held = make_notice("any", NOW, attempts=3, expires_at=NOW + timedelta(seconds=3), is_abandoned=True)
    assert rule(held, Retry("busy"), NOW, PACE, 0.5).outcome == "unknown"
    assert expire(held, NOW + DAY).outcome == "unknown"


@given(jitter=jitters, left=st.integers(1, 86_400))
def test_what_waited_for_an_hour_comes_soon_after_it_and_in_time(jitter: float, left: int) -> None:
    until = NOW + timedelta(hours=8)
    notice = make_notice("any", NOW, expires_at=until + timedelta(seconds=left))
    ruling = rule(notice, Postponed("quiet-hours", until), NOW, PACE, jitter)
    assert until <= ruling.due_at <= until + timedelta(minutes=5)
    assert ruling.due_at < notice.expires_at
    apart = rule(notice, Postponed("quiet-hours", until), NOW, PACE, 0.9).due_at - until
    assert apart >= timedelta(seconds=min(left / 2, 300) * 0.89)
    late = make_notice("any", NOW, expires_at=until)
    assert rule(late, Postponed("quiet-hours", until), NOW, PACE, jitter).outcome == "expired"


def test_the_last_word_of_a_provider_is_recorded() -> None:
    notice = make_notice("any", NOW)
    assert rule(notice, Delivered(), NOW, PACE, 0).outcome == "delivered"
    refused = rule(notice, Refused("isv.MOBILE_NUMBER_ILLEGAL"), NOW, PACE, 0)
    assert (refused.outcome, refused.reason) == ("refused", "isv.MOBILE_NUMBER_ILLEGAL")
    fault = rule(make_notice("any", NOW, attempts=1), Fault("unpaid"), NOW, PACE, 0)
    assert (fault.outcome, fault.reason) == (None, "unpaid")


@given(reason=st.text(max_size=500))
def test_any_reason_can_be_stored(reason: str) -> None:
    stored = rule(make_notice("any", NOW), Refused(reason), NOW, PACE, 0).reason
    assert stored is not None
    assert len(stored) <= 80
    assert stored.isascii()
    assert "\0" not in stored


def test_a_notice_expires_at_the_very_moment() -> None:
    notice = make_notice("any", NOW, expires_at=NOW)
    assert has_expired(notice, NOW)
    assert not has_expired(notice, NOW - timedelta(microseconds=1))
    assert expire(notice, NOW).outcome == "expired"


def test_what_is_released_may_be_taken_at_once() -> None:
    ruling = release(make_notice("any", NOW), NOW)
    assert (ruling.outcome, ruling.due_at) == (None, NOW)
