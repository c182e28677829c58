"""The registry's client against the strict stand-in, whatever goes wrong between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.development.enterprise_registry import (
    EnterpriseRegistryStandIn,
    Registered,
    RegistryFiles,
    stand_in_registry_access,
)
from app.development.mishaps import Answer, Mishap
from app.enterprises.credit_codes import CreditCode, make_credit_code, read_credit_code
from app.enterprises.errors import EnterpriseUnknownError
from app.enterprises.model import CompanyState, RegistryAnswer
from app.enterprises.registry import Envelope, RegistryClient, sign
from app.errors import InvalidError
from app.platforms.errors import ProviderRefusedError, ProviderUnavailableError
from app.settings import Settings
from tests.harness.answering import AnsweringServer, answering
from tests.harness.identity import now

CODE = make_credit_code("MA00TEST".replace("S", "5"), division="310101")
ENTRY = Registered(CODE.text, "随行测试有限公司", "李静怡", "310101198806229024")
PURPOSE = "测试"


@pytest.fixture
async def server(settings: Settings) -> AsyncGenerator[AnsweringServer[EnterpriseRegistryStandIn]]:
    async with answering(EnterpriseRegistryStandIn(settings, "", now)) as running:
        running.stand_in.files.put(ENTRY)
        yield running


@pytest.fixture
async def client(server: AnsweringServer[EnterpriseRegistryStandIn]) -> AsyncGenerator[RegistryClient]:
    made = RegistryClient(stand_in_registry_access(server.url), timeout=0.5)
    yield made
    await made.close()


async def ask(
    client: RegistryClient,
    code: CreditCode = CODE,
    *,
    name: str = ENTRY.representative_name,
    id_number: str = ENTRY.representative_id_number,
    purpose: str = PURPOSE,
) -> RegistryAnswer:
    return await client.ask(code, name=name, id_number=id_number, purpose=purpose, now=now())


async def test_a_representative_is_confirmed(client: RegistryClient, server: AnsweringServer[Any]) -> None:
    answer = await ask(client)
    assert answer == RegistryAnswer(CODE.text, ENTRY.name, CompanyState.ACTIVE, representative_matches=True)
    assert server.stand_in.purposes == [PURPOSE]


@pytest.mark.parametrize(
    ("name", "id_number"),
    [
        ("周文", ENTRY.representative_id_number),
        (ENTRY.representative_name, "310101197912039059"),
        ("", ENTRY.representative_id_number),
    ],
    ids=["another name", "a namesake", "no name"],
)
async def test_anybody_else_is_not(client: RegistryClient, name: str, id_number: str) -> None:
    assert (await ask(client, name=name, id_number=id_number)).representative_matches is False


async def test_the_answer_says_nothing_of_the_person(client: RegistryClient) -> None:
    answer = msgspec.json.encode(await ask(client, name="周文")).decode()
    assert ENTRY.representative_name not in answer
    assert ENTRY.representative_id_number not in answer


@pytest.mark.parametrize("state", CompanyState)
async def test_what_has_become_of_a_company_is_told(
    client: RegistryClient, server: AnsweringServer[Any], state: CompanyState
) -> None:
    server.stand_in.files.put(msgspec.structs.replace(ENTRY, state=state))
    assert (await ask(client)).state is state


async def test_an_unknown_company(client: RegistryClient) -> None:
    with pytest.raises(EnterpriseUnknownError):
        await ask(client, read_credit_code("91110000600037341L"))


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap(code="429"),
        Mishap(code="500"),
        Mishap(code="x", status=503),
        Mishap(close=True),
        Mishap(delay=2.0),
    ],
)
async def test_a_registry_that_is_away_is_unavailable(
    client: RegistryClient, server: AnsweringServer[Any], mishap: Mishap
) -> None:
    server.stand_in.fail_next(1, mishap)
    with pytest.raises(ProviderUnavailableError) as refused:
        await ask(client)
    assert "registry" in refused.value.detail


async def test_a_registry_that_stays_away_is_left_alone(client: RegistryClient, server: AnsweringServer[Any]) -> None:
    server.stand_in.fail_next(30, Mishap(code="x", status=503))
    for _ in range(30):
        with pytest.raises(ProviderUnavailableError):
            await ask(client)
    assert len(server.requests) < 30


@pytest.mark.parametrize(
    "changes", [{"requester": "somebody"}, {"service": "another"}, {"secret": "guessed"}], ids=["rid", "sid", "sign"]
)
async def test_the_stand_in_is_strict_about_who_asks(server: AnsweringServer[Any], changes: dict[str, str]) -> None:
    access = msgspec.structs.replace(stand_in_registry_access(server.url), **changes)
    stranger = RegistryClient(access)
    with pytest.raises(ProviderRefusedError) as refused:
        await ask(stranger)
    assert refused.value.code == "401"
    await stranger.close()


async def test_a_clock_that_is_wrong_is_refused(client: RegistryClient) -> None:
    with pytest.raises(ProviderRefusedError):
        await client.ask(CODE, name="", id_number="", purpose=PURPOSE, now=now() - timedelta(minutes=6))


async def test_a_purpose_is_never_left_out_or_too_long(client: RegistryClient, server: AnsweringServer[Any]) -> None:
    with pytest.raises(ProviderRefusedError):
        await ask(client, purpose="")
    await ask(client, purpose="长" * 300)
    assert [len(purpose) for purpose in server.stand_in.purposes] == [200]


class _Saying:
    """Answers everything with one body."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self._answer = Answer(status, {}, body)

    def handle(self, *_: object) -> Answer:
        return self._answer


