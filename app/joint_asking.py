"""What many ask for at once is asked for in one go.

A statement that reads one row costs a server more on its way to PostgreSQL and back, in system calls, wakings and the
client's own work, than all that is then done with the row. Where many read at once, each by a key of their own, one
statement brings the rows of several for little more than that of one. Nobody waits for others to come: whoever asks
while nothing is under way is asked for alone, and nothing is answered that was read before it was asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import Context
from itertools import islice
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")
T = TypeVar("T")

_AT_ONCE = 2
"""Questions under way at a time: one that takes long does not hold up those who come after it."""


class JointAsking(Generic[Key, Answer]):
    """Asks by `ask`, which answers those keys that it finds, for at most so many keys a question."""

    def __init__(self, ask: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]], most: int) -> None:
        self._ask = ask
        self._most = most
        self._waiting: dict[Key, list[asyncio.Future[Answer | None]]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_beginning = False

    async def get(self, key: Key) -> Answer | None:
        """The answer of this key, read from now on; raises what `ask` does, for all who were asked for together."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answer)
        self._begin()
        return await answer

    def _begin(self, context: Context | None = None) -> None:
        """In the next turn of the loop, so that whoever asks in this one is in it."""
        if self._waiting and not self._is_beginning and len(self._under_way) < _AT_ONCE:
            self._is_beginning = True
            # What follows upon a question is of nobody's request: a trace that has ended would have what others asked.
            question = asyncio.create_task(self._ask_together(), context=context)
            self._under_way.add(question)
            question.add_done_callback(self._end, context=Context())

    async def _ask_together(self) -> None:
        self._is_beginning = False
        asked = {key: self._waiting.pop(key) for key in list(islice(self._waiting, self._most))}
        self._begin(Context())
        try:
            found = await self._ask(list(asked))
        except asyncio.CancelledError:
            for answer in _list_open(asked.values()):
                answer.cancel()
            raise
        except Exception as fault:  # noqa: BLE001  it is raised where it was asked
            for answer in _list_open(asked.values()):
                answer.set_exception(fault)
        else:
            for key, answers in asked.items():
                for answer in _list_open([answers]):
                    answer.set_result(found.get(key))

    def _end(self, question: asyncio.Task[None]) -> None:
        self._under_way.discard(question)
        self._begin()


def _list_open(answers: Iterable[list[asyncio.Future[T]]]) -> list[asyncio.Future[T]]:
    """Of those who asked for each key, those who still wait."""
    return [answer for of_key in answers for answer in of_key if not answer.done()]
