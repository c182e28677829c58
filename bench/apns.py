"""Notifications to Apple: our CPU for each at 300 in flight, against the budget and against aioapns in the same run.

Both send the same to the same strict stand-in, over TLS, in turns. Only the sender's CPU counts, in all its threads.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import uvloop

from bench import Ratio
from push.apns import ApnsClient, ApnsMessage
from push.sending import Accepted
from tests.push.peers.apns import KEY_IDS, TEAM, TOPIC, make_settings, running_apns
from tests.push.peers.certificates import server_certificate, signing_key
from tests.push.peers.running import NodePeer

IN_FLIGHT = 300
NOTIFICATIONS = 2_000
ROUNDS = 5
BUDGET = 60.0
"""Microseconds."""
TIMES_FASTER = 5
_PAYLOAD = {"aps": {"alert": {"title": "欢迎来到江苏", "body": "这里认可您的证照"}, "sound": "default"}}
_ROOT = Path(__file__).resolve().parent.parent
_PEER = (_ROOT / ".venv" / "oracles" / "bin" / "python", Path(__file__).with_name("aioapns_sender.py"))


async def _send_all(client: ApnsClient, messages: Iterator[ApnsMessage]) -> None:
    for message in messages:
        assert isinstance(await client.send(message), Accepted)


async def _measure_ours(peer: NodePeer) -> float:
    """Microseconds of CPU a notification; the connection is open before the clock runs."""
    payload = json.dumps(_PAYLOAD, ensure_ascii=False).encode()
    messages = iter(
        [
            ApnsMessage(token=f"{number:064x}", environment="production", topic=TOPIC, apns_id=uuid4(), payload=payload)
            for number in range(NOTIFICATIONS)
        ]
    )
    async with ApnsClient(make_settings(peer), now=lambda: datetime.now(UTC)) as client:
        await _send_all(client, iter([next(messages)]))
        begun = time.process_time()
        await asyncio.gather(*(_send_all(client, messages) for _ in range(IN_FLIGHT)))
        return (time.process_time() - begun) / (NOTIFICATIONS - 1) * 1e6


async def _measure_aioapns(peer: NodePeer) -> float:
    told = {
        "port": int(peer.url.rpartition(":")[2]),
        "authority": server_certificate().authority,
        "key": signing_key(TEAM).private,
        "key_id": KEY_IDS[TEAM],
        "team_id": TEAM,
        "topic": TOPIC,
        "payload": _PAYLOAD,
        "notifications": NOTIFICATIONS,
        "in_flight": IN_FLIGHT,
    }
    process = await asyncio.create_subprocess_exec(
        *_PEER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps(told).encode())
    assert process.returncode == 0
    return float(said)


async def _measure_both() -> tuple[float, float]:
    """The least of short rounds taken in turns, since whatever else runs can only add."""
    ours, theirs = [], []
    async with running_apns() as peer:
        for _ in range(ROUNDS):
            ours.append(await _measure_ours(peer))
            theirs.append(await _measure_aioapns(peer))
        seen = await peer.tell()
    assert (seen["accepted"], seen["doubled"]) == (2 * ROUNDS * NOTIFICATIONS, 0), "each was taken once"
    return min(ours), min(theirs)


async def _measure_alone() -> float:
    async with running_apns() as peer:
        return min([await _measure_ours(peer) for _ in range(ROUNDS)])


def run() -> list[Ratio]:
    """Starts stand-ins of its own: the budget is kept on uvloop, aioapns is met with both on asyncio's own loop."""
    alone = uvloop.run(_measure_alone())
    ours, theirs = asyncio.run(_measure_both())
    note = f"{IN_FLIGHT} in flight on one connection; least of {ROUNDS} rounds of {NOTIFICATIONS:,}"
    return [
        Ratio(
            name="APNs: CPU a notification / budget",
            ours=alone,
            peer=BUDGET,
            ratio=alone / BUDGET,
            target=1.0,
            better="lower",
            unit="µs",
            note=f"{note}; uvloop",
        ),
        Ratio(
            name="APNs: CPU a notification / aioapns",
            ours=ours,
            peer=theirs,
            ratio=ours / theirs,
            target=1 / TIMES_FASTER,
            better="lower",
            unit="µs",
            note=f"{note}; both on asyncio's own loop",
        ),
    ]


if __name__ == "__main__":
    for one in run():
        print(one)
