"""Apple's push service: a strict stand-in over HTTP/2 takes what is sent, and answers as Apple documents."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog

from push.apns import ApnsClient, ApnsMessage, ApnsSettings
from push.apns_tokens import ProviderKeyError
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, AddressDead, OtherEnvironment, SendOutcome, Unanswered
from tests.harness.clock import Clock
from tests.push.peers.apns import (
    DEVICE,
    OTHER_TEAM,
    OTHER_TOPIC,
    SECOND_TOPIC,
    TEAM,
    TOPIC,
    make_key,
    make_message,
    make_settings,
    running_apns,
)
from tests.push.peers.certificates import signing_key
from tests.push.peers.running import NodePeer


@pytest.fixture(scope="module")
async def peer() -> AsyncGenerator[NodePeer]:
    async with running_apns() as started:
        yield started


@pytest.fixture
async def client(peer: NodePeer, clock: Clock) -> AsyncGenerator[ApnsClient]:
    async with ApnsClient(make_settings(peer), now=clock) as opened:
        yield opened


async def test_a_notification_arrives_with_all_its_headers(peer: NodePeer, client: ApnsClient, clock: Clock) -> None:
    message = make_message(priority=5, collapse_id="c" * 64, expires_at=clock.now + timedelta(hours=1))
    before = await peer.tell()
    assert await client.send(message) == Accepted()
    after = await peer.tell()
    assert after["accepted"] == before["accepted"] + 1
    assert (after["violations"], after["rejected"]) == ([], {})


async def test_many_at_once_share_one_connection(peer: NodePeer, client: ApnsClient) -> None:
    before = (await peer.tell())["connections"]
    sent = await asyncio.gather(*(client.send(make_message()) for _ in range(50)))
    assert {type(outcome) for outcome in sent} == {Accepted}
    assert (await peer.tell())["connections"] == before + 1


async def test_each_team_has_a_connection_and_a_token_of_its_own(peer: NodePeer, clock: Clock) -> None:
    before = await peer.tell()
    async with ApnsClient(make_settings(peer, TEAM, OTHER_TEAM), now=clock) as client:
        for topic in (TOPIC, OTHER_TOPIC, SECOND_TOPIC, OTHER_TOPIC):
            assert isinstance(await client.send(make_message(topic=topic)), Accepted)
    after = await peer.tell()
    assert (after["connections"] - before["connections"], after["violations"]) == (2, [])


async def test_the_sandbox_is_another_place(peer: NodePeer, clock: Clock) -> None:
    settings = make_settings(peer, sandbox_url="https://127.0.0.1:1")
    async with ApnsClient(settings, now=clock) as client:
        assert isinstance(await client.send(make_message()), Accepted)
        assert await client.send(make_message(environment="sandbox")) == Unavailable("unreachable")


async def test_a_topic_without_a_key_is_a_fault(client: ApnsClient) -> None:
    assert await client.send(make_message(topic="cn.unknown")) == Fault("topic-without-key")


async def test_two_keys_for_one_topic_are_refused_at_the_start(peer: NodePeer, clock: Clock) -> None:
    with pytest.raises(ValueError, match="two keys send for"):
        ApnsClient(make_settings(peer, TEAM, TEAM), now=clock)


async def test_two_keys_may_share_a_topic_between_environments(peer: NodePeer, clock: Clock) -> None:
    keys = (make_key(TEAM, environments=("production",)), make_key(TEAM, environments=("sandbox",)))
    async with ApnsClient(make_settings(peer, keys=keys), now=clock) as client:
        for environment in ("production", "sandbox"):
            assert isinstance(await client.send(make_message(environment=environment)), Accepted)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"token": "xyz"}, "token-malformed"),
        ({"token": ""}, "token-malformed"),
        ({"token": "abc"}, "token-malformed"),
        ({"token": "ab/../../3"}, "token-malformed"),
        ({"payload": b""}, "PayloadEmpty"),
        ({"payload": b'{"aps":{"a":"' + b"x" * 4096 + b'"}}'}, "PayloadTooLarge"),
        ({"collapse_id": "c" * 65}, "BadCollapseId"),
        ({"collapse_id": "省"}, "BadCollapseId"),
    ],
)
async def test_what_apple_would_refuse_is_not_even_sent(
    peer: NodePeer, client: ApnsClient, change: dict[str, Any], reason: str
) -> None:
    before = (await peer.tell())["requests"]
    assert await client.send(make_message(**change)) == Refused(reason)
    assert (await peer.tell())["requests"] == before


async def test_the_longest_payload_goes(client: ApnsClient) -> None:
    head, tail = b'{"aps":{"alert":"', b'"}}'
    payload = head + b"x" * (4096 - len(head) - len(tail)) + tail
    assert isinstance(await client.send(make_message(payload=payload)), Accepted)


async def test_a_message_at_fault_is_told_of(client: ApnsClient) -> None:
    with structlog.testing.capture_logs() as lines:
        await client.send(message := make_message(payload=b""))
    assert lines == [
        {
            "event": "push.message-malformed",
            "log_level": "error",
            "provider": "apns",
            "reason": "PayloadEmpty",
            "apns_id": message.apns_id,
        }
    ]


GONE_AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
SCRIPTED: list[tuple[dict[str, Any], SendOutcome]] = [
    (
        {"status": 410, "reason": "Unregistered", "timestamp": int(GONE_AT.timestamp() * 1000)},
        AddressDead("Unregistered", GONE_AT),
    ),
    ({"status": 400, "reason": "BadDeviceToken"}, OtherEnvironment("BadDeviceToken")),
    ({"status": 413, "reason": "PayloadTooLarge"}, Refused("PayloadTooLarge")),
    ({"status": 403, "reason": "InvalidProviderToken"}, Fault("InvalidProviderToken")),
    ({"status": 500, "reason": "InternalServerError"}, Unavailable("InternalServerError")),
    (
        {"status": 503, "reason": "Shutdown", "headers": {"retry-after": "7"}},
        Unavailable("Shutdown", 7.0),
    ),
    ({"status": 502, "body": "<html>"}, Unanswered("status-502")),
    ({"hang": True}, Unanswered("timeout")),
    ({"close": True}, Unanswered("connection-lost")),
    ({"reset": True}, Unanswered("connection-lost")),
]


@pytest.mark.parametrize(("script", "outcome"), SCRIPTED, ids=[str(script) for script, _ in SCRIPTED])
async def test_each_kind_of_answer_and_the_next_is_well(
    peer: NodePeer, clock: Clock, script: dict[str, Any], outcome: SendOutcome
) -> None:
    device = "cd" * 32
    async with ApnsClient(make_settings(peer, timeout=1.5 if script.get("hang") else 10.0), now=clock) as client:
        await client.send(make_message())
        await peer.script(device, script)
        assert await client.send(make_message(token=device)) == outcome
    async with ApnsClient(make_settings(peer), now=clock) as client:
        assert isinstance(await client.send(make_message(token=device)), Accepted)


async def test_a_stream_that_was_refused_is_sent_again_at_once(peer: NodePeer, client: ApnsClient) -> None:
    await peer.script(DEVICE, *[{"refuse": True}] * 5)
    message = make_message()
    assert await client.send(message) == Accepted()
    assert (await peer.tell())["doubled"] == 0


async def test_goodbyes_lose_nothing_and_double_nothing(clock: Clock) -> None:
    async with running_apns(goawayEvery=20) as peer, ApnsClient(make_settings(peer), now=clock) as client:
        sent = await asyncio.gather(*(client.send(make_message()) for _ in range(200)))
        seen = await peer.tell()
    kinds = Counter(type(outcome).__name__ for outcome in sent)
    assert kinds["Accepted"] + kinds["Unanswered"] == len(sent), "each was taken, or may have been"
    assert kinds["Accepted"] <= seen["accepted"] <= len(sent)
    assert (seen["doubled"], seen["violations"]) == (0, [])
    assert seen["connections"] >= len(sent) // 20


async def test_one_stream_at_a_time_is_obeyed(clock: Clock) -> None:
    async with running_apns(maxStreams=1) as peer, ApnsClient(make_settings(peer), now=clock) as client:
        sent = await asyncio.gather(*(client.send(make_message()) for _ in range(40)))
        seen = await peer.tell()
    assert {type(outcome) for outcome in sent} == {Accepted}
    assert (seen["connections"], seen["mostAtOnce"], seen["accepted"]) == (1, 1, 40)


async def test_a_token_that_has_expired_there_is_replaced_once(clock: Clock) -> None:
    """Our clock was an hour behind and is set right: the first token is refused, the second is taken."""
    clock.turn(hours=-2)
    async with running_apns() as peer, ApnsClient(make_settings(peer), now=clock) as client:
        assert await client.send(make_message()) == Fault("ExpiredProviderToken"), "the clock is still off"
        assert (await peer.tell())["requests"] == 2, "refused, and once more with another token"
        assert await client.send(make_message()) == Fault("ExpiredProviderToken")
        assert (await peer.tell())["requests"] == 3, "no third token within twenty minutes"
        clock.turn(hours=2)
        sent = await asyncio.gather(*(client.send(make_message()) for _ in range(10)))
    assert {type(outcome) for outcome in sent} == {Accepted}


async def test_a_token_refused_in_flight_is_replaced_for_all_at_once(peer: NodePeer, clock: Clock) -> None:
    devices = [f"{number:064x}" for number in range(1, 9)]
    await peer.tell(script={device: [{"status": 403, "reason": "ExpiredProviderToken"}] for device in devices})
    async with ApnsClient(make_settings(peer), now=clock) as client:
        sent = await asyncio.gather(*(client.send(make_message(token=device)) for device in devices))
    # The clock stands still, so that the second token comes too soon for the stand-in, as it would for Apple.
    assert {outcome.reason for outcome in sent if not isinstance(outcome, Accepted)} <= {"TooManyProviderTokenUpdates"}


async def test_a_connection_that_saw_too_many_tokens_is_left(peer: NodePeer, client: ApnsClient) -> None:
    await client.send(make_message())
    before = (await peer.tell())["connections"]
    await peer.script(DEVICE, {"status": 429, "reason": "TooManyProviderTokenUpdates"})
    assert await client.send(make_message()) == Unavailable("TooManyProviderTokenUpdates", 60.0)
    assert isinstance(await client.send(make_message()), Accepted)
    assert (await peer.tell())["connections"] == before + 1


async def test_a_certificate_of_nobody_known_is_not_spoken_to(peer: NodePeer, clock: Clock) -> None:
    async with ApnsClient(make_settings(peer, authority=b""), now=clock) as client:
        assert await client.send(make_message()) == Unavailable("certificate-refused")


@pytest.mark.parametrize("key", ["", "no key", signing_key("x").public])
def test_a_key_that_is_none_is_found_at_the_start(clock: Clock, key: str) -> None:
    settings = ApnsSettings(keys=(make_key(TEAM, private_key=key),))
    with pytest.raises(ProviderKeyError):
        ApnsClient(settings, now=clock)


def test_nothing_secret_is_shown() -> None:
    key = make_key(TEAM)
    message: ApnsMessage = make_message(apns_id=UUID(int=7))
    shown = f"{ApnsSettings(keys=(key,))!r} {key!r} {message!r}"
    assert "PRIVATE" not in shown
    assert DEVICE not in shown
    assert "江苏" not in shown
