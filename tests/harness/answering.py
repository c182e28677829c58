"""A stand-in behind a small HTTP server on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

from app.development.mishaps import Answer

MOST = 64 * 1024


class StandIn(Protocol):
    """Whatever answers requests as a provider does."""

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


S = TypeVar("S", bound=StandIn)


class AnsweringServer(Generic[S]):
    """Serves the stand-in; `connections` counts how many were opened, `requests` holds what was asked."""

    def __init__(self, stand_in: S) -> None:
        self.stand_in = stand_in
        self.url = ""
        self.connections = 0
        self.requests: list[tuple[str, dict[str, str]]] = []

    async def serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._serve_request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append((target, headers))
        path, _, query = target.partition("?")
        answer = self.stand_in.handle(method, path, query, headers, body)
        await asyncio.sleep(answer.delay)
        if answer.close:
            return False
        writer.write(_write(answer))
        await writer.drain()
        return True


def _write(answer: Answer) -> bytes:
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} Answer", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body


@asynccontextmanager
async def answering(stand_in: S, path: str = "") -> AsyncGenerator[AnsweringServer[S]]:
    """Serves it on a port of its own; `path` is added to the address."""
    answerer = AnsweringServer(stand_in)
    server = await asyncio.start_server(answerer.serve_connection, "127.0.0.1", 0, limit=MOST)
    answerer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
    try:
        yield answerer
    finally:
        server.close()