_OTHER = RegistryAnswer("91110000600037341L", "别的公司", CompanyState.ACTIVE, representative_matches=True)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", ProviderUnavailableError),
        (b"<html>", ProviderUnavailableError),
        (msgspec.json.encode(Envelope("200")), ProviderUnavailableError),
        (msgspec.json.encode(Envelope("200", data=_OTHER)), ProviderUnavailableError),
        (msgspec.json.encode(Envelope("999")), ProviderRefusedError),
        (b'{"code":"200","data":{"name":"x"}}', ProviderUnavailableError),
    ],
    ids=["empty", "html", "no answer", "another company", "unknown code", "incomplete"],
)
async def test_an_answer_that_cannot_be_is_no_answer(body: bytes, error: type[Exception]) -> None:
    async with answering(_Saying(body)) as server:
        client = RegistryClient(stand_in_registry_access(server.url))
        with pytest.raises(error):
            await ask(client)
        await client.close()


async def test_a_status_that_is_no_answer_is_a_refusal() -> None:
    async with answering(_Saying(b"", 403)) as server:
        client = RegistryClient(stand_in_registry_access(server.url))
        with pytest.raises(ProviderRefusedError):
            await ask(client)
        await client.close()


def test_the_signature_is_the_platforms() -> None:
    """HMAC-SHA256 of service, requester and time, in Base64: computed by `openssl dgst -sha256 -hmac key`."""
    access = msgspec.structs.replace(stand_in_registry_access(""), requester="rid", service="sid", secret="key")
    assert sign(access, "1700000000000") == "ijmLGEDWDcan1egNajV+jUJ1S5AF+9nu91+D+DwfKNU="


def test_what_is_asked_and_the_secret_are_not_printed() -> None:
    assert "development-only" not in repr(stand_in_registry_access("http://x"))


def test_a_company_that_cannot_be_is_not_registered(settings: Settings) -> None:
    with pytest.raises(InvalidError):
        RegistryFiles(settings).put(msgspec.structs.replace(ENTRY, unified_social_credit_code="x"))


async def test_many_questions_at_once(client: RegistryClient) -> None:
    answers = await asyncio.gather(*(ask(client) for _ in range(20)))
    assert all(answer.representative_matches for answer in answers)
