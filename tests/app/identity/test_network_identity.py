"""An answer counts where the authority signed it, for this question, just now."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.development.identity_files import IdentityFiles
from app.development.identity_network import NetworkIdentityStandIn
from app.development.identity_standing_in import IdentityStandIns
from app.development.mishaps import Answer, Mishap
from app.errors import SettingsError
from app.identity.errors import IdentityNotConfirmedError
from app.identity.model import AgeBand
from app.identity.network_identity import (
    TYPE,
    NetworkIdentityAccess,
    NetworkIdentityAuthority,
    read_keys,
)
from app.identity.opening import network_identity_access
from app.platforms.errors import ProviderRefusedError, ProviderUnavailableError
from app.settings import Settings
from tests.harness.answering import answering
from tests.harness.identity import now

PHONE = "+8613912345678"


@pytest.fixture
def access(served: tuple[Settings, IdentityStandIns]) -> NetworkIdentityAccess:
    found = network_identity_access(served[0])
    assert found is not None
    return found


@pytest.fixture
async def client(access: NetworkIdentityAccess) -> AsyncGenerator[NetworkIdentityAuthority]:
    opened = NetworkIdentityAuthority(access, timeout=0.4)
    yield opened
    await opened.close()


async def test_a_credential_is_good_once(client: NetworkIdentityAuthority, stand_ins: IdentityStandIns) -> None:
    credential = stand_ins.network.issue("sequence", PHONE, AgeBand.CHILD)
    identity = await client.verify("sequence", credential, now())
    assert identity.age_band is AgeBand.CHILD
    assert identity.masked_name is None
    with pytest.raises(IdentityNotConfirmedError):
        await client.verify("sequence", credential, now())


@pytest.mark.parametrize(
    ("mishap", "error"),
    [
        (Mishap(code="x", status=400), IdentityNotConfirmedError),
        (Mishap(code="x", status=401), ProviderRefusedError),
        (Mishap(code="x", status=403), ProviderRefusedError),
        (Mishap(code="x", status=302), ProviderRefusedError),
        (Mishap(code="x", status=429), ProviderUnavailableError),
        (Mishap(code="x", status=503), ProviderUnavailableError),
        (Mishap(code="x", close=True), ProviderUnavailableError),
        (Mishap(code="x", delay=1.0), ProviderUnavailableError),
    ],
)
async def test_what_goes_wrong(
    client: NetworkIdentityAuthority, stand_ins: IdentityStandIns, mishap: Mishap, error: type[Exception]
) -> None:
    stand_ins.network.fail_next(1, mishap)
    with pytest.raises(error):
        await client.verify("sequence", "credential", now())


@pytest.mark.parametrize(("field", "status"), [("secret", "401"), ("organisation", "403"), ("application", "403")])
async def test_a_server_that_is_not_admitted(access: NetworkIdentityAccess, field: str, status: str) -> None:
    client = NetworkIdentityAuthority(msgspec.structs.replace(access, **{field: "another"}))
    with pytest.raises(ProviderRefusedError) as refused:
        await client.verify("sequence", "credential", now())
    assert refused.value.code == status
    await client.close()


class Forger:
    """Answers as it is told, whatever is asked."""

    def __init__(self) -> None:
        self.body = b""

    def handle(self, *_request: object) -> Answer:
        return Answer(200, {"content-type": "application/jwt"}, self.body)


def good(access: NetworkIdentityAccess) -> dict[str, Any]:
    moment = int(now().timestamp())
    return {
        "aud": access.application,
        "nonce": "sequence",
        "iat": moment,
        "exp": moment + 120,
        "result": "pass",
        "sub": "W1",
        "age_band": "adult",
    }


async def judge(access: NetworkIdentityAccess, body: bytes) -> str:
    """The number that is read from an answer."""
    forger = Forger()
    forger.body = body
    async with answering(forger) as server:
        client = NetworkIdentityAuthority(msgspec.structs.replace(access, url=server.url))
        try:
            return (await client.verify("sequence", "credential", now())).number
        finally:
            await client.close()


async def test_a_genuine_answer(access: NetworkIdentityAccess, stand_ins: IdentityStandIns) -> None:
    assert await judge(access, stand_ins.network.sign(good(access))) == "W1"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"nonce": "another"},
        {"iat": 1, "exp": 200},
        {"exp": 4_000_000_000},
        {"iat": 4_000_000_000, "exp": 4_000_000_100},
        {"sub": ""},
        {"age_band": None},
        {"age_band": "old"},
        {"nonce": None},
    ],
)
async def test_a_signed_answer_to_something_else(
    access: NetworkIdentityAccess, stand_ins: IdentityStandIns, change: dict[str, Any]
) -> None:
    with pytest.raises(ProviderUnavailableError):
        await judge(access, stand_ins.network.sign(good(access) | change))


async def test_the_authoritys_no_is_no(access: NetworkIdentityAccess, stand_ins: IdentityStandIns) -> None:
    with pytest.raises(IdentityNotConfirmedError):
        await judge(access, stand_ins.network.sign(good(access) | {"result": "fail"}))


def _flip(body: bytes) -> bytes:
    return body[:-4] + (b"AAAA" if body[-4:] != b"AAAA" else b"BBBB")


def _alg_none(body: bytes) -> bytes:
    return b"eyJhbGciOiJub25lIiwidHlwIjoibmV0d29yay1pZGVudGl0eStqd3QifQ." + body.split(b".")[1] + b"."


@pytest.mark.parametrize(
    "spoil", [_flip, _alg_none, lambda _body: b"", lambda _body: b"{}", lambda body: body[:40], lambda _body: b"\xff"]
)
async def test_an_answer_that_the_authority_did_not_sign(
    access: NetworkIdentityAccess, stand_ins: IdentityStandIns, spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(ProviderUnavailableError):
        await judge(access, spoil(stand_ins.network.sign(good(access))))


async def test_an_answer_of_another_type_or_key(
    access: NetworkIdentityAccess, stand_ins: IdentityStandIns, tmp_path: Path
) -> None:
    stranger = NetworkIdentityStandIn(access, IdentityFiles(tmp_path), stand_ins.register, now)
    for body in (
        stand_ins.network.sign(good(access), typ="at+jwt"),
        stranger.sign(good(access), typ=TYPE),
    ):
        with pytest.raises(ProviderUnavailableError):
            await judge(access, body)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [{"kty": "oct"}]}',
        b'{"keys": [{"kty": "oct", "k": "AAAA"}]}',
        b'{"keys": 1}',
    ],
)
def test_a_file_without_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="JWK Set"):
        read_keys(path)


def test_what_is_secret_is_not_printed(access: NetworkIdentityAccess) -> None:
    assert access.secret not in repr(access).replace("/v1/development/", "")
