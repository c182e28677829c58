"""Whose wallet is brought up to date next: first those for whom somebody waits, then those whose daily turn it is.

A round begins as many as there is room for, and does not wait for the last of them: a wallet that a slow registry holds
goes on, and a later round answers for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from app.database import FAULTS
from app.licences import source_store
from app.licences.settling import Settled
from app.licences.syncing import SyncDesk, sync_wallet

log = structlog.get_logger()

_AT_ONCE = 32
"""Wallets of one worker under way."""
_LONGEST = 240.0
"""Seconds for one wallet: well before others may take it over."""
_PATIENCE = 0.5
"""Seconds after which more are begun beside those that are not done."""
_ROUND = 5.0
"""Seconds for which a round goes on while there is more: then it looks anew for whom somebody waits."""


class Turns:
    """One worker's share of it. Closed with the worker."""

    def __init__(self, desk: SyncDesk, *, at_once: int = _AT_ONCE) -> None:
        self.desk = desk
        self._at_once = at_once
        self._under_way: dict[UUID, asyncio.Task[list[Settled]]] = {}

    async def close(self) -> None:
        """Leaves what is under way to others."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def take(self, now: datetime) -> list[Settled]:
        """A round; answers with what came of each source that was asked, in this round or since the one before.

        Raises where the database is away.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + _ROUND
        settled = self._collect()
        while loop.time() < until:
            begun = await self._begin(now)
            if not begun and self._room > 0:
                break
            await asyncio.wait(begun or self._under_way.values(), timeout=_PATIENCE)
            settled += self._collect()
        return settled

    @property
    def _room(self) -> int:
        return self._at_once - len(self._under_way)

    async def _begin(self, now: datetime) -> list[asyncio.Task[list[Settled]]]:
        """Those for whom there is room."""
        due = await self._list_due(now)
        begun = {one: asyncio.create_task(self._sync(one, now)) for one in due if one not in self._under_way}
        self._under_way |= begun
        return list(begun.values())

    async def _list_due(self, now: datetime) -> Iterable[UUID]:
        if self._room <= 0:
            return []
        hastened = await source_store.list_hastened(self.desk.pool, now, self._room)
        if len(hastened) == self._room:
            return hastened
        return [*hastened, *await source_store.list_due(self.desk.pool, now, self._room - len(hastened))]

    async def _sync(self, holder_id: UUID, now: datetime) -> list[Settled]:
        """One that fails keeps no other waiting, and comes again; a database that is away ends the round."""
        try:
            async with asyncio.timeout(_LONGEST):
                return await sync_wallet(self.desk, holder_id, now)
        except Exception as failure:
            if isinstance(failure, FAULTS) and not isinstance(failure, TimeoutError):
                raise
            log.exception("wallets.sync-failed", holder_id=str(holder_id))
            return []

    def _collect(self) -> list[Settled]:
        done = {holder_id: task for holder_id, task in self._under_way.items() if task.done()}
        for holder_id in done:
            del self._under_way[holder_id]
        failures = [failure for task in done.values() if (failure := task.exception()) is not None]
        if failures:
            raise failures[0]
        return [one for task in done.values() for one in task.result()]
