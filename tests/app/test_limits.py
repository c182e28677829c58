"""Limits: never more than the burst and what time gives back, in one process and shared through Valkey."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import limits
from app.ephemeral import Valkey, open_valkey
from app.errors import TooManyRequestsError
from app.limits import Limit, share_limits
from tests.harness.clock import Clock

NOON = 1_800_000_000.0


def admits(limit: Limit, key: str, moment: float) -> bool:
    try:
        limit.claim(key, moment)
    except TooManyRequestsError:
        return False
    return True


def spend(limit: Limit, key: str, moment: float, claims: int) -> int:
    """How many of so many claims at once are admitted."""
    return sum(admits(limit, key, moment) for _ in range(claims))


gaps = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 40)), min_size=1, max_size=30)


@given(per_minute=st.integers(1, 1000), burst=st.integers(1, 50), bouts=gaps)
def test_never_more_than_the_burst_and_what_time_gives_back(
    per_minute: int, burst: int, bouts: list[tuple[float, int]]
) -> None:
    """In any stretch of time, wherever it begins."""
    limit, moment = Limit("test", per_minute=per_minute, burst=burst), NOON
    admitted: list[float] = []
    for gap, claims in bouts:
        moment += gap
        admitted += [moment] * spend(limit, "key", moment, claims)
    for first, began in enumerate(admitted):
        for last, ended in enumerate(admitted[first:], start=1):
            assert last <= burst + (ended - began) * per_minute / 60 + 0.01


@given(per_minute=st.integers(1, 1000), burst=st.integers(1, 50))
def test_whoever_was_quiet_has_the_whole_burst(per_minute: int, burst: int) -> None:
    limit = Limit("test", per_minute=per_minute, burst=burst)
    assert spend(limit, "key", NOON, burst + 5) == burst
    assert spend(limit, "key", NOON + burst * 60 / per_minute + 0.01, burst + 5) == burst


@given(per_minute=st.integers(1, 1000), burst=st.integers(1, 50), late=st.floats(0, 5))
def test_whoever_waits_as_told_is_admitted(per_minute: int, burst: int, late: float) -> None:
    limit = Limit("test", per_minute=per_minute, burst=burst)
    spend(limit, "key", NOON, burst)
    with pytest.raises(TooManyRequestsError) as refusal:
        limit.claim("key", NOON + late / per_minute)
    assert refusal.value.retry_after is not None
    assert refusal.value.retry_after >= 1
    assert admits(limit, "key", NOON + late / per_minute + refusal.value.retry_after)


def test_one_keys_spending_is_not_anothers() -> None:
    limit = Limit("test", per_minute=60, burst=3)
    assert spend(limit, "one", NOON, 5) == 3
    assert spend(limit, "other", NOON, 5) == 3


def test_refusals_cost_nothing() -> None:
    limit = Limit("test", per_minute=60, burst=3)
    spend(limit, "key", NOON, 1000)
    assert spend(limit, "key", NOON + 1, 5) == 1


def test_a_clock_that_is_turned_back_gives_nothing_away() -> None:
    limit = Limit("test", per_minute=60, burst=3)
    assert spend(limit, "key", NOON, 3) == 3
    assert spend(limit, "key", NOON - 100, 3) == 0


@pytest.fixture
def name() -> str:
    """Of a limit that no other test has shared."""
    return f"test-{uuid4().hex[:8]}"


async def test_processes_share_what_they_spend(valkey: Valkey, name: str) -> None:
    """Each may spend its burst before it hears of the others; together they are then held to the rate."""
    processes = [Limit(name, per_minute=60, burst=10) for _ in range(4)]
    assert [spend(one, "key", NOON, 20) for one in processes] == [10] * 4
    for one in processes:
        await one.share(valkey, NOON)
    for one in processes:
        spend(one, "key", NOON, 1)
        await one.share(valkey, NOON)
    # Forty were spent where ten were due, so for half a minute nobody is admitted anywhere.
    assert [spend(processes[-1], "key", NOON + second, 5) for second in (10, 29)] == [0, 0]
    assert spend(processes[-1], "key", NOON + 31, 5) == 1


@pytest.mark.parametrize("processes", [1, 2, 4])
async def test_shared_often_they_are_one_limit(valkey: Valkey, name: str, processes: int) -> None:
    """Never more than burst and rate over time, and beyond it what each spends between two sharings."""
    group, burst, rate, seconds = [Limit(name, per_minute=600, burst=30) for _ in range(processes)], 30, 10, 12
    admitted, moment = 0, NOON
    for _ in range(seconds * 4):
        for one in group:
            admitted += spend(one, "key", moment, 5)
            await one.share(valkey, moment)
        moment += 0.25
    assert burst + rate * (seconds - 1) <= admitted <= burst + rate * seconds + 5 * (processes - 1)


async def test_a_process_that_joins_hears_what_was_spent(valkey: Valkey, name: str) -> None:
    old, new = Limit(name, per_minute=60, burst=5), Limit(name, per_minute=60, burst=5)
    spend(old, "key", NOON, 5)
    await old.share(valkey, NOON)
    assert admits(new, "key", NOON)
    await new.share(valkey, NOON)
    assert not admits(new, "key", NOON)


async def test_what_was_paid_back_is_forgotten(valkey: Valkey, name: str) -> None:
    limit = Limit(name, per_minute=60, burst=5)
    spend(limit, "key", NOON, 5)
    await limit.share(valkey, NOON)
    assert limit._spent_until
    await limit.share(valkey, NOON + 6)
    assert limit._spent_until == {}
    assert await valkey.pttl(f"limit:{name}:{{key}}") <= 6000


async def test_without_valkey_each_process_keeps_its_own(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(limits, "_SHARE_SECONDS", 0.01)
    nowhere = open_valkey("unix:///nowhere/valkey.sock")
    limit = Limit("test", per_minute=60, burst=3)
    moment = clock.now.timestamp()
    sharing = asyncio.create_task(share_limits([limit], nowhere, lambda: moment))
    assert spend(limit, "key", moment, 5) == 3
    await asyncio.sleep(0.1)
    assert not sharing.done()
    assert spend(limit, "key", moment, 5) == 0
    sharing.cancel()
    await asyncio.gather(sharing, return_exceptions=True)
    await nowhere.aclose()


async def test_what_valkey_lost_is_kept_here(valkey: Valkey, name: str) -> None:
    limit = Limit(name, per_minute=60, burst=5)
    spend(limit, "key", NOON, 5)
    await limit.share(valkey, NOON)
    await valkey.delete(f"limit:{name}:{{key}}")
    await limit.share(valkey, NOON)
    assert not admits(limit, "key", NOON)
