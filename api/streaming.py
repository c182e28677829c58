"""Streams of server-sent events: woken by hints, looking by themselves where none come, and ended in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from api.inbox_hub import InboxHub
from api.services import now
from push.messages import CursorError, read_cursor

_HEARTBEAT = timedelta(seconds=15)
_STREAM_LIFE = timedelta(seconds=270)
"""A stream ends before the credential that opened it can have been ended for long; clients come again."""


def find_position(last_event_id: str | None) -> datetime | None:
    """When the last event was that a client says it had."""
    if last_event_id is None:
        return None
    try:
        return read_cursor(last_event_id)[0]
    except CursorError:
        return None


async def stream_events(
    hub: InboxHub,
    recipient: UUID,
    *,
    read: Callable[[], Awaitable[Sequence[bytes]]],
    is_open: Callable[[], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """Events as they come, and a comment now and then, so that a silent line can be told from a dead one."""
    ends_at, beats_at = now() + _STREAM_LIFE, now() + _HEARTBEAT
    news = hub.listen(recipient)
    try:
        yield b"retry: 1000\n: open\n\n"
        while not hub.is_closing and now() < ends_at and await is_open():
            news.clear()
            for event in await read():
                yield event
            if now() >= beats_at:
                beats_at = now() + _HEARTBEAT
                yield b": still here\n\n"
            try:
                await asyncio.wait_for(news.wait(), hub.look_seconds)
            except TimeoutError:
                continue
    finally:
        hub.leave(recipient, news)
