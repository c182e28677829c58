"""Phones and mini-programs that register."""

from __future__ import annotations

from secrets import token_hex
from typing import Any, Protocol
from uuid import UUID

import httpx

from app.development.mini_programs import ALIPAY_APP_ID, WECHAT_APP_ID
from tests.api.harness import Api

LASTING = "development-crossing"
ONCE = "development-notice"
APPS = {"wechat": WECHAT_APP_ID, "alipay": ALIPAY_APP_ID}


class Caller(Protocol):
    """Somebody logged in on an installation."""

    @property
    def credential(self) -> str: ...

    @property
    def installation_id(self) -> UUID: ...


def phone(token: str | None = None, channel: str = "apns", **changes: object) -> dict[str, object]:
    """What an app says of the phone it runs on."""
    told = {"channel": channel, "token": token or token_hex(32), "environment": "production", "locale": "zh-CN"}
    return {**told, **changes}


def template(channel: str = "wechat", template_id: str = ONCE, **changes: object) -> dict[str, object]:
    """What a mini-program says of its resident's answer."""
    told = {"channel": channel, "app_id": APPS[channel], "template_id": template_id, "granted": True}
    return {**told, **changes}


async def register(
    api: Api, by: Caller, told: dict[str, object], installation_id: UUID | None = None
) -> httpx.Response:
    return await api.call("PUT", f"/v1/me/devices/{installation_id or by.installation_id}", by=by, json=told)


async def list_devices(api: Api, by: Caller) -> list[dict[str, Any]]:
    response = await api.get("/v1/me/devices", by=by)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def agree(api: Api, by: Caller, kind: str = "messages-wechat") -> None:
    answer = await api.call("PUT", f"/v1/me/consents/{kind}", by=by, json={"version": 1})
    assert answer.status_code == 200, answer.text
