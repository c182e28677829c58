"""What each of the service's answers means to the one who asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from app.development.identity_standing_in import IdentityStandIns
from app.development.mishaps import Answer, Mishap
from app.errors import TooManyRequestsError
from app.identity.cloud_auth import CloudAuth, CloudAuthAccess
from app.identity.errors import EvidenceNotOfferedError, IdentityNotConfirmedError
from app.identity.model import FaceOutcome, StartedFace
from app.identity.opening import cloud_auth_access
from app.platforms.errors import ProviderRefusedError, ProviderUnavailableError
from app.settings import Settings
from tests.harness.answering import answering
from tests.harness.identity import now

NUMBER = "11010519491231002X"
EVENING = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
"""An hour before midnight in Beijing."""


@pytest.fixture
async def client(served: tuple[Settings, IdentityStandIns]) -> AsyncGenerator[CloudAuth]:
    access = cloud_auth_access(served[0])
    assert access is not None
    opened = CloudAuth(access, timeout=0.4)
    yield opened
    await opened.close()


async def start(client: CloudAuth, *, name: str = "王小明", number: str = NUMBER) -> StartedFace:
    return await client.start_face(
        order=uuid4().hex, name=name, id_number=number, device="{}", return_url="https://example.org/", now=now()
    )


async def match(client: CloudAuth, moment: datetime | None = None) -> bool:
    return await client.match_carrier(name="王小明", id_number=NUMBER, phone="+8613912345678", now=moment or now())


async def test_a_face_check_from_start_to_end(client: CloudAuth, stand_ins: IdentityStandIns) -> None:
    started = await start(client)
    assert await client.describe_face(started.certify_id, now()) is FaceOutcome.PENDING
    stand_ins.files.complete_face(started.certify_id, "pass")
    stand_ins.files.complete_face(started.certify_id, "fail")
    assert await client.describe_face(started.certify_id, now()) is FaceOutcome.PASSED
    assert await client.describe_face("0" * 32, now()) is FaceOutcome.GONE


async def test_the_carriers(client: CloudAuth, stand_ins: IdentityStandIns) -> None:
    one, other = stand_ins.register.people[:2]

    async def ask(name: str, number: str, phone: str) -> bool:
        return await client.match_carrier(name=name, id_number=number, phone=phone, now=now())

    assert await ask(one.name, one.id_number, one.phone)
    assert not await ask(other.name, one.id_number, one.phone)
    assert not await ask(one.name, other.id_number, one.phone)
    assert not await ask(other.name, other.id_number, one.phone)
    assert not await ask(one.name, one.id_number, "+8613912345678")
    assert await ask("某某", NUMBER, "+8613912345678")
    assert not await ask("某某", NUMBER, "+8617012345678")


@pytest.mark.parametrize("name", ["SMITH, JOHN", "O'Brien"])
async def test_names_that_the_service_cannot_take(client: CloudAuth, name: str) -> None:
    with pytest.raises(IdentityNotConfirmedError):
        await start(client, name=name)


@pytest.mark.parametrize("number", ["911124198108030024", "110105194912310021"])
async def test_numbers_that_the_service_cannot_take(client: CloudAuth, number: str) -> None:
    with pytest.raises(IdentityNotConfirmedError):
        await start(client, number=number)


@pytest.mark.parametrize(
    ("mishap", "error"),
    [
        (Mishap(code="401"), IdentityNotConfirmedError),
        (Mishap(code="417"), IdentityNotConfirmedError),
        (Mishap(code="427"), IdentityNotConfirmedError),
        (Mishap(code="414"), EvidenceNotOfferedError),
        (Mishap(code="400"), ProviderRefusedError),
        (Mishap(code="412"), ProviderRefusedError),
        (Mishap(code="InvalidAccessKeyId.NotFound", status=404), ProviderRefusedError),
        (Mishap(code="500"), ProviderUnavailableError),
        (Mishap(code="Throttling.User", status=400), ProviderUnavailableError),
        (Mishap(code="ServiceUnavailable", status=503), ProviderUnavailableError),
        (Mishap(close=True), ProviderUnavailableError),
        (Mishap(delay=1.0), ProviderUnavailableError),
    ],
)
async def test_what_goes_wrong(
    client: CloudAuth, stand_ins: IdentityStandIns, mishap: Mishap, error: type[Exception]
) -> None:
    stand_ins.cloud_auth.fail_next(1, mishap)
    with pytest.raises(error):
        await start(client)
    assert (await start(client)).url


async def test_too_many_faces_today_may_come_again_tomorrow(client: CloudAuth, stand_ins: IdentityStandIns) -> None:
    stand_ins.cloud_auth.fail_next(1, Mishap(code="418"))
    with pytest.raises(TooManyRequestsError) as refused:
        await client.start_face(
            order=uuid4().hex, name="王小明", id_number=NUMBER, device="{}", return_url=None, now=now()
        )
    assert 0 < (refused.value.retry_after or 0) <= 86401


async def test_a_clock_that_is_off_is_our_fault(client: CloudAuth) -> None:
    with pytest.raises(ProviderRefusedError) as refused:
        await match(client, datetime(2020, 1, 1, tzinfo=UTC))
    assert refused.value.code == "InvalidTimeStamp.Expired"


async def test_a_wrong_secret_is_our_fault(served: tuple[Settings, IdentityStandIns]) -> None:
    access = cloud_auth_access(served[0])
    assert access is not None
    assert "development" not in repr(access).replace("/v1/development/", "")
    wrong = CloudAuth(msgspec.structs.replace(access, access_key_secret="wrong"))
    with pytest.raises(ProviderRefusedError) as refused:
        await match(wrong)
    assert refused.value.code == "SignatureDoesNotMatch"
    await wrong.close()


class Fixed:
    """Answers everything alike, and counts."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.body = body
        self.status = status
        self.asked = 0

    def handle(self, *_request: object) -> Answer:
        self.asked += 1
        return Answer(self.status, {"content-type": "application/json"}, self.body)


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b"{}", b'{"Code":"200"}', b'{"Code":"200","ResultObject":{}}', b'{"Code":200}']
)
async def test_an_answer_that_says_nothing_proves_nothing(body: bytes) -> None:
    async with answering(Fixed(body)) as server:
        client = CloudAuth(CloudAuthAccess(server.url, "key", "secret", "1"))
        for question in (match(client), start(client), client.describe_face("x", now())):
            with pytest.raises((ProviderUnavailableError, ProviderRefusedError)):
                await question
        await client.close()


async def test_an_authority_that_is_away_is_left_alone() -> None:
    async with answering(Fixed(b"{}", status=502)) as server:
        client = CloudAuth(CloudAuthAccess(server.url, "key", "secret", "1"))
        for _ in range(12):
            with pytest.raises(ProviderUnavailableError):
                await match(client)
        assert server.stand_in.asked <= 6
        await client.close()


async def test_a_longer_code_could_hold_a_number_and_is_not_kept() -> None:
    async with answering(Fixed(b'{"Code":"11010519491231002X"}')) as server:
        client = CloudAuth(CloudAuthAccess(server.url, "key", "secret", "1"))
        with pytest.raises(ProviderRefusedError) as refused:
            await match(client)
        assert refused.value.code == "no-code"
        await client.close()
