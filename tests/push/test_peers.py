"""The stand-ins themselves: a caller who goes ends its connection alone, and one that ends by itself says why."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.push.peers import apns
from tests.push.peers.dying import LastWords
from tests.push.peers.running import NODE, PeerEndedError

_CALLERS = (Path(__file__).parent / "peers" / "callers.mjs").as_uri()
_CALLER_WHO_GOES = f"""
import {{ connect, createServer }} from 'node:http2';
import * as callers from '{_CALLERS}';

const server = createServer();
server.on('session', callers.outlive);
server.on('stream', (stream) => {{
  callers.outlive(stream);
  const session = stream.session;
  session.destroy();
  let thrown = [];
  for (const hazard of [() => session.goaway(0, 1), () => stream.respond({{ ':status': 200 }})]) {{
    try {{ hazard(); }} catch (error) {{ thrown.push(error.code); }}
  }}
  callers.leave(session, 0, 1);
  callers.answer(stream, {{ ':status': 200 }});
  callers.answer(stream, {{ ':status': 500 }}, 'gone');
  console.log(thrown.join());
  process.exit(0);
}});
server.listen(0, '127.0.0.1', () => {{
  const caller = connect(`http://127.0.0.1:${{server.address().port}}`);
  caller.on('error', () => {{}});
  caller.request({{ ':method': 'POST' }}).on('error', () => {{}});
}});
"""


async def test_a_caller_who_has_gone_is_answered_nothing() -> None:
    """Node throws where a session or a stream is gone: thrown outside of any call, that ended the stand-in."""
    node = await asyncio.create_subprocess_exec(
        NODE, "--input-type=module", "--eval", _CALLER_WHO_GOES, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await node.communicate()
    assert (node.returncode, said) == (0, b"ERR_HTTP2_INVALID_SESSION,ERR_HTTP2_INVALID_STREAM\n")


async def test_a_stand_in_that_fails_says_how_it_ended_and_why() -> None:
    with pytest.raises(PeerEndedError, match=re.compile("apns.mjs ended with exit code 1.*TypeError", re.DOTALL)):
        async with apns.running_apns() as peer:
            await peer.tell(script={apns.DEVICE: 4711})  # which is no list of answers


async def test_last_words_name_the_signal() -> None:
    with closing(LastWords("a worker")) as words:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import signal, sys; print('farewell', file=sys.stderr, flush=True); signal.pause()",
            stderr=words.fileno(),
        )
        async with asyncio.timeout(30):
            while not words.read():  # noqa: ASYNC110  a file tells nobody
                await asyncio.sleep(0.01)
        assert words.tell_end(process) == "a worker runs still; its last words: farewell"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert words.tell_end(process) == "a worker was ended by SIGKILL; its last words: farewell"
