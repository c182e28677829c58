"""Firebase: a strict stand-in of its HTTP v1 interface and of Google's token endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import jwt
import msgspec
import pytest

from push.fcm import FcmClient, FcmSettings, write_body
from push.fcm_tokens import SCOPE, ServiceAccount, ServiceAccountError, read_private_key, write_assertion
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, AddressDead, SendOutcome, Unanswered
from tests.harness.clock import Clock
from tests.push.oracles import ask_google_auth
from tests.push.peers.fcm import (
    DEVICE,
    OTHER_PROJECT,
    PROJECT,
    account_key,
    make_account,
    make_message,
    make_settings,
    running_fcm,
)
from tests.push.peers.running import NodePeer


@pytest.fixture(scope="module")
async def peer() -> AsyncGenerator[NodePeer]:
    async with running_fcm() as started:
        yield started


@pytest.fixture
async def client(peer: NodePeer, clock: Clock) -> AsyncGenerator[FcmClient]:
    async with FcmClient(make_settings(peer), now=clock) as opened:
        yield opened


async def test_a_message_arrives_as_it_was_rendered(peer: NodePeer, client: FcmClient, clock: Clock) -> None:
    message = make_message(
        expires_at=clock.now + timedelta(minutes=5), collapse_key="crossing", channel_id="roaming", priority="normal"
    )
    assert await client.send(message) == Accepted()
    assert (await peer.tell())["messages"][-1] == {
        "token": DEVICE,
        "android": {
            "priority": "normal",
            "ttl": "300s",
            "collapse_key": "crossing",
            "notification": {"tag": message.tag, "channel_id": "roaming"},
        },
        "notification": {"title": "欢迎来到江苏"},
        "data": {"crossing": "1"},
    }


@pytest.mark.parametrize(("seconds", "ttl"), [(-5, "0s"), (0, "0s"), (90, "90s"), (10**8, "2419200s")])
def test_a_life_is_within_firebases_bounds(clock: Clock, seconds: int, ttl: str) -> None:
    body = write_body(make_message(expires_at=clock.now + timedelta(seconds=seconds)), clock.now)
    assert msgspec.json.decode(body)["message"]["android"]["ttl"] == ttl


async def test_many_at_once_ask_for_one_token(peer: NodePeer, clock: Clock) -> None:
    before = await peer.tell()
    async with FcmClient(make_settings(peer), now=clock) as client:
        sent = await asyncio.gather(*(client.send(make_message()) for _ in range(50)))
    after = await peer.tell()
    assert {type(outcome) for outcome in sent} == {Accepted}
    assert (after["grants"] - before["grants"], after["doubled"]) == (1, 0)


async def test_each_project_has_its_own_token(client: FcmClient, peer: NodePeer, clock: Clock) -> None:
    assert await client.send(make_message(project=OTHER_PROJECT)) == Fault("project-without-account")
    async with FcmClient(make_settings(peer, PROJECT, OTHER_PROJECT), now=clock) as both:
        for project in (PROJECT, OTHER_PROJECT):
            assert isinstance(await both.send(make_message(project=project)), Accepted)


async def test_a_token_is_renewed_before_its_end(peer: NodePeer, clock: Clock) -> None:
    async with FcmClient(make_settings(peer), now=clock) as client:
        await client.send(make_message())
        before = (await peer.tell())["grants"]
        clock.turn(minutes=50)
        await client.send(make_message())
        assert (await peer.tell())["grants"] == before
        # Five minutes before its end the next is fetched beside; the stand-in's clock finds the assertion too early.
        clock.turn(minutes=6)
        assert isinstance(await client.send(make_message()), Accepted)


async def test_a_token_that_google_refuses_is_replaced_once(peer: NodePeer, client: FcmClient) -> None:
    await client.send(make_message())
    before = (await peer.tell(revoke=True))["grants"]
    sent = await asyncio.gather(*(client.send(make_message()) for _ in range(10)))
    assert {type(outcome) for outcome in sent} == {Accepted}
    assert (await peer.tell())["grants"] == before + 1


OAUTH: list[tuple[dict[str, Any], SendOutcome]] = [
    ({"status": 400, "body": {"error": "invalid_grant"}}, Fault("token-refused")),
    ({"status": 401, "body": {"error": "invalid_client"}}, Fault("token-refused")),
    ({"status": 403, "body": {"error": "access_denied"}}, Fault("token-refused")),
    ({"status": 500, "body": "oops"}, Unavailable("token-status-500")),
    ({"status": 503, "body": "", "headers": {"retry-after": "30"}}, Unavailable("token-status-503", 30.0)),
    ({"status": 429, "body": ""}, Unavailable("token-status-429")),
    ({"status": 200, "body": "<html>"}, Unavailable("token-not-understood")),
    ({"status": 200, "body": {"access_token": "", "expires_in": 1}}, Unavailable("token-not-understood")),
    ({"close": True}, Unavailable("token-connection-lost")),
]


@pytest.mark.parametrize(("script", "outcome"), OAUTH, ids=[str(script) for script, _ in OAUTH])
async def test_without_a_token_nothing_is_sent(
    peer: NodePeer, client: FcmClient, script: dict[str, Any], outcome: SendOutcome
) -> None:
    before = (await peer.tell())["requests"]
    await peer.script("oauth", script)
    assert await client.send(make_message()) == outcome
    assert (await peer.tell())["requests"] == before
    assert isinstance(await client.send(make_message()), Accepted)


async def test_a_clock_that_is_off_is_a_fault_of_ours(client: FcmClient, clock: Clock) -> None:
    clock.turn(hours=-3)
    assert await client.send(make_message()) == Fault("token-refused")


ERRORS: list[tuple[dict[str, Any], SendOutcome]] = [
    ({"hang": True}, Unanswered("timeout")),
    ({"close": True}, Unanswered("connection-lost")),
    ({"status": 200, "body": "<html>"}, Unanswered("answer-not-understood")),
    ({"status": 404, "body": "<html>"}, Fault("status-404")),
    (
        {
            "status": 404,
            "body": {
                "error": {
                    "code": 404,
                    "status": "NOT_FOUND",
                    "details": [
                        {
                            "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
                            "errorCode": "UNREGISTERED",
                        }
                    ],
                }
            },
        },
        AddressDead("UNREGISTERED"),
    ),
    ({"status": 503, "body": "", "headers": {"retry-after": "45"}}, Unavailable("status-503", 45.0)),
    ({"status": 503, "body": "", "headers": {"retry-after": "2"}}, Unavailable("status-503", 10.0)),
]


@pytest.mark.parametrize(("script", "outcome"), ERRORS, ids=[str(script)[:60] for script, _ in ERRORS])
async def test_each_kind_of_answer_and_the_next_is_well(
    peer: NodePeer, clock: Clock, script: dict[str, Any], outcome: SendOutcome
) -> None:
    device = DEVICE + "y"
    async with FcmClient(make_settings(peer, timeout=1.5 if script.get("hang") else 10.0), now=clock) as client:
        await client.send(make_message())
        await peer.script(device, script)
        assert await client.send(make_message(token=device)) == outcome
    async with FcmClient(make_settings(peer), now=clock) as client:
        assert isinstance(await client.send(make_message(token=device)), Accepted)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"token": "short"}, Refused("token-invalid")),
        ({"content": b'{"data":{"number":1}}'}, Refused("INVALID_ARGUMENT")),
        ({"content": b'{"apns":{}}'}, Refused("INVALID_ARGUMENT")),
        ({"content": b'{"data":{"a":"' + b"x" * 4096 + b'"}}'}, Refused("payload-too-large")),
    ],
)
async def test_what_firebase_would_never_take_is_refused(
    client: FcmClient, change: dict[str, Any], outcome: SendOutcome
) -> None:
    assert await client.send(make_message(**change)) == outcome


@pytest.mark.parametrize("key", ["", "no key", account_key(PROJECT).public])
def test_a_key_that_is_none_is_found_at_the_start(clock: Clock, key: str) -> None:
    account = make_account("https://127.0.0.1:1", private_key=key)
    with pytest.raises(ServiceAccountError):
        FcmClient(FcmSettings(accounts=(account,)), now=clock)


def test_the_file_from_googles_console_is_read() -> None:
    told = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "kid",
        "private_key": account_key(PROJECT).private,
        "client_email": "push@suixing.iam.gserviceaccount.com",
        "client_id": "1",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    account = msgspec.json.decode(msgspec.json.encode(told), type=ServiceAccount)
    assert (account.project_id, account.token_uri) == (PROJECT, told["token_uri"])
    assert "PRIVATE" not in repr(account)


def test_google_auth_asserts_the_same(clock: Clock) -> None:
    """Google's own library makes the same claims of the same account, and verifies ours."""
    account = make_account("https://oauth2.googleapis.com")
    information = {**msgspec.structs.asdict(account), "type": "service_account"}
    ours = write_assertion(account, read_private_key(account.private_key), clock.now)
    question = {"information": information, "scope": SCOPE, "ours": ours, "public": account_key(PROJECT).public}
    [theirs] = ask_google_auth([question])
    header, claims = jwt.get_unverified_header(ours), jwt.decode(ours, options={"verify_signature": False})
    assert theirs["header"] == header
    assert theirs["claims"].keys() == claims.keys()
    assert all(theirs["claims"][name] == claims[name] for name in ("iss", "scope"))
    assert theirs["claims"]["exp"] - theirs["claims"]["iat"] == claims["exp"] - claims["iat"] == 3600
    assert theirs["read"] == claims, "it verifies ours"


def test_nothing_secret_is_shown() -> None:
    settings = FcmSettings(accounts=(make_account("https://127.0.0.1:1"),))
    shown = f"{settings!r} {make_message()!r}"
    assert "PRIVATE" not in shown
    assert DEVICE not in shown
