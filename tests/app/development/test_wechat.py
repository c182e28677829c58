"""The stand-in refuses what WeChat refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import zxingcpp
from PIL import Image

from app.development.platform_book import PlatformBook
from app.development.wechat import WeChatStandIn, invent_user
from tests.harness.clock import Clock

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""No other kind: a reader of all finds numbers in noise now and then."""

APP = {"app_id": "wx0000000000000031", "secret": "s3cret"}
JSON = {"content-type": "application/json"}
USER = invent_user(APP["app_id"], "小明")
LOGIN = {"appid": APP["app_id"], "secret": APP["secret"], "grant_type": "authorization_code"}
TOKEN = {"appid": APP["app_id"], "secret": APP["secret"], "grant_type": "client_credential"}


@pytest.fixture
def wechat(tmp_path: Path, clock: Clock) -> WeChatStandIn:
    book = PlatformBook(tmp_path / "book.sqlite")
    return WeChatStandIn(book, app_id=APP["app_id"], secret=APP["secret"], now=clock)


def get(wechat: WeChatStandIn, path: str, **query: str) -> dict[str, Any]:
    answer = wechat.handle("GET", path, urlencode(query), {}, b"")
    read: dict[str, Any] = json.loads(answer.body)
    return read


def post(wechat: WeChatStandIn, path: str, content: object, token: str = "", headers: Any = None) -> Any:
    query = urlencode({"access_token": token}) if token else ""
    answer = wechat.handle("POST", path, query, JSON if headers is None else headers, json.dumps(content).encode())
    return json.loads(answer.body) if answer.headers["content-type"].startswith("application/json") else answer.body


def fetch_token(wechat: WeChatStandIn, **more: Any) -> str:
    token: str = post(wechat, "/cgi-bin/stable_token", {**TOKEN, **more})["access_token"]
    return token


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wx9"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "other"}, 40125),
        ({"grant_type": "client_credential"}, 40002),
        ({"js_code": ""}, 41008),
        ({"js_code": "nobodys"}, 40029),
    ],
)
def test_a_log_in_that_is_wrong(wechat: WeChatStandIn, changes: dict[str, str], errcode: int) -> None:
    code = wechat.create_code(USER)
    assert get(wechat, "/sns/jscode2session", **{**LOGIN, "js_code": code, **changes})["errcode"] == errcode
    assert get(wechat, "/sns/jscode2session", **LOGIN, js_code=code)["openid"] == USER.open_id


def test_a_code_is_good_once_for_five_minutes_and_for_its_own_call(wechat: WeChatStandIn, clock: Clock) -> None:
    code = wechat.create_code(USER)
    assert get(wechat, "/sns/jscode2session", **LOGIN, js_code=code)["unionid"] == USER.union_id
    assert get(wechat, "/sns/jscode2session", **LOGIN, js_code=code)["errcode"] == 40163
    late, phone_code = wechat.create_code(USER), wechat.create_phone_code(USER)
    assert get(wechat, "/sns/jscode2session", **LOGIN, js_code=phone_code)["errcode"] == 40029
    clock.turn(301)
    assert get(wechat, "/sns/jscode2session", **LOGIN, js_code=late)["errcode"] == 40029


def test_methods_and_paths_are_those_of_wechat(wechat: WeChatStandIn) -> None:
    assert post(wechat, "/sns/jscode2session", {})["errcode"] == 43001
    assert get(wechat, "/cgi-bin/stable_token")["errcode"] == 43002
    assert get(wechat, "/cgi-bin/other")["errcode"] == 40066
    assert post(wechat, "/cgi-bin/stable_token", TOKEN, headers={"content-type": "text/plain"})["errcode"] == 47001
    assert post(wechat, "/cgi-bin/stable_token", [])["errcode"] == 47001
    doubled = wechat.handle("GET", "/sns/jscode2session", "appid=a&appid=b", {}, b"")
    assert json.loads(doubled.body)["errcode"] == 40097


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"grant_type": "x"}, 40002),
        ({"appid": "wx9"}, 40013),
        ({"secret": "other"}, 40125),
        ({"secret": None}, 41004),
        ({"force_refresh": "yes"}, 47001),
    ],
)
def test_a_token_that_is_asked_for_wrongly(wechat: WeChatStandIn, changes: dict[str, Any], errcode: int) -> None:
    assert post(wechat, "/cgi-bin/stable_token", {**TOKEN, **changes})["errcode"] == errcode


def test_a_token_is_stable_long_and_ends(wechat: WeChatStandIn, clock: Clock) -> None:
    token = fetch_token(wechat)
    assert len(token) >= 512
    clock.turn(3600)
    again = post(wechat, "/cgi-bin/stable_token", TOKEN)
    assert again == {"access_token": token, "expires_in": 3600}
    clock.turn(3601)
    assert post(wechat, "/wxa/business/getuserphonenumber", {"code": "x"}, token)["errcode"] == 42001
    assert post(wechat, "/wxa/business/getuserphonenumber", {"code": "x"}, "made-up")["errcode"] == 40001
    assert post(wechat, "/wxa/business/getuserphonenumber", {"code": "x"})["errcode"] == 41001
    assert fetch_token(wechat) != token


def test_a_forced_token_overlaps_with_the_one_before(wechat: WeChatStandIn, clock: Clock) -> None:
    first = fetch_token(wechat)
    second = fetch_token(wechat, force_refresh=True)
    assert second != first
    assert fetch_token(wechat, force_refresh=True) == second, "within 30 seconds nothing new is made"
    assert fetch_token(wechat) == second
    clock.turn(299)
    assert post(wechat, "/wxa/business/getuserphonenumber", {"code": "x"}, first)["errcode"] == 40029
    clock.turn(2)
    assert post(wechat, "/wxa/business/getuserphonenumber", {"code": "x"}, first)["errcode"] == 42001
    for _ in range(19):
        clock.turn(31)
        assert fetch_token(wechat, force_refresh=True) != second
    assert post(wechat, "/cgi-bin/stable_token", {**TOKEN, "force_refresh": True})["errcode"] == 45009


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"scene": ""}, 40129),
        ({"scene": "x" * 33}, 40129),
        ({"scene": "你好"}, 40129),
        ({"page": "/pages/index"}, 41030),
        ({"page": "pages/index?x=1"}, 41030),
        ({"width": 279}, 40097),
        ({"width": "430"}, 40097),
        ({"env_version": "beta"}, 40097),
    ],
)
def test_an_image_that_is_asked_for_wrongly(wechat: WeChatStandIn, changes: dict[str, Any], errcode: int) -> None:
    asked = {"scene": "v=1", "page": "pages/index", **changes}
    assert post(wechat, "/wxa/getwxacodeunlimit", asked, fetch_token(wechat))["errcode"] == errcode


def test_an_image_can_be_scanned(wechat: WeChatStandIn) -> None:
    drawn = post(wechat, "/wxa/getwxacodeunlimit", {"scene": "v=1", "page": "pages/a"}, fetch_token(wechat))
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)), formats=_QR)
    assert read.text.endswith("/pages/a?scene=v=1")


def test_a_name_is_always_the_same_person() -> None:
    assert invent_user("a", "x") == invent_user("a", "x")
    assert invent_user("a", "x").open_id != invent_user("b", "x").open_id
    assert invent_user("a", "x").union_id == invent_user("b", "x").union_id != invent_user("a", "y").union_id
    assert len(invent_user("a", "x").open_id) == 28
