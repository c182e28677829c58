"""@parse/node-apn speaks with the same stand-in: what it says and what it is told are as ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec

from push.apns import ApnsClient, ApnsMessage
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, AddressDead, OtherEnvironment
from tests.harness.clock import Clock
from tests.push.oracles import send_by_node_apn
from tests.push.peers.apns import KEY_IDS, TEAM, make_message, make_settings, running_apns
from tests.push.peers.certificates import server_certificate, signing_key
from tests.push.peers.running import NodePeer

_OUR_OWN = {"user-agent", "accept", "content-length", ":authority"}
"""What a client may say as it likes, and the port, which node-apn leaves out."""


def tell(message: ApnsMessage) -> dict[str, Any]:
    return {
        "token": message.token,
        "id": str(message.apns_id),
        "topic": message.topic,
        "pushType": "alert",
        "priority": message.priority,
        "expiry": int(message.expires_at.timestamp()) if message.expires_at else 0,
        "collapseId": message.collapse_id,
        "payload": msgspec.json.decode(message.payload),
    }


async def ask_node_apn(peer: NodePeer, *messages: ApnsMessage) -> list[Any]:
    return await send_by_node_apn(
        {
            "port": int(peer.url.rpartition(":")[2]),
            "authority": server_certificate().authority,
            "key": signing_key(TEAM).private,
            "keyId": KEY_IDS[TEAM],
            "teamId": TEAM,
            "notifications": [tell(message) for message in messages],
        }
    )


async def test_both_say_the_same_and_hear_the_same(clock: Clock) -> None:
    answers = [
        ({"status": 410, "reason": "Unregistered", "timestamp": 1_700_000_000_000}, AddressDead),
        ({"status": 400, "reason": "BadDeviceToken"}, OtherEnvironment),
        ({"status": 400, "reason": "DeviceTokenNotForTopic"}, Fault),
        ({"status": 413, "reason": "PayloadTooLarge"}, Refused),
        ({"status": 429, "reason": "TooManyRequests"}, object),
        ({"status": 403, "reason": "InvalidProviderToken"}, Fault),
        ({"status": 503, "reason": "Shutdown"}, Unavailable),
    ]
    messages = [make_message(token=f"{number:064x}") for number in range(len(answers))]
    whole = make_message(
        apns_id=uuid4(), priority=5, collapse_id="crossing-32", expires_at=clock.now + timedelta(hours=1)
    )
    async with running_apns() as peer, ApnsClient(make_settings(peer), now=clock) as client:
        for message, (answer, kind) in zip(messages, answers, strict=True):
            await peer.script(message.token, answer)
            assert isinstance(await client.send(message), kind)
        assert await client.send(whole) == Accepted()
        ours = (await peer.tell())["last"]
        for message, (answer, _) in zip(messages, answers, strict=True):
            # node-apn tries again by itself where Apple is busy.
            await peer.script(message.token, *[answer] * 10)
        theirs = await ask_node_apn(peer, *messages, whole)
        seen = await peer.tell()
    assert [(one["status"], one["reason"]) for one in theirs[:-1]] == [
        (answer["status"], answer["reason"]) for answer, _ in answers
    ]
    assert theirs[-1] is None
    assert {name: ours[name] for name in ours.keys() - _OUR_OWN} == {
        name: seen["last"][name] for name in seen["last"].keys() - _OUR_OWN
    }
    assert (seen["violations"], seen["rejected"], seen["accepted"]) == ([], {}, 1)
