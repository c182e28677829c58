"""Open message streams of this process: woken by hints from Valkey, and by looking each second where none came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import UUID

import structlog

from app.ephemeral import FAULTS, Valkey
from app.errors import TooManyRequestsError
from app.inbox import HINTS

log = structlog.get_logger()

_RECONNECT_SECONDS = 1.0
_RETRY_SECONDS = 10
_LOOK_SECONDS = 1.0
_LOOK_SECONDS_WITH_HINTS = 10.0
_MOST_STREAMS = 20
"""Of one resident in one process: each looks into the database by itself, and all of them at each message."""


class InboxHub:
    """Wakes the streams of a resident when something was delivered to them."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._closing = asyncio.Event()
        self._hints_come = False

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    @property
    def look_seconds(self) -> float:
        """How long a stream may wait for a hint before it looks by itself."""
        return _LOOK_SECONDS_WITH_HINTS if self._hints_come else _LOOK_SECONDS

    def close(self) -> None:
        """Ends every stream, so that the server can stop."""
        self._closing.set()
        self._wake_all()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()

    def require_room(self, recipient: UUID) -> None:
        """Raises TooManyRequestsError where a recipient's streams are as many as may be."""
        if len(self._waiting.get(recipient, ())) >= _MOST_STREAMS:
            raise TooManyRequestsError(_RETRY_SECONDS, "Too many streams are open: close some.")

    def listen(self, recipient: UUID) -> asyncio.Event:
        """An event that is set when there may be something new."""
        event = asyncio.Event()
        self._waiting.setdefault(recipient, set()).add(event)
        return event

    def leave(self, recipient: UUID, event: asyncio.Event) -> None:
        """Forgets a listener."""
        events = self._waiting.get(recipient, set())
        events.discard(event)
        if not events:
            self._waiting.pop(recipient, None)

    def wake(self, recipient: UUID) -> None:
        """Sets the events of this recipient's streams."""
        for event in self._waiting.get(recipient, ()):
            event.set()

    async def follow(self) -> None:
        """Runs until cancelled; while Valkey is away, streams find out by looking."""
        while True:
            try:
                async for hint in self._hints():
                    self.wake(UUID(hint))
            except (*FAULTS, ValueError):
                log.debug("inbox.hints-away")
            finally:
                self._hints_come = False
                self._wake_all()  # they wait for a hint, as long as one may wait where hints come
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _hints(self) -> AsyncIterator[str]:
        pubsub: Any = cast("Any", self._valkey).pubsub()
        async with pubsub:
            await pubsub.subscribe(HINTS)
            self._hints_come = True
            while True:
                message: dict[str, Any] | None = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5.0)
                if message is not None:
                    yield message["data"].decode()
