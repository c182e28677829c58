"""Plots: rates, peaks and quantiles over steps, with gaps where nothing was measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import Pool
from app.measuring import store
from app.measuring.counting import Counts, minute_of
from app.measuring.plotting import Step, ceil_step, draw, find_quantile, read_plots
from app.measuring.sampling import Sampler, forget_measurements, measure_deliveries
from app.measuring.series import BOUNDS, COUNTING, SERIES, Kind, Series, find_class
from push.troubles import Troubles

LIFE = timedelta(minutes=5)
SCANS = next(series for series in SERIES if series.name == "scans.accepted")
OLDEST = next(series for series in SERIES if series.name == "outbox.oldest")
ACTIVE = next(series for series in SERIES if series.name == "sessions.active")


def test_what_nobody_counted_is_a_gap_and_what_did_not_happen_is_nought() -> None:
    steps = {COUNTING: {0: Step(2, 1, 2), 1: Step(2, 2, 1)}, "scans.accepted": {0: Step(30, 20, 2)}}
    assert draw(SCANS, steps, 3, LIFE) == [15.0, 0.0, None]


def test_a_peak_is_the_highest_that_was_seen() -> None:
    assert draw(OLDEST, {"outbox.oldest": {1: Step(90, 70, 3)}}, 2, LIFE) == [None, 70]


def test_sessions_in_use_open_or_refresh_once_in_a_tokens_life() -> None:
    steps = {
        COUNTING: {0: Step(1, 1, 1)},
        "sessions.opened": {0: Step(10, 10, 1)},
        "sessions.refreshed": {0: Step(190, 190, 1)},
    }
    assert draw(ACTIVE, steps, 1, LIFE) == [1000.0]


def test_nothing_has_no_quantile() -> None:
    assert find_quantile([0.0] * (len(BOUNDS) + 1), 0.99) is None
    latency = Series("x", Kind.QUANTILE, "seconds", ("seconds.scanCode.0",), 0.5)
    assert draw(latency, {COUNTING: {0: Step(1, 1, 1)}}, 1, LIFE) == [None]


@given(st.lists(st.floats(0.0, 2.5), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_a_quantile_lies_in_the_class_of_the_one_it_stands_for(times: list[float], quantile: float) -> None:
    counts = [0.0] * (len(BOUNDS) + 1)
    for seconds in times:
        counts[find_class(seconds)] += 1
    found = find_quantile(counts, quantile)
    exact = sorted(times)[max(0, -(-round(quantile * len(times) * 1e6) // 10**6) - 1)]
    place = find_class(exact)
    assert found is not None
    assert (BOUNDS[place - 1] if place else 0.0) - 1e-9 <= found <= BOUNDS[place] + 1e-9


def test_what_took_longer_than_any_bound_is_said_to_be_at_the_last() -> None:
    counts = [0.0] * len(BOUNDS) + [3.0]
    assert find_quantile(counts, 0.5) == BOUNDS[-1]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  given UTC
@pytest.mark.parametrize("minutes", [1, 15, 120])
def test_a_step_ends_after_its_moment(minutes: int, moment: datetime) -> None:
    step = timedelta(minutes=minutes)
    end = ceil_step(moment, step)
    assert timedelta(0) < end - moment <= step
    assert end.minute % min(minutes, 60) == end.second == end.microsecond == 0


_TURNS = count(1)


def a_minute_of_its_own() -> datetime:
    """Far from now, so that no other test's counts lie there."""
    return datetime(2031, 1, 1, tzinfo=UTC) + timedelta(days=2 * next(_TURNS))


async def read(pool: Pool, name: str, now: datetime) -> list[float | None]:
    plots = await read_plots(pool, "hour", token_life=LIFE, now=now)
    return next((line.values for line in plots.lines if line.name == name), [])


async def test_servers_add_up_and_a_lost_connection_loses_nothing(pool: Pool) -> None:
    minute = a_minute_of_its_own()
    first, second = Counts(), Counts()
    first.counts["scans.accepted"] += 3
    second.counts["scans.accepted"] += 4
    second.counts["refusals.code-expired"] += 2
    await first.put_down(pool, minute)
    gone = type("Gone", (), {"execute": _fail})()
    with pytest.raises(OSError, match="away"):
        await second.put_down(gone, minute)
    second.counts["scans.accepted"] += 1
    await second.put_down(pool, minute)
    await second.put_down(pool, minute + timedelta(minutes=1))
    values = await read(pool, "scans.accepted", minute + timedelta(minutes=1, seconds=5))
    assert values[-2:] == [8.0, 0.0]
    assert set(values[:-2]) == {None}
    assert (await read(pool, "refusals.code-expired", minute))[-1] == 2.0


async def _fail(*_arguments: object) -> None:
    raise OSError("away")


async def test_a_longer_window_averages_over_what_is_known(pool: Pool) -> None:
    minute = a_minute_of_its_own()
    for number in range(10):
        counted = {COUNTING: 2.0, "codes.issued": float(number)}
        await store.add_measurements(pool, minute + timedelta(minutes=number), counted)
    plots = await read_plots(pool, "day", token_life=LIFE, now=minute + timedelta(minutes=10))
    issued = next(line for line in plots.lines if line.name == "codes.issued")
    assert plots.step_seconds == 900
    assert len(issued.values) == 96
    assert [value for value in issued.values if value is not None] == [4.5]


async def test_a_worker_says_that_it_lives_what_it_delivered_and_that_it_stops(pool: Pool) -> None:
    now = a_minute_of_its_own()
    tally = {("sms", "delivered"): 5, ("sms", "given-up"): 1, ("inbox", "postponed"): 7}
    before = await store.list_deliveries(pool)
    sampler = Sampler(pool, tally, Troubles(), now)
    await sampler.beat(now)
    await sampler.sample(now)
    tally["sms", "delivered"] += 2
    await sampler.sample(now + timedelta(seconds=20))
    await sampler.sample(now + timedelta(seconds=40))
    after = await store.list_deliveries(pool)
    assert after["sms", "delivered"] - before.get(("sms", "delivered"), 0) == 7
    assert (await read(pool, "notices.delivered", now))[-1] is None  # no server counted in this minute
    await store.add_measurements(pool, minute_of(now), {COUNTING: 1.0})
    assert (await read(pool, "notices.delivered", now))[-1] == 7.0
    assert (await read(pool, "workers.alive", now))[-1] == 1.0
    await sampler.stop(now + timedelta(seconds=50))
    rows = await store.list_workers(pool, now)
    assert [row["stopped_at"] for row in rows] == [now + timedelta(seconds=50)]


def test_lost_notices_are_counted_by_channel() -> None:
    counted = {("sms", "refused"): 2, ("sms", "unknown"): 1, ("apns", "given-up"): 4, ("inbox", "delivered"): 9}
    counted |= {("apns", "expired"): 5, ("fcm", "refused"): 6}  # those lie in the inbox
    assert measure_deliveries(counted) == {
        "notices.delivered": 9.0,
        "notices.lost": 7.0,
        "notices.lost.sms": 3.0,
        "notices.lost.apns": 4.0,
    }


async def test_what_no_plot_shows_is_forgotten(pool: Pool) -> None:
    old, kept = datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 1, 8, tzinfo=UTC)
    for minute in (old, kept):
        await store.add_measurements(pool, minute, {"forgetting": 1.0})
    await forget_measurements(pool, datetime(2001, 1, 10, tzinfo=UTC))
    assert [row["at"] for row in await pool.fetch("SELECT at FROM measurements WHERE name = 'forgetting'")] == [kept]
