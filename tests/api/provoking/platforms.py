"""Of WeChat, Alipay and the other providers that are asked."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from uuid import uuid4

import httpx
import msgspec

from api.services import now
from app.development.mini_programs import (
    CALLBACK_AES_KEY,
    CALLBACK_TOKEN,
    WECHAT_APP_ID,
    write_mini_programs,
)
from app.development.platform_pushes import WeChatPusher
from app.platforms.mini_programs import WeChatEntry, read_mini_programs
from tests.api.harness import Api, running_api
from tests.api.provoking.scene import Provoking, Scene


async def log_in(api: Api, app_id: str = WECHAT_APP_ID, code: str = "used") -> httpx.Response:
    body = {"grant": "wechat", "app_id": app_id, "code": code, "installation_id": str(uuid4())}
    return await api.post("/v1/sessions", json=body)


async def log_in_with(scene: Scene, **changes: str) -> httpx.Response:
    """On a server whose entry of the WeChat app says something else."""
    settings = scene.api.services.settings
    assert settings.mini_programs is not None
    entries = [
        msgspec.structs.replace(entry, **changes)
        for entry in read_mini_programs(settings.mini_programs, is_production=False)
        if isinstance(entry, WeChatEntry)
    ]
    path = scene.folder / "mini-programs.json"
    write_mini_programs(path, entries)
    async with running_api(dataclasses.replace(settings, mini_programs=path)) as other:
        return await log_in(other)


async def push(scene: Scene, minutes: int = 0, token: str = CALLBACK_TOKEN) -> httpx.Response:
    at = now() + timedelta(minutes=minutes)
    query, body = WeChatPusher(WECHAT_APP_ID, token, CALLBACK_AES_KEY).push({}, at)
    return await scene.api.post(f"/v1/callbacks/wechat/{WECHAT_APP_ID}", params=query, content=body)


PROVOKED: dict[str, Provoking] = {
    "login-code-invalid": lambda scene: log_in(scene.api),
    "app-unknown": lambda scene: log_in(scene.api, app_id="wx0000000000000099"),
    "provider-refused": lambda scene: log_in_with(scene, secret="another"),
    "provider-unavailable": lambda scene: log_in_with(scene, url="http://127.0.0.1:1"),
    "callback-signature-invalid": lambda scene: push(scene, token="another"),
    "registry-unknown": lambda scene: scene.api.post(
        "/v1/callbacks/licence-registries/another",
        headers={"x-registry-requester": "a", "x-registry-time": "1", "x-registry-signature": "b"},
    ),
    "callback-stale": lambda scene: push(scene, minutes=-11),
}
