"""What residents are told: a worker's deliveries beside a test, messages waited for, and the stream as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from api.services import now
from app.ephemeral import publish_hints
from app.inbox import HINTS
from push.dispatching import Dispatcher
from push.inbox import InboxChannel
from tests.api.harness import Api, Caller, Session


@asynccontextmanager
async def delivering(api: Api, *, hints: bool = True) -> AsyncGenerator[None]:
    """A worker's dispatcher for the inbox, with or without the hints that wake streams."""

    async def hint(recipients: Any) -> None:
        if hints:
            await publish_hints(api.services.valkey, HINTS, map(str, recipients))

    stopping = asyncio.Event()
    channel = InboxChannel(api.services.pool, now=now, on_delivered=hint)
    task = asyncio.create_task(Dispatcher(api.services.pool, [channel], now=now).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def list_messages(api: Api, session: Session, count: int, **more: Any) -> list[dict[str, Any]]:
    """The inbox once so many messages are delivered, newest first."""
    async with delivering(api), asyncio.timeout(10):
        while True:
            response = await api.get("/v1/me/messages", by=session, **more)
            items: list[dict[str, Any]] = response.json()["items"]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.05)


async def list_topics(api: Api, session: Session, count: int) -> list[str]:
    return [message["topic"] for message in await list_messages(api, session, count)]


class Stream:
    """Server-sent events as a browser would read them, of an application in this process."""

    def __init__(self, chunks: asyncio.Queue[bytes | None], start: dict[str, Any], event: str = "message") -> None:
        self._chunks = chunks
        self._event = event.encode()
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}

    async def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """(id, message) of each event; ends with the stream."""
        text = b""
        while (chunk := await self._chunks.get()) is not None:
            text += chunk
            *blocks, text = text.split(b"\n\n")
            for block in blocks:
                fields = dict(line.split(b": ", 1) for line in block.split(b"\n"))
                if fields.get(b"event") == self._event:
                    yield fields[b"id"].decode(), msgspec.json.decode(fields[b"data"])

    async def take(self, count: int, seconds: float = 5.0) -> list[tuple[str, dict[str, Any]]]:
        """The next so many events."""
        taken: list[tuple[str, dict[str, Any]]] = []
        async with asyncio.timeout(seconds):
            async for event in self.events():
                taken.append(event)
                if len(taken) == count:
                    return taken
        raise AssertionError(f"the stream ended after {len(taken)} events")

    async def wait_ended(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            async for _ in self.events():
                continue


@asynccontextmanager
async def open_stream(
    api: Api, caller: Caller, *, path: str = "/v1/me/messages/stream", event: str = "message", **headers: str
) -> AsyncGenerator[Stream]:
    """Opens a stream, of the inbox where none is named, and hangs up at the end of the block."""
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
    started: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    hung_up = asyncio.Event()
    given = {"authorization": f"Bearer {caller.credential}", "host": "127.0.0.1", **headers}
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8000),
    }
    asked = False

    async def receive() -> Any:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.set_result(message)
        elif message.get("body"):
            chunks.put_nowait(message["body"])
        if message["type"] == "http.response.body" and not message.get("more_body"):
            chunks.put_nowait(None)

    async def answer() -> None:
        await api.asgi(scope, receive, send)

    answering = asyncio.create_task(answer())
    try:
        yield Stream(chunks, await asyncio.wait_for(started, 5), event)
    finally:
        hung_up.set()
        await asyncio.wait_for(answering, 15)
