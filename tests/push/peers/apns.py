"""Apple's push service as apns.mjs stands in for it, and what a deployment needs to speak with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import uuid4

from push.apns import ApnsKey, ApnsMessage, ApnsSettings
from tests.push.peers.certificates import server_certificate, signing_key
from tests.push.peers.running import NodePeer, running

TEAM, OTHER_TEAM = "TEAM000001", "TEAM000002"
TOPIC, SECOND_TOPIC, OTHER_TOPIC = "cn.suixing.app", "cn.suixing.staff", "cn.other.app"
TEAMS: Mapping[str, tuple[str, ...]] = {TEAM: (TOPIC, SECOND_TOPIC), OTHER_TEAM: (OTHER_TOPIC,)}
KEY_IDS = {TEAM: "KEY0000001", OTHER_TEAM: "KEY0000002"}
DEVICE = "ab" * 32


class Served(Protocol):
    """A stand-in that runs somewhere."""

    url: str


def make_key(team: str, topics: Sequence[str] | None = None, **changes: Any) -> ApnsKey:
    given: dict[str, Any] = {
        "team_id": team,
        "key_id": KEY_IDS[team],
        "private_key": signing_key(team).private,
        "topics": tuple(topics or TEAMS[team]),
    }
    return ApnsKey(**(given | changes))


def make_settings(peer: Served, *teams: str, **changes: Any) -> ApnsSettings:
    """Of a deployment whose production and sandbox are both this stand-in."""
    given: dict[str, Any] = {
        "keys": tuple(make_key(team) for team in teams or (TEAM,)),
        "production_url": peer.url,
        "sandbox_url": peer.url,
        "authority": server_certificate().authority.encode(),
    }
    return ApnsSettings(**(given | changes))


def make_message(**changes: Any) -> ApnsMessage:
    given: dict[str, Any] = {
        "token": DEVICE,
        "environment": "production",
        "topic": TOPIC,
        "apns_id": uuid4(),
        "payload": '{"aps":{"alert":{"title":"欢迎来到江苏","body":"这里认可您的证照"}}}'.encode(),
    }
    return ApnsMessage(**(given | changes))


@asynccontextmanager
async def running_apns(**config: Any) -> AsyncGenerator[NodePeer]:
    """A stand-in that lets `maxStreams` be open at once, and says goodbye every `goawayEvery` requests."""
    teams = {
        team: {"kid": KEY_IDS[team], "public_key": signing_key(team).public, "topics": list(topics)}
        for team, topics in TEAMS.items()
    }
    async with running("apns.mjs", teams=teams, **config) as peer:
        yield peer
