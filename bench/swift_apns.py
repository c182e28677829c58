"""Apple's push service as far as speed is concerned: HTTP/2 over TLS, each notification taken and counted.

What Apple refuses is for the strict stand-in (tests/push/peers/apns.mjs), which costs more than all that is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from push.connecting import Connection, open_client
from tests.push.peers.certificates import server_certificate

_ROOT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN = 30.0


class _Counter:
    """An RSGI application (https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md)."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._requests = 0

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        if scope.method == "GET":
            said = json.dumps({"accepted": len(self._ids), "requests": self._requests})
            proto.response_str(200, [("content-type", "application/json")], said)
            return
        await proto()
        apns_id = scope.headers["apns-id"]
        self._ids.add(apns_id)
        self._requests += 1
        proto.response_empty(200, [("apns-id", apns_id)])


app = _Counter()


class Seen(msgspec.Struct):
    """What the stand-in has taken."""

    accepted: int
    requests: int


class SwiftPeer:
    """A running stand-in."""

    def __init__(self, url: str, authority: bytes) -> None:
        self.url = url
        self._client = open_client(Connection(url=url, authority=authority), http2=True)

    async def tell(self) -> Seen:
        response = await self._client.get(self.url).build().send()
        return msgspec.json.decode(bytes(await response.bytes()), type=Seen)


@asynccontextmanager
async def running_swift_apns(folder: Path) -> AsyncGenerator[SwiftPeer]:
    """A stand-in in a process of its own, on a port of its own; its certificate lies in the folder."""
    certificate = server_certificate()
    (folder / "certificate.pem").write_text(certificate.chain)
    (folder / "key.pem").write_text(certificate.private)
    port = _find_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--http", "2", "--loop", "uvloop"),
        *("--runtime-mode", "st", "--backpressure", "1000", "--no-access-log", "--log-level", "error"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--ssl-certificate", str(folder / "certificate.pem"), "--ssl-keyfile", str(folder / "key.pem")),
        f"{__name__}:app",
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    try:
        await _await_port(port)
        yield SwiftPeer(f"https://127.0.0.1:{port}", certificate.authority.encode())
    finally:
        process.terminate()
        await process.wait()


def _find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def _await_port(port: int) -> None:
    async with asyncio.timeout(_STARTS_WITHIN):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
