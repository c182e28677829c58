"""Asking a provider over HTTP: one deadline for the whole, a bounded number at once, a breaker, and one second try."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import msgspec
import structlog
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError

from app.platforms.errors import ProviderUnavailableError
from push.breaker import Breaker

log = structlog.get_logger()

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_OK = 200
_LONGEST_PAUSE = 10.0
"""Seconds for which an open breaker leaves the provider alone, at most."""
_SECOND_TRY_AFTER = 0.1


class Question(msgspec.Struct, frozen=True):
    """One request; its query and body may hold secrets, so it is never logged."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: bytes | None = None
    media_type: str = ""

    def __repr__(self) -> str:
        """Without the secrets, wherever this may be printed."""
        return f"Question({self.method} {self.path})"


class Reply(msgspec.Struct, frozen=True):
    """What a provider answered with status 200."""

    media_type: str
    body: bytes


class Limits(msgspec.Struct, frozen=True):
    """How long a provider may take, and how many questions may be under way at once."""

    deadline: float = 3.0
    connections: int = 50


class Provider:
    """One provider as one app asks it; `is_busy` says which answers mean that it should be asked again later."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        is_busy: Callable[[Reply], bool],
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._is_busy = is_busy
        self._deadline = limits.deadline
        self._clock = clock
        self._room = asyncio.Semaphore(limits.connections)
        self._held = 0
        self._breaker = Breaker(threshold=5, shortest=1.0, longest=_LONGEST_PAUSE)
        builder = (
            ClientBuilder()
            .user_agent("suixing")
            .follow_redirects(False)  # a redirect would carry secrets elsewhere
            .referer(False)
            .pool_max_idle_per_host(limits.connections)
            .timeout(timedelta(seconds=limits.deadline))
        )
        self._client = (builder.no_proxy() if urlsplit(url).hostname in _LOOPBACK else builder).build()

    async def close(self) -> None:
        await self._client.close()

    @property
    def is_left_alone(self) -> bool:
        """Whether it has failed so often that it is asked only now and then."""
        return self._breaker.is_open

    def deadline(self) -> float:
        """By the event loop's time, when whatever begins now must have ended."""
        return asyncio.get_running_loop().time() + self._deadline

    async def ask(self, question: Question, until: float) -> Reply:
        """Raises ProviderUnavailableError where there is no answer in time, or none to build on."""
        for _ in range(2):
            reply = await self._ask_once(question, until)
            if reply is not None:
                return reply
            await asyncio.sleep(_SECOND_TRY_AFTER)
        raise ProviderUnavailableError(f"{self.name} says that it is busy.")

    async def _ask_once(self, question: Question, until: float) -> Reply | None:
        """None where the provider says that it is busy."""
        self._require_allowed()
        try:
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        except TimeoutError:
            raise ProviderUnavailableError(f"Too many wait for {self.name}.") from None
        try:
            self._require_allowed()  # those before may have failed meanwhile
            self._held += 1
            try:
                return await self._judge(question, until)
            finally:
                self._held -= 1
        finally:
            self._room.release()

    def _require_allowed(self) -> None:
        if not self._breaker.allow(1, self._held, self._clock()):
            raise ProviderUnavailableError(
                f"{self.name} has not answered for a while.", retry_after=math.ceil(_LONGEST_PAUSE)
            )

    async def _judge(self, question: Question, until: float) -> Reply | None:
        try:
            async with asyncio.timeout_at(until):
                status, reply = await self._send(question)
        except TimeoutError:
            raise self._fail("timeout", f"{self.name} did not answer in time.") from None
        except PyreqwestError:  # its words hold the address, and so secrets: none leaves this function
            raise self._fail("unreachable", f"{self.name} cannot be reached.") from None
        if status != _OK:
            raise self._fail(f"status-{status}", f"{self.name} answered with HTTP {status}.")
        if self._is_busy(reply):
            self._fail("busy", "")
            return None
        if self._breaker.succeed():
            log.info("platform.provider-back", provider=self.name)
        return reply

    async def _send(self, question: Question) -> tuple[int, Reply]:
        query = f"?{urlencode(question.query)}" if question.query else ""
        request = self._client.request(question.method, f"{self._url}{question.path}{query}")
        if question.body is not None:
            request = request.body_bytes(question.body).header("content-type", question.media_type)
        response = await request.build().send()
        body = bytes(await response.bytes())
        return response.status, Reply(response.get_header("content-type") or "", body)

    def _fail(self, reason: str, detail: str) -> ProviderUnavailableError:
        opened = self._breaker.fail(self._clock())
        log.warning("platform.provider-failed", provider=self.name, reason=reason, breaker_opened=opened)
        return ProviderUnavailableError(detail)
