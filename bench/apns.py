"""Notifications to Apple: our CPU for each at 300 in flight, against the bare HTTP client, the budget and aioapns.

All send the same to the same strict stand-in, over TLS, on uvloop, in turns. Only the sender's CPU counts, in all its
threads. The budget was set on a machine where the bare client took 48 µs: what it is elsewhere, the ratio to the bare
client tells.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import uuid4

import uvloop

from bench import Ratio
from push.apns import ApnsClient, ApnsMessage
from push.apns_tokens import ProviderToken
from push.connecting import Connection, open_client
from push.sending import Accepted
from tests.push.peers.apns import KEY_IDS, TEAM, TOPIC, make_settings, running_apns
from tests.push.peers.certificates import server_certificate, signing_key
from tests.push.peers.running import NodePeer

IN_FLIGHT = 300
NOTIFICATIONS = 2_000
ROUNDS = 10
BUDGET, BARE = 60.0, 48.0
"""Microseconds: what is asked, and what the bare client took on the machine where that was asked."""
TIMES_FASTER = 5
_PAYLOAD = {"aps": {"alert": {"title": "欢迎来到江苏", "body": "这里认可您的证照"}, "sound": "default"}}
_ROOT = Path(__file__).resolve().parent.parent
_PEER = (_ROOT / ".venv" / "oracles" / "bin" / "python", Path(__file__).with_name("aioapns_sender.py"))


async def _measure(send: Callable[[ApnsMessage], Awaitable[None]]) -> float:
    """Microseconds of CPU a notification; the connection is open before the clock runs."""
    payload = json.dumps(_PAYLOAD, ensure_ascii=False).encode()
    messages = iter(
        [
            ApnsMessage(token=f"{number:064x}", environment="production", topic=TOPIC, apns_id=uuid4(), payload=payload)
            for number in range(NOTIFICATIONS)
        ]
    )

    async def send_all() -> None:
        for message in messages:
            await send(message)

    await send(next(messages))
    begun = time.process_time()
    await asyncio.gather(*(send_all() for _ in range(IN_FLIGHT)))
    return (time.process_time() - begun) / (NOTIFICATIONS - 1) * 1e6


async def _measure_ours(peer: NodePeer) -> float:
    async with ApnsClient(make_settings(peer), now=lambda: datetime.now(UTC)) as client:

        async def send(message: ApnsMessage) -> None:
            assert isinstance(await client.send(message), Accepted)

        return await _measure(send)


async def _measure_bare(peer: NodePeer) -> float:
    """The HTTP client alone, with every header ready."""
    settings = make_settings(peer)
    key = settings.keys[0]
    token = ProviderToken(key.team_id, key.key_id, key.private_key, now=lambda: datetime.now(UTC))
    headers = {"apns-topic": TOPIC, "apns-push-type": "alert", "apns-priority": "10", "apns-expiration": "0"}
    headers["authorization"] = token.current()
    url = f"{peer.url}/3/device/"
    async with open_client(Connection(url=peer.url, authority=settings.authority), http2=True) as client:

        async def send(message: ApnsMessage) -> None:
            request = client.post(url + message.token).headers(headers).header("apns-id", str(message.apns_id))
            assert (await request.body_bytes(message.payload).build().send()).status == HTTPStatus.OK

        return await _measure(send)


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


class _Rounds(NamedTuple):
    """Microseconds of CPU a notification, of rounds taken in turns: what else the machine does meets all alike."""

    ours: list[float]
    bare: list[float]
    aioapns: list[float]


async def _measure_all() -> _Rounds:
    rounds = _Rounds([], [], [])
    async with running_apns() as peer:
        for _ in range(ROUNDS):
            rounds.ours.append(await _measure_ours(peer))
            rounds.bare.append(await _measure_bare(peer))
            rounds.aioapns.append(await _measure_aioapns(peer))
        seen = await peer.tell()
    assert (seen["accepted"], seen["doubled"]) == (3 * ROUNDS * NOTIFICATIONS, 0), "each was taken once"
    return rounds


def run() -> list[Ratio]:
    """Starts a stand-in of its own."""
    rounds = uvloop.run(_measure_all())
    least = min(rounds.ours)
    return [
        _compare("budget", least, BUDGET, least / BUDGET, 1.0),
        _compare("bare client", median(rounds.ours), median(rounds.bare), _divide(rounds.bare, rounds), BUDGET / BARE),
        _compare(
            "aioapns", median(rounds.ours), median(rounds.aioapns), _divide(rounds.aioapns, rounds), 1 / TIMES_FASTER
        ),
    ]


def _divide(peers: Sequence[float], rounds: _Rounds) -> float:
    return median(ours / peer for ours, peer in zip(rounds.ours, peers, strict=True))


def _compare(peer: str, ours: float, theirs: float, ratio: float, target: float) -> Ratio:
    how = "the least" if peer == "budget" else "the median"
    return Ratio(
        name=f"APNs: CPU a notification / {peer}",
        ours=ours,
        peer=theirs,
        ratio=ratio,
        target=target,
        better="lower",
        unit="µs",
        note=f"{how} of {ROUNDS} rounds of {NOTIFICATIONS:,}; {IN_FLIGHT} in flight on one connection; uvloop",
    )


if __name__ == "__main__":
    for one in run():
        print(one)
