"""What we sign, seal, verify and open, against implementations that are not ours: both ways."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from app.development.alipay import AlipayStandIn, invent_user
from app.development.mini_programs import ALIPAY_APP_ID
from app.development.platform_pushes import WeChatPusher, write_body
from app.platforms.errors import CallbackSignatureInvalidError
from app.platforms.wechat_callbacks import SignedQuery, WeChatCallbackKeys, open_push, verify_query, write_signature
from push.alipay_signing import write_notification, write_request
from tests.app.platforms.keys import alipay_keys, app_keys, both_sides, to_pkcs1
from tests.app.platforms.oracles import ask_community, ask_official, ask_wechatpy
from tests.harness.answering import AnsweringServer

REQUESTS: list[dict[str, str]] = [
    {
        "app_id": ALIPAY_APP_ID,
        "method": "alipay.system.oauth.token",
        "format": "json",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-11-21 20:00:00",
        "version": "1.0",
        "grant_type": "authorization_code",
        "code": "4b203fe6c11548bcabd8da5bb087a83b",
    },
    {"biz_content": '{"名":"值 &=+%2F\\/","空":""}', "method": "a", "b": "=&", "B": "上海"},
    {"a": "1", "A": "2", "_": "3", "a1": "4", "á": "5", "😀": "6"},
]
WECHAT: dict[str, Any] = {
    "token": "AAAAA",
    "aes_key": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    "app_id": "wx0001",
}
KEYS = WeChatCallbackKeys(WECHAT["token"], WECHAT["aes_key"])
TEXTS = ["", "{}", '{"Event":"订阅"}', "<xml><Event><![CDATA[关闭]]></Event></xml>", "长" * 5000, "x" * 31, "y" * 32]


def test_requests_are_signed_as_alipays_own_sdk_does() -> None:
    private_key = to_pkcs1(both_sides().app_private_key)
    theirs = ask_official([{"parameters": each, "private_key": private_key} for each in REQUESTS])
    for request, their in zip(REQUESTS, theirs, strict=True):
        assert write_request(request).decode() == their["content"]
        assert app_keys().sign(write_request(request)) == their["sign"]


def test_requests_are_signed_as_the_community_sdk_does() -> None:
    keys = {"private_key": both_sides().app_private_key, "public_key": both_sides().alipay_public_key}
    theirs = ask_community([{"parameters": each, **keys} for each in REQUESTS])
    assert [app_keys().sign(write_request(request)) for request in REQUESTS] == theirs


def test_alipays_own_sdk_verifies_what_we_sign() -> None:
    sign = app_keys().sign(b"content")
    questions = [
        {"content": content, "sign": sign, "public_key": both_sides().app_public_key}
        for content in ("content", "Content")
    ]
    assert ask_official(questions) == [True, False]


def test_notifications_are_verified_as_the_community_sdk_does() -> None:
    keys = {"private_key": both_sides().app_private_key, "public_key": both_sides().alipay_public_key}
    forms = [{**request, "sign_type": "RSA2", "empty": ""} for request in REQUESTS]
    signed = [{**form, "sign": alipay_keys().sign(write_notification(form))} for form in forms]
    altered = [{**form, "empty": "full"} for form in signed]
    assert ask_community([{"form": form, **keys} for form in signed + altered]) == [True] * 3 + [False] * 3


async def test_both_sdks_log_in_at_the_stand_in(alipay_server: AnsweringServer[AlipayStandIn]) -> None:
    """So that its strictness is no invention of ours, and its signature one that others accept."""
    user = invent_user(ALIPAY_APP_ID, "小明")
    for ask in (ask_official, ask_community):
        question = {
            "gateway": alipay_server.url,
            "app_id": ALIPAY_APP_ID,
            "private_key": to_pkcs1(both_sides().app_private_key),
            "public_key": both_sides().alipay_public_key,
            "code": alipay_server.stand_in.create_code(user),
        }
        [login, again] = await asyncio.to_thread(ask, [question, question])
        assert (login["open_id"], login["union_id"]) == (user.open_id, user.union_id)
        assert "isv.code-invalid" in str(again) or "40002" in str(again)


def test_signatures_are_those_of_wechatpy() -> None:
    parts = [("AAAAA", "1714036504", "1514711492"), ("token", "1", "随行"), ("b", "a", "")]
    assert [write_signature(*each) for each in parts] == ask_wechatpy([{"parts": list(each)} for each in parts])
    verify_query(KEYS, SignedQuery("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"))


def test_what_wechatpy_seals_is_opened() -> None:
    asked = [{**WECHAT, "text": text, "nonce": "1514711492", "timestamp": "1714036504"} for text in TEXTS]
    for text, sealed in zip(TEXTS, ask_wechatpy(asked), strict=True):
        query = SignedQuery("1714036504", "1514711492", msg_signature=sealed["signature"])
        assert open_push(KEYS, WECHAT["app_id"], query, sealed["body"].encode()).decode() == text
        with pytest.raises(CallbackSignatureInvalidError):
            open_push(KEYS, "wx0002", query, sealed["body"].encode())


def test_what_the_stand_in_seals_wechatpy_opens(clock: Any) -> None:
    at: datetime = clock.now
    questions: list[dict[str, Any]] = []
    for text in TEXTS[1:]:
        pusher = WeChatPusher(WECHAT["app_id"], WECHAT["token"], WECHAT["aes_key"])
        query, _ = pusher.push({}, at)
        sealed = pusher.seal(text.encode())
        signature = write_signature(WECHAT["token"], query["timestamp"], query["nonce"], sealed)
        for body_format in ("json", "xml"):
            body = write_body({"Encrypt": sealed}, body_format).decode()
            question = {**WECHAT, "body": body, "timestamp": query["timestamp"], "nonce": query["nonce"]}
            questions += [{**question, "signature": signature}, {**question, "signature": signature[::-1]}]
    answers = ask_wechatpy(questions)
    assert [answer["text"] for answer in answers[::2]] == [text for text in TEXTS[1:] for _ in range(2)]
    assert {answer["refused"] for answer in answers[1::2]} == {"InvalidSignatureException"}
