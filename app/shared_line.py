"""One connection to Valkey for all requests of a process, which ask on it without waiting for each other.

The client's own round trip costs a request as much of our processor as all else that it does: a connection is taken
from a pool, the question written in Python, the answer awaited under two timers. Here a question is a few bytes and a
future; what is asked at once goes out in one write, and answers come back in their order.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Any

import hiredis

from app.ephemeral import AwayError, NoScriptError, ResponseError, Valkey

_DEADLINE_SECONDS = 0.25
"""Without an answer for so long, Valkey is taken to be away."""


class Script:
    """A script of Valkey's, which runs by itself: nothing comes between its steps."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class SharedLine:
    """Asks Valkey; opened by the first question, and opened anew after it was lost."""

    def __init__(self, valkey: Valkey) -> None:
        self._pool: Any = valkey.connection_pool  # redis-py leaves its connections untyped
        self._line: _Line | None = None
        self._opening: asyncio.Task[_Line] | None = None

    def ask(self, *command: bytes | str | int) -> Awaitable[Any]:
        """The answer to one command, to be awaited; raises app.ephemeral.FAULTS."""
        line = self._line
        if line is None or line.is_lost:
            return self._ask_anew(command)
        return line.ask(command)

    async def _ask_anew(self, command: tuple[bytes | str | int, ...]) -> Any:
        line = await self._open()
        return await line.ask(command)

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[bytes | str | int]) -> Any:
        """What a script answers, which is told to Valkey where it has forgotten it."""
        try:
            return await self.ask("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.ask("EVAL", script.text, len(keys), *keys, *arguments)

    async def close(self) -> None:
        """Ends the connection; what is under way fails."""
        if self._line is not None:
            await self._line.close()
            self._line = None

    async def _open(self) -> _Line:
        """One connection, however many wait for it, and whoever of them goes away."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._connect())
            self._opening.add_done_callback(self._opened)
        return await asyncio.shield(self._opening)

    def _opened(self, opening: asyncio.Task[_Line]) -> None:
        self._opening = None
        if not opening.cancelled() and opening.exception() is None:
            self._line = opening.result()

    async def _connect(self) -> _Line:
        if self._line is not None:
            await self._line.close()
        connection = self._pool.make_connection()
        await connection.connect()  # greets, and says who we are, over whatever the address asks for
        return _Line(connection)


class _Line(asyncio.Protocol):
    """A connection that redis-py has opened, and that is spoken on from here."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._transport: asyncio.Transport = connection._writer.transport  # noqa: SLF001  it gives no other way to it
        self._before = self._transport.get_protocol()
        self._transport.set_protocol(self)
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(protocolError=AwayError, replyError=_to_error)
        self._unsent: list[bytes] = []
        self._asked: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self.is_lost = False

    def ask(self, command: tuple[bytes | str | int, ...]) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = self._loop.create_future()
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(hiredis.pack_command(command))  # type: ignore[arg-type]  # its stubs know one value alone
        self._asked.append((answer, self._loop.time()))
        if self._watch is None:
            self._watch = self._loop.call_later(_DEADLINE_SECONDS, self._look)
        return answer

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if not self.is_lost:
            self._transport.write(b"".join(unsent))

    def data_received(self, data: bytes) -> None:
        """Answers come in the order of the questions; who asked may have gone meanwhile."""
        self._reader.feed(data)
        try:
            while (found := self._reader.gets()) is not False:
                answer, _ = self._asked.popleft()
                if answer.done():
                    continue
                if isinstance(found, Exception):
                    answer.set_exception(found)
                else:
                    answer.set_result(found)
        except AwayError as fault:
            self._lose(fault)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told; redis-py's own end of it waits for the same word."""
        self._before.connection_lost(exc)
        self._lose(exc)

    def _look(self) -> None:
        """One timer for all: whether the oldest question has waited too long."""
        self._watch = None
        if not self._asked:
            return
        left = self._asked[0][1] + _DEADLINE_SECONDS - self._loop.time()
        if left <= 0:
            self._lose(TimeoutError("Valkey does not answer"))
        else:
            self._watch = self._loop.call_later(left, self._look)

    def _lose(self, fault: Exception | None) -> None:
        self.is_lost = True
        self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._asked:
            answer, _ = self._asked.popleft()
            if not answer.done():
                answer.set_exception(AwayError("Valkey went away") if fault is None else fault)

    async def close(self) -> None:
        self._lose(None)
        await self._connection.disconnect(nowait=True)


def _to_error(message: str) -> Exception:
    """What Valkey answers where it would not."""
    return NoScriptError(message) if message.startswith("NOSCRIPT") else ResponseError(message)
