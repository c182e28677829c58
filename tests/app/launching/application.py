"""A small application and worker for the launcher to run: no framework, no database."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from app.launching.stopping import when_stopping

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def create_app() -> Callable[[dict[str, Any], Receive, Send], Awaitable[None]]:
    return _Application()


def create_broken_app() -> None:
    raise RuntimeError("this application cannot be made")


class _Application:
    def __init__(self) -> None:
        self._ended = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = scope["path"]
        if path == "/slow":
            await asyncio.sleep(0.7)
        body = json.dumps(
            {"pid": os.getpid(), "database": os.environ["DATABASE_URL"], "redis": os.environ["REDIS_URL"]}
        )
        streams = path in {"/stream", "/endless"}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body.encode(), "more_body": streams})
        if path == "/stream":
            await self._ended.wait()
            await send({"type": "http.response.body", "body": b"bye"})
        elif path == "/endless":
            await asyncio.sleep(3600)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        when_stopping(self._ended.set)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        marks = Path(os.environ["MARKS"])
        (marks / f"closed-{os.getpid()}").touch()
        await send({"type": "lifespan.shutdown.complete"})


def work() -> None:
    """Says that it runs, and ends at SIGTERM."""
    marks = Path(os.environ["MARKS"])
    (marks / f"worker-{os.getpid()}").touch()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(10)


if __name__ == "__main__":
    work()
