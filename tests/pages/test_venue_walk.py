"""The demo's hotel on the real server: a licence in hand, one asked for after a scan, one asked for by a link."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from tests.journeys.harness import log_in
from tests.pages.conftest import OpenContext
from tests.pages.walking import Troubles, await_outcome, scan_by_hand

_KIND = "resident-identity-card"
_LONGER = 40_000
"""Milliseconds that a busy machine may take for an answer, and a worker for asking the registries."""


@pytest.fixture
async def guest(live_server: dict[str, Any]) -> AsyncGenerator[httpx.AsyncClient]:
    """The second demo resident's phone."""
    async with httpx.AsyncClient(base_url=live_server["url"], timeout=20) as client:
        session = await log_in(client, live_server["residents"][1])
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        yield client


@pytest.fixture
async def hotel(open_context: OpenContext, live_server: dict[str, Any]) -> Page:
    """The hotel's desk, ready."""
    page = await (await open_context(accept_downloads=True)).new_page()
    await page.goto(f"{live_server['url']}/venue")
    await page.locator("[data-demo=hotel-check-in] button").click()
    await page.wait_for_selector(".verdict[data-outcome=ready]")
    return page


async def _find_licence(guest: httpx.AsyncClient) -> str:
    """Its id, once the registries have told it."""
    async with asyncio.timeout(_LONGER / 1000):
        while True:
            held = (await guest.get("/v1/wallet/licences")).json()["items"]
            good = [one["id"] for one in held if one["type"] == _KIND and one["standing"] == "valid"]
            if good:
                return str(good[0])
            await asyncio.sleep(0.3)


async def _save_record(hotel: Page) -> Any:
    async with hotel.expect_download() as saving:
        await hotel.get_by_role("button", name="保存记录").click()
    path = await (await saving.value).path()
    return json.loads(await asyncio.to_thread(path.read_text, "utf-8"))


async def _show_in_hand(guest: httpx.AsyncClient, hotel: Page, server: dict[str, Any]) -> None:
    """It is read large; the record that is saved holds a receipt that both sides have, and that anybody can check."""
    path = f"/v1/wallet/licences/{await _find_licence(guest)}/presentations"
    code = (await guest.post(path, json={})).json()["code"]
    await scan_by_hand(hotel, code)
    await expect(hotel.locator(".told-name dd")).to_have_text(server["residents"][1]["name"], timeout=_LONGER)
    groups = await hotel.locator(".told-number .told-group").all_inner_texts()
    assert [len(group) for group in groups] == [6, 8, 4]
    assert await hotel.locator(".told-photo").evaluate("node => node.decode().then(() => node.naturalWidth)") > 0
    await expect(hotel.locator(".told-keep")).to_contain_text("可留存 30 天")

    record = await _save_record(hotel)
    (item,) = record["items"]
    assert item["credential"].count("~") >= 3
    checked = (await guest.post("/v1/receipts/checks", json={"receipt": item["receipt"]})).json()["claims"]
    own = (await guest.get(f"/v1/me/accesses/{item['access_id']}/receipt")).json()["claims"]
    scanner = {"Authorization": f"Bearer {server['hotel']['credential']}"}
    path = f"/v1/presentations/{record['presentation_id']}/receipts"
    again = (await guest.get(path, headers=scanner)).json()["items"]
    assert [checked | {"iat": 0}] * 2 == [own | {"iat": 0}, again[0]["claims"] | {"iat": 0}]
    stranger = {"Authorization": f"Bearer {server['scanner']['credential']}"}
    assert (await guest.get(path, headers=stranger)).status_code == 404
    assert (checked["form"], checked["fields"]) == ("licence", ["name", "id_number", "photo"])

    await hotel.locator(".told-title").click()
    await scan_by_hand(hotel, code)
    await hotel.wait_for_selector(".verdict[data-slug=code-already-used]", timeout=_LONGER)


async def _agree_on_the_phone(guest: httpx.AsyncClient, hotel: Page) -> None:
    code = (await guest.post("/v1/codes", json={"kind": "personal"})).json()["code"]
    await scan_by_hand(hotel, code)
    await await_outcome(hotel, "accepted")
    await hotel.locator(".verdict").get_by_role("button", name="索要证照").click()
    await hotel.locator("dialog").get_by_label("照片").first.uncheck()
    await hotel.locator("dialog button[type=submit]").click()
    await hotel.wait_for_selector(".verdict[data-outcome=asking]", timeout=_LONGER)
    listed = (await guest.get("/v1/me/presentations")).json()["items"]
    pending = next(one for one in listed if one["state"] == "pending")
    asked = (await guest.get(f"/v1/me/presentations/{pending['id']}")).json()
    (query,) = asked["queries"]
    assert (asked["venue"]["name"][-2:], query["fields"]) == ("酒店", ["name", "id_number"])
    answer = {"grant": True, "licences": {query["id"]: query["candidates"][0]["licence_id"]}}
    answered = await guest.post(f"/v1/me/presentations/{asked['id']}/answer", json=answer)
    assert answered.status_code == 200, answered.text
    await expect(hotel.locator(".told-number")).to_be_visible(timeout=_LONGER)
    assert await hotel.locator(".told-photo").count() == 0
    await hotel.locator(".told-title").click()


async def _refuse_by_a_link(guest: httpx.AsyncClient, hotel: Page) -> None:
    await hotel.locator(".controls .ask-button").click()
    await hotel.locator("dialog button[type=submit]").click()
    await hotel.wait_for_selector(".ask-code", timeout=_LONGER)
    with Image.open(io.BytesIO(await hotel.locator(".ask-code").screenshot())) as picture:
        (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    path = f"/v1/me/presentations/{found.text.rpartition('/')[2]}"
    assert (await guest.get(path)).json()["state"] == "pending"
    refused = await guest.post(f"{path}/answer", json={"grant": False})
    assert refused.status_code == 200, refused.text
    await hotel.wait_for_selector(".verdict[data-slug=consent-refused]", timeout=_LONGER)
    assert "对方没有同意" in await hotel.locator(".verdict").inner_text()


async def _take_back(guest: httpx.AsyncClient, hotel: Page) -> None:
    await hotel.locator(".controls .ask-button").click()
    async with hotel.expect_response("**/v1/presentations") as answering:
        await hotel.locator("dialog button[type=submit]").click()
    asked = await (await answering.value).json()
    await hotel.get_by_role("button", name="撤回").click()
    await hotel.wait_for_selector(".verdict[data-slug=presentation-withdrawn]", timeout=_LONGER)
    late = await guest.get(f"/v1/me/presentations/{asked['id']}")
    assert not late.is_success or late.json()["state"] == "withdrawn"


async def test_a_guest_checks_in(
    guest: httpx.AsyncClient, hotel: Page, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/presentations")
    await _show_in_hand(guest, hotel, live_server)
    await _agree_on_the_phone(guest, hotel)
    await _refuse_by_a_link(guest, hotel)
    await _take_back(guest, hotel)
    await expect(hotel.locator(".history li")).to_have_count(6)
    listed = await hotel.locator(".history").inner_text()
    assert live_server["residents"][1]["name"] not in listed
    assert "居民身份证：姓名、公民身份号码" in listed
