"""One timer for the deadlines of many calls."""

from __future__ import annotations

import asyncio

import pytest

from push.deadlines import AbandonedError, CutOffError, Deadlines

LONG = 30.0
SHORT = 0.05


async def _answer(after: float) -> str:
    await asyncio.sleep(after)
    return "answered"


async def test_what_answers_in_time_is_not_cut() -> None:
    deadlines = Deadlines(LONG)
    assert [await deadlines.keep(_answer(0)) for _ in range(3)] == ["answered"] * 3


async def test_what_takes_too_long_is_cut_and_the_task_goes_on() -> None:
    deadlines = Deadlines(SHORT)
    for _ in range(2):
        with pytest.raises(CutOffError):
            await deadlines.keep(_answer(LONG))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert await deadlines.keep(_answer(0)) == "answered"


async def test_each_of_many_has_its_own_end() -> None:
    deadlines = Deadlines(0.2)

    async def begin(after: float, lasts: float) -> float:
        await asyncio.sleep(after)
        begun = asyncio.get_running_loop().time()
        with pytest.raises(CutOffError):
            await deadlines.keep(_answer(lasts))
        return asyncio.get_running_loop().time() - begun

    took = await asyncio.gather(*(begin(after / 20, LONG) for after in range(8)))
    assert min(took) >= 0.19, "none is cut with those that began before it"


async def test_what_was_answered_sets_no_alarm_off_for_others() -> None:
    deadlines = Deadlines(0.2)
    begun = asyncio.get_running_loop().time()
    first = asyncio.create_task(deadlines.keep(_answer(0.1)))
    await asyncio.sleep(0.15)
    with pytest.raises(CutOffError):
        await deadlines.keep(_answer(LONG))
    assert asyncio.get_running_loop().time() - begun >= 0.34
    assert await first == "answered"


async def test_somebody_elses_cancelling_goes_through() -> None:
    deadlines = Deadlines(LONG)
    task = asyncio.create_task(deadlines.keep(_answer(LONG)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_whose_own_work_was_cancelled_has_failed_and_the_task_goes_on() -> None:
    """A token's renewal, say, for which many wait: whoever ended it has not ended those."""
    deadlines, renewal = Deadlines(LONG), asyncio.create_task(asyncio.sleep(LONG))

    async def wait() -> None:
        await asyncio.shield(renewal)

    asyncio.get_running_loop().call_soon(renewal.cancel)
    with pytest.raises(AbandonedError):
        await deadlines.keep(wait())
    assert await deadlines.keep(_answer(0)) == "answered"


async def test_a_cut_does_not_hide_that_the_task_was_cancelled_as_well() -> None:
    deadlines = Deadlines(LONG)
    task = asyncio.create_task(deadlines.keep(_answer(LONG)))
    await asyncio.sleep(0)
    deadlines.cut_all()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_all_are_cut_at_once() -> None:
    deadlines = Deadlines(LONG)
    tasks = [asyncio.create_task(deadlines.keep(_answer(LONG))) for _ in range(5)]
    await asyncio.sleep(0)
    deadlines.cut_all()
    deadlines.cut_all()
    assert [type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)] == [CutOffError] * 5


async def test_one_that_answers_although_it_was_cut_is_heard() -> None:
    async def insist() -> str:
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            return "sent all the same"
        return "slept"

    deadlines = Deadlines(SHORT)
    assert await deadlines.keep(insist()) == "sent all the same"
    assert await deadlines.keep(_answer(0)) == "answered"


async def test_a_failure_is_no_cut() -> None:
    async def fail() -> None:
        raise TimeoutError("the provider's")

    with pytest.raises(TimeoutError) as caught:
        await Deadlines(LONG).keep(fail())
    assert not isinstance(caught.value, CutOffError)


async def test_a_task_waits_for_one_call_at_a_time() -> None:
    deadlines = Deadlines(LONG)

    async def nest() -> None:
        inner = _answer(0)
        try:
            await deadlines.keep(inner)
        finally:
            inner.close()

    with pytest.raises(RuntimeError, match="one call at a time"):
        await deadlines.keep(nest())
