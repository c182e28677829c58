"""What servers count of their scanners: when each was last used, and how often it refused, by reason.

Counted in memory and added up in PostgreSQL once a minute, so that no scan writes for it. A server that is killed loses
its last minute.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from app.database import FAULTS, Pool
from app.venues import scanner_store
from app.venues.calendar import day_of
from app.venues.model import Scanner

_USED = "used"
_EVERY_SECONDS = 60.0


class Tallies:
    """One server process's counts since they were last put down."""

    def __init__(self) -> None:
        self._counts: dict[tuple[UUID, UUID, str], tuple[int, datetime]] = {}

    def note_use(self, scanner: Scanner, now: datetime) -> None:
        """The scanner asked for something."""
        self._add(scanner, _USED, now)

    def note_refusal(self, scanner: Scanner, reason: str, now: datetime) -> None:
        """The scanner was refused a code, or a scan."""
        self._add(scanner, reason, now)

    def _add(self, scanner: Scanner, reason: str, now: datetime) -> None:
        key = (scanner.venue_id, scanner.scanner_id, reason)
        held = self._counts.get(key)
        self._counts[key] = (held[0] + 1 if held else 1, now)

    async def follow(self, pool: Pool) -> None:
        """Puts down what was counted each minute, and a last time when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(_EVERY_SECONDS)
                with suppress(*FAULTS):
                    await self.put_down(pool)
        finally:
            with suppress(*FAULTS):
                await self.put_down(pool)

    async def put_down(self, pool: Pool) -> None:
        """Adds what was counted to what other servers counted; what cannot be added is kept for the next time."""
        counted, self._counts = self._counts, {}
        # In one order everywhere, so that two servers never wait for each other.
        rows = [
            (*key[:2], day_of(last_at), key[2], count, last_at) for key, (count, last_at) in sorted(counted.items())
        ]
        if not rows:
            return
        try:
            await scanner_store.add_tallies(pool, rows)
        except BaseException:
            self._take_back(counted)
            raise

    def _take_back(self, counted: dict[tuple[UUID, UUID, str], tuple[int, datetime]]) -> None:
        for key, (count, last_at) in counted.items():
            since = self._counts.get(key, (0, last_at))
            self._counts[key] = (since[0] + count, max(since[1], last_at))
