"""Which sessions have ended while their access tokens still live: known in each process's memory, asked each second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.database import FAULTS, Connection, Executor, Pool, transaction
from app.people import store
from app.people.errors import EndingsUnknownError

log = structlog.get_logger()

_POLL_SECONDS = 1.0
_OVERLAP = timedelta(seconds=15)
"""An ending may commit after a later one was read; `ending` is cut off well before this."""
_ENDING_SECONDS = 8.0
"""From asking for a connection to the commit's answer. A commit that is lost on its way is given up by PostgreSQL five
seconds after the statement before it: thirteen in all.
"""
_STALE = timedelta(seconds=5)
"""After so long without news of ended sessions a process issues no codes: it may be cut off from PostgreSQL."""
_KEPT = timedelta(hours=1)


@asynccontextmanager
async def ending(db: Executor) -> AsyncGenerator[Connection]:
    """A transaction that ends sessions. It is over, one way or the other, before other processes stop looking for what
    bears its time; raises TimeoutError where it would take longer.
    """
    async with asyncio.timeout(_ENDING_SECONDS), transaction(db) as connection:
        await store.limit_transaction(connection)
        yield connection


class EndedSessions:
    """Sessions to refuse whatever their token says."""

    def __init__(self, pool: Pool, lifetime: int, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._lifetime = timedelta(seconds=lifetime)
        self._clock = clock
        self._ended: dict[UUID, datetime] = {}
        self._asked_at: datetime | None = None

    def __contains__(self, session_id: UUID) -> bool:
        return session_id in self._ended

    def add(self, session_id: UUID, now: datetime) -> None:
        """What this process ended itself is refused here at once."""
        self._ended[session_id] = now

    def age(self, now: datetime) -> timedelta:
        """How long ago this process asked which sessions have ended, and was answered."""
        return timedelta.max if self._asked_at is None else max(timedelta(0), now - self._asked_at)

    def require_fresh(self, now: datetime) -> None:
        """Raises EndingsUnknownError where this process would go on issuing for a session that is locked elsewhere."""
        if self._asked_at is None or now - self._asked_at > _STALE:
            raise EndingsUnknownError

    async def catch_up(self) -> None:
        """Reads what ended since last asked, and forgets what no token can name any more."""
        now = self._clock()
        after = now - self._lifetime if self._asked_at is None else self._asked_at - _OVERLAP
        for row in await store.list_endings(self._pool, after):
            self._ended[row["session_id"]] = row["ended_at"]
        self._asked_at = now
        horizon = now - self._lifetime - _OVERLAP
        self._ended = {session: at for session, at in self._ended.items() if at > horizon}

    async def follow(self) -> None:
        """Runs until cancelled; while PostgreSQL is away it keeps what it knows and asks again."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.catch_up()
            except FAULTS:
                log.warning("endings.not-read")


async def forget_ended(pool: Pool, now: datetime) -> None:
    """Deletes challenges, quotas and endings that nothing asks for any more."""
    await store.purge(pool, now - _KEPT)
