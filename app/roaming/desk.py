"""What reporting takes, opened once a process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import msgspec
import structlog

from app.database import Pool
from app.ephemeral import Valkey
from app.errors import SettingsError
from app.roaming.boundaries import Boundaries, load_boundaries
from app.roaming.errors import BoundariesNotLoadedError
from app.roaming.model import CrossingRules
from app.roaming.remembering import Memory
from app.settings import Settings

log = structlog.get_logger()

_WAIT_SECONDS = 5.0
_SETTLING_SECONDS = 5.0
"""A process that has just started has more urgent things to do with its processor, unless somebody asks."""
_AGAIN_SECONDS = 60.0


@lru_cache(maxsize=1)
def _load(path: Path | None) -> Boundaries:
    """Once a process, however many applications a test runs in it."""
    return load_boundaries(path)


class HeldBoundaries:
    """The divisions in this process's memory: loaded soon after its start, which does not wait for them."""

    def __init__(self, path: Path | None, *, patience: float = _WAIT_SECONDS) -> None:
        self._path = path
        self._patience = patience
        self._found: Boundaries | None = None
        self._wanted = asyncio.Event()
        self._arrived = asyncio.Event()

    async def follow(self) -> None:
        """Runs until cancelled. A file that cannot be read is looked at again: it may be mended meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), _SETTLING_SECONDS)
        while self._found is None:
            try:
                self._found = await asyncio.to_thread(_load, self._path)
                self._arrived.set()
            except SettingsError as error:
                log.error("roaming.boundaries-not-loaded", error=str(error))  # noqa: TRY400  it says all there is
                await asyncio.sleep(_AGAIN_SECONDS)
        await asyncio.Event().wait()

    async def require(self) -> Boundaries:
        """Waits for them where the process has just started; raises BoundariesNotLoadedError."""
        if self._found is None:
            self._wanted.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._arrived.wait()
        return self._get()

    def _get(self) -> Boundaries:
        if self._found is None:
            raise BoundariesNotLoadedError
        return self._found


class RoamingDesk(msgspec.Struct, frozen=True):
    """One process's share of roaming."""

    pool: Pool
    memory: Memory
    boundaries: HeldBoundaries
    rules: CrossingRules
    notice_life: timedelta


def make_rules(settings: Settings) -> CrossingRules:
    """The numbers of the crossing rule as the operator set them."""
    numbers = {name: getattr(settings, f"roaming_{name}") for name in CrossingRules.__struct_fields__ if name != "home"}
    return CrossingRules(home=settings.province, **numbers)


def open_memory(settings: Settings, valkey: Valkey) -> Memory:
    """Where states are remembered, and for how long."""
    return Memory(valkey, state_kept=settings.roaming_state_days * 86400, trace_kept=settings.roaming_trace_kept)


def open_roaming(settings: Settings, pool: Pool, valkey: Valkey) -> RoamingDesk:
    """Opens nothing by itself: `desk.boundaries.follow` loads."""
    return RoamingDesk(
        pool=pool,
        memory=open_memory(settings, valkey),
        boundaries=HeldBoundaries(settings.boundaries),
        rules=make_rules(settings),
        notice_life=timedelta(minutes=settings.roaming_notice_minutes),
    )
