"""WeChat's access token of one app, held in memory and renewed by one request at a time.

A stable token is the same for all who ask, lives for two hours, and overlaps with the next for five minutes; WeChat
lets a new one be forced every 30 seconds, 20 times a day.
https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from app.platforms.errors import ProviderUnavailableError

log = structlog.get_logger()

EARLY = 240.0
"""Seconds before its end from which a token is renewed beside the questions that still use it."""
_EARLY_APART = 30.0
FORCED_APART = 30.0
FORCED_DAILY = 20
_DAY = 86400.0


class FetchedToken(msgspec.Struct, frozen=True):
    """A token and for how many seconds it is good."""

    text: str
    lifetime: float

    def __repr__(self) -> str:
        """Without the token, wherever this may be printed."""
        return f"FetchedToken({self.lifetime})"


class AccessTokenKeeper:
    """`fetch` asks WeChat for the token, or, when told to force it, for a new one."""

    def __init__(
        self, fetch: Callable[[bool], Awaitable[FetchedToken]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._text = ""
        self._ends_at = 0.0
        self._early_at = 0.0
        self._renewal: asyncio.Task[None] | None = None
        self._forced: deque[float] = deque(maxlen=FORCED_DAILY)

    async def close(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def current(self, until: float) -> str:
        """A token that is good now, waiting for one until then at most."""
        left = self._ends_at - self._clock()
        if not self._text or left <= 0:
            await self._wait(self._renew(""), until)
        elif left <= EARLY and self._clock() >= self._early_at:
            self._early_at = self._clock() + _EARLY_APART
            self._renew("")
        return self._text

    async def replace(self, refused: str, until: float) -> str:
        """Another token than one that WeChat has refused."""
        for _ in range(2):  # the first may join a renewal that began without knowing of the refusal
            if self._text == refused:
                await self._wait(self._renew(refused), until)
        return self._text

    async def _wait(self, renewal: asyncio.Task[None], until: float) -> None:
        """Whoever waits may give up, or go away: the renewal goes on for the others."""
        try:
            async with asyncio.timeout_at(until):
                await asyncio.shield(renewal)
        except TimeoutError:
            raise ProviderUnavailableError("WeChat did not give an access token in time.") from None

    def _renew(self, refused: str) -> asyncio.Task[None]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._fetch_another(refused))
            self._renewal.add_done_callback(_note_failure)
        return self._renewal

    async def _fetch_another(self, refused: str) -> None:
        """Another process may have replaced the refused token already, so forcing comes second."""
        fetched = await self._fetch(False)
        if refused and fetched.text == refused:
            self._claim_forcing()
            fetched = await self._fetch(True)
        self._text = fetched.text
        self._ends_at = self._clock() + fetched.lifetime

    def _claim_forcing(self) -> None:
        at = self._clock()
        recent = [forced for forced in self._forced if forced > at - _DAY]
        waits = [recent[-1] + FORCED_APART - at] if recent else []
        if len(recent) >= FORCED_DAILY:
            waits.append(recent[0] + _DAY - at)
        if (wait := max(waits, default=0.0)) > 0:
            raise ProviderUnavailableError(
                "WeChat refuses the access token, and lets no new one be made yet.", retry_after=math.ceil(wait)
            )
        self._forced.append(at)


def _note_failure(renewal: asyncio.Task[None]) -> None:
    """A renewal that nobody waits for must not fail in silence, nor be reported as never looked at."""
    if not renewal.cancelled() and (error := renewal.exception()) is not None:
        log.warning("platform.token-not-renewed", kind=type(error).__name__)
