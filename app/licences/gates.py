"""So many ask one registry at once, and each for so long: one that is slow holds up nobody who asks the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from app.platforms.errors import ProviderUnavailableError

_AT_ONCE = 10
"""Wallets about which a worker asks one registry at once: fewer than it has under way."""
_PATIENCE = 1.0
"""Seconds that a wallet waits until it is its turn; then it comes again, as where the registry does not answer."""
_LONGEST = 60.0
"""Seconds for all that a registry is asked about one wallet, its pictures included."""


class Gate:
    """One registry's, in one process."""

    def __init__(self, at_once: int = _AT_ONCE, *, patience: float = _PATIENCE, longest: float = _LONGEST) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._patience = patience
        self._longest = longest

    @asynccontextmanager
    async def enter(self) -> AsyncGenerator[None]:
        """Raises ProviderUnavailableError where the others take too long, or whoever went in does."""
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError:
            raise ProviderUnavailableError("The registry of licences is busy with others.") from None
        deadline = asyncio.timeout(self._longest)
        try:
            async with deadline:
                yield
        except TimeoutError:
            if not deadline.expired():
                raise
            raise ProviderUnavailableError("The registry of licences takes too long.") from None
        finally:
            self._room.release()
