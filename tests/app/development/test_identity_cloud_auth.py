"""The stand-in refuses what the real service would, so that no mistake waits for production to be found."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from app.development.identity_cloud_auth import CloudAuthStandIn
from app.development.identity_files import IdentityFiles
from app.development.identity_register import IdentityRegister
from app.identity.cloud_auth import FORM, VERSION, CloudAuthAccess
from push import acs3
from tests.harness.clock import Clock

ACCESS = CloudAuthAccess("http://127.0.0.1:8000/", "key", "secret", "1000000001")
FACE = {
    "SceneId": "1000000001",
    "ProductCode": "ID_PRO",
    "CertType": "IDENTITY_CARD",
    "CertName": "某某",
    "CertNo": "11010519491231002X",
    "MetaInfo": "{}",
}
CARRIER = {"ParamType": "normal", "IdentifyNum": "11010519491231002X", "UserName": "某某", "Mobile": "13912345678"}
MODEL = {"Model": "LIVENESS"}


class Client:
    """Signs requests rightly; `media_type` spoils what the body is said to be."""

    def __init__(self, stand_in: CloudAuthStandIn, clock: Clock) -> None:
        self._stand_in = stand_in
        self._clock = clock

    def ask(
        self, action: str, query: dict[str, str], form: dict[str, str], *, media_type: str = FORM, body: bytes = b""
    ) -> dict[str, Any]:
        written, content = acs3.write_query(query), body or acs3.write_query(form).encode()
        headers = acs3.write_headers(
            action=action,
            version=VERSION,
            host="127.0.0.1:8000",
            body=content,
            at=self._clock.now,
            nonce=uuid4().hex,
        )
        headers["content-type"] = media_type
        signature = acs3.sign("POST", "/", written, headers, secret="secret")
        headers["authorization"] = acs3.authorize("key", headers, signature)
        answer = self._stand_in.handle("POST", "/", written, headers, content)
        return {"status": answer.status, **msgspec.json.decode(answer.body)}

    def start(self, **changes: str) -> dict[str, Any]:
        query = {**FACE, "OuterOrderNo": uuid4().hex, **changes}
        return self.ask("InitFaceVerify", {name: value for name, value in query.items() if value}, MODEL)


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> Client:
    register = IdentityRegister("31", clock.now)
    stand_in = CloudAuthStandIn(
        ACCESS, IdentityFiles(tmp_path), register, page_url=lambda check_id: f"/{check_id}", now=clock
    )
    return Client(stand_in, clock)


def test_a_right_request_is_taken(client: Client) -> None:
    started = client.start()
    assert (started["status"], started["Code"]) == (200, "200")
    query = {"SceneId": "1000000001", "CertifyId": started["ResultObject"]["CertifyId"]}
    assert client.ask("DescribeFaceVerify", query, {})["Code"] == "424"
    assert client.ask("Mobile3MetaDetailVerify", {}, CARRIER)["ResultObject"]["BizCode"] == "1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SceneId": ""}, "400"),
        ({"CertName": ""}, "400"),
        ({"MetaInfo": ""}, "400"),
        ({"SceneId": "2"}, "404"),
        ({"OuterOrderNo": "x"}, "401"),
        ({"ProductCode": "LR_FR"}, "401"),
        ({"CertType": "PASSPORT"}, "401"),
        ({"CertName": "John"}, "401"),
        ({"CertNo": "110105194912310021"}, "401"),
        ({"CertNo": "911124198108030024"}, "401"),
        ({"MetaInfo": "none"}, "401"),
    ],
)
def test_a_face_check_that_cannot_begin(client: Client, changes: dict[str, str], code: str) -> None:
    assert client.start(**changes)["Code"] == code


def test_an_order_names_one_check(client: Client) -> None:
    order = uuid4().hex
    assert [client.start(OuterOrderNo=order)["Code"] for _ in range(2)] == ["200", "401"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"ParamType": "md5"}, "401"), ({"Mobile": "+8613912345678"}, "401"), ({"UserName": ""}, "400")],
)
def test_a_carrier_that_cannot_be_asked(client: Client, changes: dict[str, str], code: str) -> None:
    assert client.ask("Mobile3MetaDetailVerify", {}, CARRIER | changes)["Code"] == code


def test_a_body_is_a_form(client: Client) -> None:
    plain = client.ask("Mobile3MetaDetailVerify", {}, CARRIER, media_type="application/json")
    assert (plain["status"], plain["Code"]) == (400, "UnsupportedMediaType")
    for body in (b"UserName", b"a=1&a=2", b"a=%ff"):
        assert client.ask("Mobile3MetaDetailVerify", {}, {}, body=body)["Code"] == "InvalidParameter"


def test_the_carriers_say_what_differs(client: Client) -> None:
    register = IdentityRegister("31", Clock().now)
    one, other = register.people[:2]

    def sub_code(name: str, number: str) -> str:
        form = CARRIER | {"UserName": name, "IdentifyNum": number, "Mobile": one.phone.removeprefix("+86")}
        found: str = client.ask("Mobile3MetaDetailVerify", {}, form)["ResultObject"]["SubCode"]
        return found

    assert sub_code(one.name, one.id_number) == "101"
    assert sub_code(other.name, other.id_number) == "201"
    assert sub_code(one.name, other.id_number) == "202"
    assert sub_code(other.name, one.id_number) == "203"
