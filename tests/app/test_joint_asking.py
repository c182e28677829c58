"""Who asks at once is asked for together: each gets their own answer, read after they asked, whoever else goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from app.joint_asking import JointAsking

_MOST = 4
_request: ContextVar[str] = ContextVar("_request", default="nobody's")


class _Source:
    """Answers when it is let, each key with how many questions there had been."""

    def __init__(self) -> None:
        self.questions: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.fault: Exception | None = None

    async def ask(self, keys: Sequence[int]) -> dict[int, tuple[int, int]]:
        self.questions.append(list(keys))
        number = len(self.questions)
        await self.may_answer.wait()
        if self.fault is not None:
            raise self.fault
        return {key: (key, number) for key in keys if key >= 0}


@pytest.fixture
def source() -> _Source:
    return _Source()


@pytest.fixture
def asking(source: _Source) -> JointAsking[int, tuple[int, int]]:
    return JointAsking(source.ask, _MOST)


async def _turn_over() -> None:
    """Until nothing happens without an answer."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_each_gets_their_own_answer(source: _Source, asking: JointAsking[int, tuple[int, int]]) -> None:
    source.may_answer.set()
    answers = await asyncio.gather(*(asking.get(key) for key in [*range(30), -1, 7]))
    assert [answer and answer[0] for answer in answers] == [*range(30), None, 7]
    assert max(map(len, source.questions)) == _MOST
    assert sorted(key for keys in source.questions for key in keys) == [-1, *range(30)], "a key twice at once is one"


async def test_who_asks_alone_is_asked_for_at_once(source: _Source, asking: JointAsking[int, tuple[int, int]]) -> None:
    source.may_answer.set()
    assert [await asking.get(1), await asking.get(1)] == [(1, 1), (1, 2)], "nothing is kept"
    assert source.questions == [[1], [1]]


async def test_who_comes_later_waits_for_a_question_of_their_own(
    source: _Source, asking: JointAsking[int, tuple[int, int]]
) -> None:
    """An answer that is under way may have been read before they asked, be it of the same key."""
    asked = []
    for key in (1, 2, 1, 3, 4):
        asked.append(asyncio.ensure_future(asking.get(key)))
        await _turn_over()
    assert source.questions == [[1], [2]], "so many are under way at a time"
    source.may_answer.set()
    assert await asyncio.gather(*asked) == [(1, 1), (2, 2), (1, 3), (3, 3), (4, 3)]


async def test_a_fault_is_told_to_all_who_were_asked_for_together(
    source: _Source, asking: JointAsking[int, tuple[int, int]]
) -> None:
    source.fault = OSError("the database went away")
    source.may_answer.set()
    told = await asyncio.gather(*(asking.get(key) for key in range(3)), return_exceptions=True)
    assert told == [source.fault] * 3
    source.fault = None
    assert await asking.get(1) == (1, 2)


async def test_who_goes_away_takes_nobodys_answer(source: _Source, asking: JointAsking[int, tuple[int, int]]) -> None:
    asked = [asyncio.ensure_future(asking.get(key)) for key in (1, 1, 2)]
    await _turn_over()
    asked[0].cancel()
    await _turn_over()
    source.may_answer.set()
    assert await asyncio.gather(*asked[1:]) == [(1, 1), (2, 1)]
    assert asked[0].cancelled()


async def test_what_follows_a_question_is_of_nobodys_request() -> None:
    """Else a trace of the first who asked would have the statements of all who came after."""
    said: list[tuple[list[int], str]] = []

    async def ask(keys: Sequence[int]) -> dict[int, int]:
        said.append((list(keys), _request.get()))
        await asyncio.sleep(0)
        return {key: key for key in keys}

    asking = JointAsking(ask, 1)
    _request.set("the first one's")
    await asyncio.gather(*map(asking.get, range(4)))
    assert said == [([0], "the first one's"), *(([key], "nobody's") for key in (1, 2, 3))]
