"""What a server process does beside its requests: it follows what others end, publish and spend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import structlog

log = structlog.get_logger()

Job: TypeAlias = Callable[[], Coroutine[Any, Any, None]]

_AGAIN_SECONDS = 1.0
_CANCEL_SECONDS = 0.1


@asynccontextmanager
async def following(**jobs: Job) -> AsyncGenerator[None]:
    """Runs endless jobs until the block ends. One that fails is logged and begun again: a process that no longer heard
    which sessions have ended would let them in for as long as their tokens live.
    """
    tasks = [asyncio.create_task(_keep_up(name, job)) for name, job in jobs.items()]
    try:
        yield
    finally:
        await _end(tasks)


async def _keep_up(name: str, job: Job) -> None:
    while True:
        try:
            await job()
        except Exception:
            log.exception("following.failed", job=name)
        await asyncio.sleep(_AGAIN_SECONDS)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancels until all have ended: redis-py loses a cancellation that comes while it connects."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_SECONDS)
