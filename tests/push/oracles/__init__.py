"""Other people's implementations of what providers expect, run by tests/codes/oracles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.codes.oracles import ask_python
from tests.push.peers.running import NODE

_HERE = Path(__file__).parent


def ask_google_auth(questions: Sequence[Any]) -> list[Any]:
    """Google's own."""
    return ask_python(_HERE / "ask_google_auth.py", questions)


async def send_by_node_apn(told: Mapping[str, Any]) -> list[Any]:
    """@parse/node-apn sends notifications to a stand-in that runs beside: for each, null or what was answered."""
    process = await asyncio.create_subprocess_exec(
        NODE, _HERE / "send_node_apn.cjs", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(json.dumps(told).encode()), 60)
    answers: list[Any] = json.loads(said)
    return answers
