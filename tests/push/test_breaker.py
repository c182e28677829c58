from __future__ import annotations

from push.breaker import Breaker


def open_breaker(at: float = 100.0) -> Breaker:
    breaker = Breaker(threshold=3, shortest=1, longest=8)
    assert [breaker.fail(at) for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_apart_from_each_other_open_nothing() -> None:
    breaker = Breaker(threshold=3)
    for _ in range(10):
        breaker.fail(0)
        breaker.fail(0)
        assert not breaker.succeed()
    assert breaker.allow(20, 5, 0) == 20


def test_while_open_nothing_is_claimed_and_then_one_as_a_probe() -> None:
    breaker = open_breaker(at=100)
    assert breaker.allow(20, 0, 100.9) == 0
    assert breaker.allow(20, 0, 101) == 1
    assert breaker.allow(20, 1, 101) == 0
    assert breaker.allow(0, 0, 101) == 0


def test_an_empty_queue_does_not_use_up_the_probe() -> None:
    breaker = open_breaker(at=100)
    assert [breaker.allow(20, 0, at) for at in (101, 150, 1000)] == [1, 1, 1]


def test_a_success_closes_it() -> None:
    breaker = open_breaker()
    assert breaker.succeed()
    assert breaker.allow(20, 7, 100) == 20
    assert not breaker.succeed()


def test_each_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    breaker = open_breaker(at=100)
    at, pauses = 101.0, []
    for _ in range(5):
        assert not breaker.fail(at)
        pause = next(p for p in (1, 2, 4, 8, 16) if breaker.allow(9, 0, at + p))
        pauses.append(pause)
        at += pause
    assert pauses == [2, 4, 8, 8, 8]


def test_what_was_in_flight_when_it_opened_prolongs_nothing() -> None:
    breaker = open_breaker(at=100)
    for _ in range(50):
        breaker.fail(100.5)
    assert breaker.allow(20, 0, 101) == 1
