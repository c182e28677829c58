"""What WeChat and Alipay push: taken once, from them alone, and kept sealed."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import httpx
import pytest

from api.services import now
from app.development.mini_programs import ALIPAY_APP_ID, CALLBACK_AES_KEY, CALLBACK_TOKEN, WECHAT_APP_ID
from app.development.platform_pushes import BodyFormat, WeChatPusher, write_alipay_push
from app.development.platforms import PlatformStandIns
from app.platforms import receiving
from app.platforms.receiving import PlatformEvent
from app.platforms.wechat_callbacks import write_signature
from app.settings import Settings
from push.alipay_signing import write_notification
from tests.api.harness import Api, running_api, slug_of

WECHAT = f"/v1/callbacks/wechat/{WECHAT_APP_ID}"
ALIPAY = f"/v1/callbacks/alipay/{ALIPAY_APP_ID}"
CANCELLED = "alipay.open.auth.userauth.cancelled"


@pytest.fixture
def pusher() -> WeChatPusher:
    return WeChatPusher(WECHAT_APP_ID, CALLBACK_TOKEN, CALLBACK_AES_KEY)


def write_revocation(open_id: str, at: datetime, kind: str = "user_authorization_revoke") -> dict[str, Any]:
    return {
        "ToUserName": "gh_0123456789ab",
        "FromUserName": "o-platform",
        "CreateTime": int(at.timestamp()),
        "MsgType": "event",
        "Event": kind,
        "OpenID": open_id,
        "RevokeInfo": "301",
        "List": {"PopupScene": 0, "Nested": {"OpenID": "another"}},
    }


async def list_wechat_events(api: Api, open_id: str) -> list[PlatformEvent]:
    services = api.services
    return await receiving.list_events(
        services.pool, services.vault, platform="wechat", app_id=WECHAT_APP_ID, open_id=open_id
    )


async def list_alipay_events(api: Api, open_id: str) -> list[PlatformEvent]:
    services = api.services
    return await receiving.list_events(
        services.pool, services.vault, platform="alipay", app_id=ALIPAY_APP_ID, open_id=open_id
    )


async def push_alipay(api: Api, body: bytes, path: str = ALIPAY) -> httpx.Response:
    return await api.post(path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})


async def test_the_echo_is_given_to_wechat_alone(api: Api, pusher: WeChatPusher) -> None:
    query = pusher.sign_echo(now(), "7300423456<b>")
    echoed = await api.get(WECHAT, params=query)
    assert (echoed.status_code, echoed.text) == (200, "7300423456<b>")
    assert echoed.headers["content-type"].startswith("text/plain")
    refused = await api.get(WECHAT, params={**query, "nonce": "1"})
    assert (refused.status_code, slug_of(refused)) == (403, "callback-signature-invalid")
    stale = await api.get(WECHAT, params=pusher.sign_echo(now() - timedelta(minutes=11), "1"))
    assert slug_of(stale) == "callback-stale"


@pytest.mark.parametrize("body_format", ["json", "xml"])
@pytest.mark.parametrize(
    "kind",
    [
        "user_authorization_revoke",
        "user_authorization_cancellation",
        "subscribe_msg_change_event",
        "subscribe_msg_popup_event",
    ],
)
async def test_a_wechat_event_is_kept_sealed(
    api: Api, pusher: WeChatPusher, kind: str, body_format: BodyFormat
) -> None:
    open_id, at = f"o{uuid4().hex}", now()
    query, body = pusher.push(write_revocation(open_id, at, kind), at, body_format)
    taken = await api.post(WECHAT, params=query, content=body)
    assert (taken.status_code, taken.text) == (200, "success")
    [event] = await list_wechat_events(api, open_id)
    assert (event.kind, event.happened_at) == (kind, at.replace(microsecond=0))
    assert open_id.encode() in event.content
    rows = await api.services.pool.fetch("SELECT e::text AS row FROM platform_events AS e WHERE kind = $1", kind)
    for form in (open_id, open_id.encode().hex()):
        assert [row for row in rows if form in row["row"]] == []


async def test_a_push_is_done_once_however_often_it_comes(api: Api, pusher: WeChatPusher) -> None:
    open_id = f"o{uuid4().hex}"
    query, body = pusher.push(write_revocation(open_id, now()), now())
    answers = await asyncio.gather(*(api.post(WECHAT, params=query, content=body) for _ in range(10)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "success")}
    assert len(await list_wechat_events(api, open_id)) == 1


async def test_a_kind_that_nobody_knows_is_accepted_and_counted(api: Api, pusher: WeChatPusher) -> None:
    open_id = f"o{uuid4().hex}"
    for fields in (
        write_revocation(open_id, now(), "a_kind_of_next_year"),
        {"MsgType": "text", "FromUserName": open_id, "Content": "你好"},
        {},
    ):
        query, body = pusher.push(fields, now())
        assert (await api.post(WECHAT, params=query, content=body)).text == "success"
    assert await list_wechat_events(api, open_id) == []
    metrics = (await api.get("/metrics")).text
    assert 'suixing_callbacks_total{outcome="unknown",platform="wechat"}' in metrics


@pytest.mark.parametrize("minutes", [-11, 6])
async def test_a_push_of_another_time_is_stale(api: Api, pusher: WeChatPusher, minutes: int) -> None:
    open_id, at = f"o{uuid4().hex}", now() + timedelta(minutes=minutes)
    query, body = pusher.push(write_revocation(open_id, at), at)
    refused = await api.post(WECHAT, params=query, content=body)
    assert (refused.status_code, slug_of(refused)) == (403, "callback-stale")
    assert await list_wechat_events(api, open_id) == []


async def test_what_is_not_wechats_is_refused(api: Api, pusher: WeChatPusher) -> None:
    open_id, at = f"o{uuid4().hex}", now()
    fields = write_revocation(open_id, at)
    query, body = pusher.push(fields, at)
    plain = WeChatPusher(WECHAT_APP_ID, CALLBACK_TOKEN, None).push(fields, at)
    pushes = {
        "another token": WeChatPusher(WECHAT_APP_ID, "another", CALLBACK_AES_KEY).push(fields, at),
        "another key": WeChatPusher(WECHAT_APP_ID, CALLBACK_TOKEN, "x" * 43).push(fields, at),
        "another app": WeChatPusher("wx0000000000000099", CALLBACK_TOKEN, CALLBACK_AES_KEY).push(fields, at),
        "a plain body": plain,
        "a plain body under a sealed one's query": (query, plain[1]),
        "no signature": ({"timestamp": query["timestamp"], "nonce": query["nonce"]}, body),
        "another body": (query, pusher.push(fields, at)[1]),
        "another nonce": ({**query, "nonce": "1"}, body),
        "another time": ({**query, "timestamp": str(int(query["timestamp"]) + 1)}, body),
        "nothing": (query, b""),
        "no text": (query, b"\xff\xfe\x00"),
    }
    for what, (sent_query, sent_body) in pushes.items():
        refused = await api.post(WECHAT, params=sent_query, content=sent_body)
        assert (refused.status_code, slug_of(refused)) == (403, "callback-signature-invalid"), what
    assert await list_wechat_events(api, open_id) == []


async def test_what_is_sealed_and_no_message_is_refused(api: Api, pusher: WeChatPusher) -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Event>&e;</Event></xml>'
    for content in (b"", b"[]", b"not json", b"<xml>", entity, b"\xff\xfe"):
        sealed, (query, _) = pusher.seal(content), pusher.push({}, now())
        signature = write_signature(CALLBACK_TOKEN, query["timestamp"], query["nonce"], sealed)
        refused = await api.post(WECHAT, params={**query, "msg_signature": signature}, json={"Encrypt": sealed})
        assert (refused.status_code, slug_of(refused)) == (422, "invalid-request"), content


async def test_an_alipay_event_is_kept_once(api: Api, platforms: PlatformStandIns) -> None:
    open_id, at = uuid4().hex, now()
    content = {"open_id": open_id, "app_id": ALIPAY_APP_ID, "cancel_scene": "用户取消/授权 &=+"}
    body = write_alipay_push(platforms.alipay.keys, ALIPAY_APP_ID, CANCELLED, content, at)
    for _ in range(3):
        taken = await push_alipay(api, body)
        assert (taken.status_code, taken.text) == (200, "success")
    [event] = await list_alipay_events(api, open_id)
    assert event.kind == CANCELLED
    assert "用户取消/授权 &=+" in event.content.decode()


async def test_an_alipay_push_signed_anew_is_the_same_notice(api: Api, platforms: PlatformStandIns) -> None:
    """It is tried again for 25 hours."""
    open_id, notify_id = uuid4().hex, uuid4().hex
    for hours in (25, 10, 0):
        at = now() - timedelta(hours=hours)
        body = write_alipay_push(
            platforms.alipay.keys, ALIPAY_APP_ID, CANCELLED, {"user_id": open_id}, at, notify_id=notify_id
        )
        assert (await push_alipay(api, body)).text == "success"
    assert len(await list_alipay_events(api, open_id)) == 1


async def test_an_alipay_push_in_gbk(api: Api, platforms: PlatformStandIns) -> None:
    open_id = uuid4().hex
    made = write_alipay_push(
        platforms.alipay.keys, ALIPAY_APP_ID, CANCELLED, {"open_id": open_id, "scene": "取消"}, now(), charset="GBK"
    )
    form = dict(parse_qsl(made.decode()))
    form["sign"] = platforms.alipay.keys.sign(write_notification(form, "gbk"))
    assert (await push_alipay(api, urlencode(form, encoding="gbk").encode())).text == "success"
    assert len(await list_alipay_events(api, open_id)) == 1


async def test_what_is_not_alipays_is_refused(api: Api, platforms: PlatformStandIns) -> None:
    keys, open_id = platforms.alipay.keys, uuid4().hex
    good = write_alipay_push(keys, ALIPAY_APP_ID, CANCELLED, {"open_id": open_id}, now())
    ours = api.services.platforms.alipay(ALIPAY_APP_ID).keys
    wrong = {
        "altered": good.replace(b"cancelled", b"cancelleD"),
        "another app's": write_alipay_push(keys, "2021000000000099", CANCELLED, {"open_id": open_id}, now()),
        "signed by ourselves": write_alipay_push(ours, ALIPAY_APP_ID, CANCELLED, {"open_id": open_id}, now()),
        "without a signature": good[: good.index(b"&sign=")],
        "with an empty one": good[: good.index(b"&sign=")] + b"&sign=",
        "with another one": good[: good.index(b"&sign=")] + b"&sign=%E4%BD%A0",
    }
    for what, body in wrong.items():
        refused = await push_alipay(api, body)
        assert (refused.status_code, slug_of(refused)) == (403, "callback-signature-invalid"), what
    assert slug_of(await push_alipay(api, b"")) == "callback-signature-invalid"
    for body in (b"%", b"\xff", b"a=1&a=2", b"a=%FF", good + b"&charset=utf-7", good + b"&app_id=1"):
        assert slug_of(await push_alipay(api, body)) == "invalid-request", body
    for hours in (-27, 1):
        at = now() + timedelta(hours=hours)
        stale = write_alipay_push(keys, ALIPAY_APP_ID, CANCELLED, {"open_id": open_id}, at)
        assert slug_of(await push_alipay(api, stale)) == "callback-stale"
    assert await list_alipay_events(api, open_id) == []


@pytest.mark.parametrize("path", ["/v1/callbacks/wechat/{}", "/v1/callbacks/alipay/{}"])
async def test_an_app_of_somebody_else_takes_nothing(api: Api, path: str) -> None:
    for app_id in ("wx0000000000000099", WECHAT_APP_ID if "alipay" in path else ALIPAY_APP_ID):
        refused = await api.post(path.format(app_id), params={"timestamp": "1", "nonce": "1"}, content=b"{}")
        assert (refused.status_code, slug_of(refused)) == (422, "app-unknown")


async def test_what_is_old_is_forgotten_and_an_account_at_once(api: Api, pusher: WeChatPusher) -> None:
    services, ids = api.services, [f"o{uuid4().hex}" for _ in range(2)]
    for open_id in ids:
        query, body = pusher.push(write_revocation(open_id, now()), now())
        await api.post(WECHAT, params=query, content=body)
    await receiving.forget_account(
        services.pool, services.vault, platform="wechat", app_id=WECHAT_APP_ID, open_id=ids[0]
    )
    assert await list_wechat_events(api, ids[0]) == []
    await receiving.forget_callbacks(services.pool, now())
    assert (await api.post(WECHAT, params=query, content=body)).text == "success"
    assert len(await list_wechat_events(api, ids[1])) == 1, "the claim is kept for as long as the push is good"
    await services.pool.execute(
        "UPDATE platform_events SET received_at = $1 WHERE app_id = $2", now() - timedelta(days=91), WECHAT_APP_ID
    )
    await services.pool.execute("UPDATE platform_callbacks SET claimed_at = $1", now() - timedelta(hours=28))
    await receiving.forget_callbacks(services.pool, now())
    assert await list_wechat_events(api, ids[1]) == []
    assert await services.pool.fetchval("SELECT count(*) FROM platform_callbacks") == 0


async def test_a_push_is_done_once_while_valkey_is_away(roomy: Settings, tmp_path: Path, pusher: WeChatPusher) -> None:
    open_id = f"o{uuid4().hex}"
    query, body = pusher.push(write_revocation(open_id, now()), now())
    nowhere = dataclasses.replace(roomy, redis_url=f"unix://{tmp_path}/nobody.sock")
    async with running_api(nowhere) as alone:
        for _ in range(2):
            assert (await alone.post(WECHAT, params=query, content=body)).text == "success"
        assert len(await list_wechat_events(alone, open_id)) == 1
