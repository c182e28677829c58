"""A development server by itself: its invented mini-programs ask its own stand-ins, over its own address."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest


async def make_grant(client: httpx.AsyncClient, platform: str, user: str) -> dict[str, str]:
    asked = {"platform": platform, "user": user}
    made = (await client.post("/v1/development/mini-program-codes", json=asked)).raise_for_status().json()
    name = "code" if platform == "wechat" else "auth_code"
    return {"grant": platform, "app_id": made["app_id"], name: made["code"]}


@pytest.mark.parametrize("platform", ["wechat", "alipay"])
async def test_somebody_comes_in_again_by_whichever_process(live_server: dict[str, Any], platform: str) -> None:
    """Both processes share what the stand-ins remember, so that a code is good once, wherever it is used."""
    user = uuid4().hex
    async with httpx.AsyncClient(base_url=live_server["url"], timeout=30) as client:
        grants = [await make_grant(client, platform, user) for _ in range(6)]

        async def open_session(grant: dict[str, str]) -> httpx.Response:
            async with httpx.AsyncClient(base_url=live_server["url"], timeout=30) as other:
                return await other.post("/v1/sessions", json={**grant, "installation_id": str(uuid4())})

        opened = [await open_session(grant) for grant in grants]
        assert {answer.status_code for answer in opened} == {201}, opened[0].text
        assert len({answer.json()["resident_id"] for answer in opened}) == 1
        again = await asyncio.gather(*(open_session(grant) for grant in grants))
    assert {answer.json()["type"] for answer in again} == {"/problems/login-code-invalid"}
