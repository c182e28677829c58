"""The stand-in refuses what Alipay refuses; what it accepts, both SDKs are held to in tests/app/platforms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app.development.alipay import AlipayStandIn, invent_user
from app.development.platform_book import PlatformBook
from push.alipay_gateway import BEIJING
from push.alipay_signing import split_members, write_request
from tests.app.platforms.keys import alipay_keys, app_keys
from tests.harness.clock import Clock

APP_ID = "2021000000000031"
PATH = "/v1/development/alipay/gateway.do"
FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
USER = invent_user(APP_ID, "小明")


@pytest.fixture
def alipay(tmp_path: Path, clock: Clock) -> AlipayStandIn:
    return AlipayStandIn(PlatformBook(tmp_path / "book.sqlite"), app_id=APP_ID, keys=alipay_keys(), now=clock)


def write(alipay: AlipayStandIn, clock: Clock, **changes: str) -> dict[str, str]:
    asked = {
        "app_id": APP_ID,
        "method": "alipay.system.oauth.token",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": clock.now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
        "grant_type": "authorization_code",
        "code": alipay.create_code(USER),
        **changes,
    }
    return {**asked, "sign": app_keys().sign(write_request(asked))}


def ask(alipay: AlipayStandIn, asked: dict[str, str], headers: Any = None) -> dict[str, Any]:
    answer = alipay.handle("POST", PATH, "", FORM if headers is None else headers, urlencode(asked).encode())
    read: dict[str, Any] = json.loads(answer.body)
    for name, (text, _) in split_members(answer.body.decode()).items():
        if name != "sign":
            app_keys().verify(text.encode(), read["sign"])
    return read


def test_a_code_is_good_once(alipay: AlipayStandIn, clock: Clock) -> None:
    asked = write(alipay, clock)
    assert ask(alipay, asked)["alipay_system_oauth_token_response"]["open_id"] == USER.open_id
    assert ask(alipay, asked)["error_response"]["sub_code"] == "isv.code-invalid"
    late = write(alipay, clock)
    clock.turn(301)
    assert ask(alipay, late)["error_response"]["sub_code"] == "isv.code-invalid"


@pytest.mark.parametrize(
    ("changes", "sub_code"),
    [
        ({"app_id": ""}, "isv.missing-app-id"),
        ({"app_id": "2021000000000032"}, "isv.invalid-app-id"),
        ({"method": ""}, "isv.missing-method"),
        ({"method": "alipay.trade.pay"}, "isv.invalid-method"),
        ({"sign_type": ""}, "isv.missing-signature-type"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"charset": "gbk"}, "isv.invalid-charset"),
        ({"format": "xml"}, "isv.invalid-format"),
        ({"version": ""}, "isv.missing-version"),
        ({"version": "2.0"}, "isv.invalid-version"),
        ({"timestamp": ""}, "isv.missing-timestamp"),
        ({"timestamp": "yesterday"}, "isv.invalid-timestamp"),
        ({"timestamp": "2020-01-01 00:00:00"}, "isv.invalid-timestamp"),
        ({"grant_type": "refresh_token"}, "isv.grant-type-invalid"),
        ({"code": ""}, "isv.code-invalid"),
        ({"code": "nobodys"}, "isv.code-invalid"),
    ],
)
def test_a_request_that_is_wrong(alipay: AlipayStandIn, clock: Clock, changes: dict[str, str], sub_code: str) -> None:
    error = ask(alipay, write(alipay, clock, **changes))["error_response"]
    assert error["sub_code"] == sub_code
    assert error["code"] == ("40001" if "missing" in sub_code else "40002")


def test_what_is_not_signed_is_refused(alipay: AlipayStandIn, clock: Clock) -> None:
    good = write(alipay, clock)
    wrong = {
        "isv.missing-signature": {**good, "sign": ""},
        "isv.invalid-signature": {**good, "code": "another"},
    }
    for sub_code, asked in wrong.items():
        assert ask(alipay, asked)["error_response"]["sub_code"] == sub_code
    assert ask(alipay, {**good, "sign": alipay_keys().sign(b"x")})["error_response"]["sub_code"] == (
        "isv.invalid-signature"
    )


def test_forms_alone_are_read(alipay: AlipayStandIn, clock: Clock) -> None:
    good = write(alipay, clock)
    for headers in ({}, {"content-type": "application/json"}):
        assert ask(alipay, good, headers)["error_response"]["sub_code"] == "isv.invalid-parameter"
    for query, body in (("app_id=1", urlencode(good).encode()), ("", b"\xff")):
        answer = alipay.handle("POST", PATH, query, FORM, body)
        assert json.loads(answer.body)["error_response"]["sub_code"] == "isv.invalid-parameter"
    for method, path in (("PUT", PATH), ("POST", "/elsewhere")):
        answer = alipay.handle(method, path, "", FORM, urlencode(good).encode())
        assert json.loads(answer.body)["error_response"]["sub_code"] == "isv.invalid-method"
