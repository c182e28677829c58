"""Streams wait for hints, and for as long as hints come no longer than that."""

from __future__ import annotations

import asyncio
from typing import Any, Self, cast
from uuid import uuid4

from redis.exceptions import ConnectionError as ValkeyGoneError

from api.inbox_hub import InboxHub


class _BreakingSubscription:
    """Valkey as seen by a subscriber: there until it breaks."""

    def __init__(self) -> None:
        self.breaks = asyncio.Event()

    def pubsub(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def subscribe(self, _channel: str) -> None:
        return

    async def get_message(self, **_: object) -> None:
        await self.breaks.wait()
        raise ValkeyGoneError


async def test_streams_look_at_once_when_hints_stop_coming() -> None:
    valkey = _BreakingSubscription()
    hub = InboxHub(cast("Any", valkey))
    following = asyncio.create_task(hub.follow())
    async with asyncio.timeout(5):
        while hub.look_seconds < 10:  # noqa: ASYNC110  until it has subscribed
            await asyncio.sleep(0)
        news = hub.listen(uuid4())
        valkey.breaks.set()
        await news.wait()
    assert hub.look_seconds <= 1
    following.cancel()
    await asyncio.wait([following])
