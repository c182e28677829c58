"""The invented mini-programs of a development server, through the clients that the real ones have."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from app.development.mini_programs import ALIPAY_APP_ID, WECHAT_APP_ID
from app.platforms.errors import AppUnknownError, LoginCodeInvalidError
from tests.api.harness import Api, slug_of

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""No other kind: a reader of all finds numbers in noise now and then."""


async def create_code(api: Api, platform: str, user: str, **more: str) -> dict[str, Any]:
    made = await api.post("/v1/development/mini-program-codes", json={"platform": platform, "user": user, **more})
    assert made.status_code == 201, made.text
    code: dict[str, Any] = made.json()
    return code


async def test_a_wechat_code_logs_one_person_in_once(api: Api) -> None:
    made = await create_code(api, "wechat", "小明")
    assert made["app_id"] == WECHAT_APP_ID
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    login = await api.services.platforms.exchange_wechat(made["app_id"], made["code"])
    assert (login.platform, login.app_id) == ("wechat", WECHAT_APP_ID)
    assert login.union_id is not None
    with pytest.raises(LoginCodeInvalidError, match="used"):
        await api.services.platforms.exchange_wechat(made["app_id"], made["code"])
    again = await create_code(api, "wechat", "小明")
    other = await create_code(api, "wechat", "小红")
    assert await api.services.platforms.exchange_wechat(WECHAT_APP_ID, again["code"]) == login
    assert await api.services.platforms.exchange_wechat(WECHAT_APP_ID, other["code"]) != login


async def test_an_alipay_code_logs_one_person_in_once(api: Api) -> None:
    made = await create_code(api, "alipay", "小明")
    assert made["phone_code"] is None
    login = await api.services.platforms.exchange_alipay(ALIPAY_APP_ID, made["code"])
    assert (login.platform, login.app_id) == ("alipay", ALIPAY_APP_ID)
    with pytest.raises(LoginCodeInvalidError):
        await api.services.platforms.exchange_alipay(ALIPAY_APP_ID, made["code"])
    again = await create_code(api, "alipay", "小明")
    assert await api.services.platforms.exchange_alipay(ALIPAY_APP_ID, again["code"]) == login


async def test_a_phone_is_told_once(api: Api) -> None:
    made = await create_code(api, "wechat", "小明", phone="13912345678")
    assert await api.services.platforms.read_wechat_phone(WECHAT_APP_ID, made["phone_code"]) == "+8613912345678"
    with pytest.raises(LoginCodeInvalidError):
        await api.services.platforms.read_wechat_phone(WECHAT_APP_ID, made["phone_code"])


async def test_a_code_image_says_where_it_leads(api: Api) -> None:
    drawn = await api.services.platforms.draw_wechat_code(WECHAT_APP_ID, "v=0190", "pages/venue/venue")
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)), formats=_QR)
    assert read.text.endswith(f"/{WECHAT_APP_ID}/pages/venue/venue?scene=v=0190")


@pytest.mark.parametrize("app_id", ["wx0000000000000099", ALIPAY_APP_ID, ""])
async def test_an_app_of_somebody_else_is_not_asked_for(api: Api, app_id: str) -> None:
    with pytest.raises(AppUnknownError):
        await api.services.platforms.exchange_wechat(app_id, "code")
    assert api.services.platforms.app_ids() == [WECHAT_APP_ID, ALIPAY_APP_ID]


@pytest.mark.parametrize("wrong", [{"platform": "qq"}, {"user": ""}, {"user": "x" * 65}, {"phone": "12345678901"}])
async def test_what_is_wrong_in_asking_for_a_code(api: Api, wrong: dict[str, str]) -> None:
    response = await api.post("/v1/development/mini-program-codes", json={"platform": "wechat", "user": "x"} | wrong)
    assert slug_of(response) == "invalid-request"


async def test_the_stand_ins_are_mounted(api: Api) -> None:
    """Over the server's own routes, as a development server without a file of mini-programs asks itself."""
    wechat = await api.get("/v1/development/wechat/sns/jscode2session", params={"appid": WECHAT_APP_ID})
    assert wechat.json()["errcode"] == 41004
    alipay = await api.post("/v1/development/alipay/gateway.do", params={"method": "alipay.system.oauth.token"})
    assert alipay.json()["error_response"]["sub_code"] == "isv.missing-app-id"
    assert (await api.get("/v1/development/alipay/elsewhere")).status_code == 404
