"""A browser goes through the stand-in's face check, and comes back to where it was sent from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import expect

from tests.api.harness import invent_phone
from tests.harness.identity import invent_id_number
from tests.pages.conftest import OpenContext

pytestmark = pytest.mark.browser


@pytest.fixture
async def client(live_server: dict[str, Any]) -> AsyncGenerator[httpx.AsyncClient]:
    """A resident of this test alone, logged in: the demo's people are shared."""
    async with httpx.AsyncClient(base_url=live_server["url"], trust_env=False) as opened:
        phone = invent_phone()
        challenge = (await opened.post("/v1/otp", json={"phone": phone})).json()["challenge_id"]
        proof = {"challenge_id": challenge, "otp": await _read_otp(opened, phone), "installation_id": str(uuid4())}
        session = await opened.post("/v1/sessions", json={"grant": "otp", **proof})
        opened.headers["Authorization"] = f"Bearer {session.json()['access_token']}"
        yield opened


async def _read_otp(client: httpx.AsyncClient, phone: str) -> str:
    async with asyncio.timeout(20):
        while True:
            texts = (await client.get("/v1/development/texts", params={"phone": phone})).json()["items"]
            if texts:
                otp: str = texts[0]["otp"]
                return otp
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("button", "status"), [("Pass", 200), ("Fail", 422)])
async def test_a_face_check_in_a_browser(
    client: httpx.AsyncClient, live_server: dict[str, Any], open_context: OpenContext, button: str, status: int
) -> None:
    person = {"name": "阿布都·热合曼", "id_number": invent_id_number(age=40)}
    back = f"{live_server['url']}/docs"
    body = {"kind": "face", **person, "device": "{}", "return_url": back}
    check = (await client.post("/v1/me/identity/checks", json=body)).json()

    page = await (await open_context()).new_page()
    await page.goto(check["url"])
    await expect(page.get_by_text("waiting")).to_be_visible()
    assert person["name"] not in await page.content()
    await page.get_by_role("button", name=button).click()
    await page.wait_for_url(back)

    evidence = {"kind": "face", "check_id": check["check_id"]}
    proven = await client.post("/v1/me/identity", json={**person, "evidence": evidence})
    assert proven.status_code == status, proven.text
