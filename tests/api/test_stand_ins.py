"""What a development server has in place of the world outside."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from api.services import now
from app.demo import write_demo
from app.development.pushes import PushBook, SentPush
from app.development.pushing import APNS_PATH, TOPIC, invent_token
from app.development.standing_in import ACCESS_KEY_ID, ACCESS_KEY_SECRET, SMS_PATH, open_text_file
from app.development.texts import SentText
from push import acs3
from push.alibaba import ACTION, VERSION
from tests.api.harness import BASE, Api, invent_phone, slug_of


def keep_text(api: Api, phone: str, otp: str) -> None:
    open_text_file(api.services.settings).append(SentText(to=phone, text=f"验证码{otp}", otp=otp, sent_at=now()))


async def test_texts_are_shown_newest_first(api: Api) -> None:
    phone, other = invent_phone(), invent_phone()
    for to, otp in ((phone, "111111"), (other, "222222"), (phone, "333333")):
        keep_text(api, to, otp)
    response = await api.get("/v1/development/texts", params={"phone": phone[3:]})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    items = response.json()["items"]
    assert [(item["to"], item["otp"]) for item in items] == [(phone, "333333"), (phone, "111111")]
    assert items[0].keys() == {"to", "text", "otp", "sent_at"}


@pytest.mark.parametrize("params", [{"phone": "x"}, {"phone": "021 6598 1234"}, {"phone": "1" * 33}])
async def test_texts_are_of_one_phone(api: Api, params: dict[str, str]) -> None:
    response = await api.get("/v1/development/texts", params=params)
    assert slug_of(response) == "invalid-request"
    assert [error["pointer"] for error in response.json()["errors"]] == ["/phone"]


async def test_demo_people_are_those_of_the_file(api: Api) -> None:
    data = api.services.settings.data
    assert slug_of(await api.get("/v1/development/people")) == "not-found"
    write_demo(api.services.settings, {"residents": [{"name": "王小明"}], "province": "31"})
    try:
        response = await api.get("/v1/development/people")
        assert response.json() == {"items": [{"name": "王小明"}], "province": "31"}
    finally:
        (data / "demo.json").unlink()


async def send_text(api: Api, phone: str, **changes: str) -> tuple[int, str]:
    """A signed request as the worker sends it; (status, code)."""
    nonce = changes.get("nonce", uuid4().hex)
    query = acs3.write_query(
        {
            "PhoneNumbers": phone,
            "SignName": "随行",
            "TemplateCode": "SMS_000000001",
            "TemplateParam": '{"code":"123456"}',
        }
    )
    headers = acs3.write_headers(
        action=ACTION, version=VERSION, host=BASE.removeprefix("http://"), body=b"", at=now(), nonce=nonce
    )
    signature = acs3.sign("POST", SMS_PATH, query, headers, secret=changes.get("secret", ACCESS_KEY_SECRET))
    authorization = acs3.authorize(ACCESS_KEY_ID, headers, signature)
    response = await api.post(f"{SMS_PATH}?{query}", headers={**headers, "Authorization": authorization})
    return response.status_code, response.json()["Code"]


async def test_the_gateway_takes_what_is_signed(api: Api) -> None:
    phone = invent_phone()
    assert await send_text(api, phone[3:], nonce="n-1" + phone) == (200, "OK")
    assert await send_text(api, phone[3:], nonce="n-1" + phone) == (400, "SignatureNonceUsed")
    assert await send_text(api, phone[3:], secret="another") == (400, "SignatureDoesNotMatch")
    items = (await api.get("/v1/development/texts", params={"phone": phone})).json()["items"]
    assert [item["otp"] for item in items] == ["123456"]


async def test_pushes_are_shown_newest_first(api: Api) -> None:
    phone, book = invent_token(str(uuid4())), PushBook(api.services.settings.data)
    push = SentPush(channel="apns", app_id=TOPIC, to=phone, title="t", body="1", shown_as="a", sent_at=now())
    for change in ({}, {"body": "2", "shown_as": "b"}, {"body": "3"}):
        book.append(msgspec.structs.replace(push, **change))
    response = await api.get("/v1/development/pushes", params={"to": phone})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert [item["body"] for item in response.json()["items"]] == ["3", "2"]  # which took the place of the first


async def test_apples_stand_in_refuses_whoever_has_no_key(api: Api) -> None:
    response = await api.post(f"{APNS_PATH}/production/3/device/{invent_token('x')}", json={"aps": {}})
    assert (response.status_code, response.json()) == (403, {"reason": "MissingProviderToken"})
