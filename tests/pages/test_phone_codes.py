"""A phone in a tunnel: it shows codes that it makes itself, each once, and keeps nothing for whoever comes next."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from codes import KeyUse, read_trust_list, verify_any
from tests.journeys.harness import log_in as open_session
from tests.pages.conftest import OpenContext
from tests.pages.walking import Troubles, log_in

_LONGER = 30_000
"""Milliseconds that a busy machine may take for a page."""
_COUNT = """async () => {
  const { countPhoneCodes } = await moduleOf("resident/phonecodes.js");
  return countPhoneCodes({ kind: "personal" });
}"""
_USE_UP = """async (count) => {
  const { makeCodeHere } = await moduleOf("resident/phonecodes.js");
  for (let made = 0; made < count; made += 1) await makeCodeHere({ kind: "personal" });
}"""
_KEPT = """async () => {
  const { read } = await moduleOf("resident/keeping.js");
  const kept = await read("certificates");
  if (!kept) return null;
  const [one] = kept.of.personal;
  return { extractable: one.privateKey.extractable, owner: kept.resident_id };
}"""


async def open_library(server: dict[str, Any]) -> dict[str, str]:
    """Headers of a scanner where nothing is learnt of who comes: elsewhere such codes are refused."""
    async with httpx.AsyncClient(base_url=server["url"], timeout=20) as client:
        manager, operator = [
            {"Authorization": f"Bearer {(await open_session(client, server[role]))['access_token']}"}
            for role in ("manager", "operator")
        ]
        venue = {"name": "隧道图书馆", "purpose": "library-entry", "adcode": "310101", "address": "随行路3号"}
        made = await client.post("/v1/venues", json=venue, headers=manager)
        path = f"/v1/venues/{made.json()['id']}"
        assert (await client.post(f"{path}/approve", headers=operator)).status_code == 200
        scanner = await client.post(f"{path}/scanners", json={"name": "gate"}, headers=manager)
    return {"Authorization": f"Bearer {scanner.json()['credential']}"}


async def await_certificates(page: Page, count: int) -> None:
    async with asyncio.timeout(_LONGER / 1000):
        while await page.evaluate(_COUNT) != count:  # noqa: ASYNC110  the browser tells of no event
            await asyncio.sleep(0.1)


async def read_shown(page: Page, left: int) -> str:
    """The text of the code on the screen, once the words beneath it say how many are left."""
    await page.wait_for_selector(f".code-card[data-phase=live] [data-left='{left}']", timeout=_LONGER)
    with Image.open(io.BytesIO(await page.locator(".code-image").screenshot())) as picture:
        # What the reader takes for a second code in the modules of the first is none of ours.
        (found,) = [one.text for one in zxingcpp.read_barcodes(picture) if one.text.startswith("SX")]
    return found


async def test_a_phone_shows_its_own_codes_without_a_network(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("ERR_INTERNET_DISCONNECTED", "/v1/me", "/v1/sessions")
    context = await open_context(service_workers="allow")
    page = await context.new_page()
    await log_in(page, live_server, 2)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await await_certificates(page, 24)
    assert await page.evaluate(_KEPT) == {"extractable": False, "owner": live_server["residents"][2]["resident_id"]}
    gate = await open_library(live_server)

    await context.set_offline(True)
    await page.clock.install()
    await page.goto(f"{live_server['url']}/resident")
    first = await read_shown(page, 23)
    await expect(page.locator(".code-late")).to_contain_text("没有网络，这个码由手机生成")
    async with httpx.AsyncClient(base_url=live_server["url"], headers=gate, timeout=20) as client:
        scanned = await client.post("/v1/scans", json={"code": first})
        again = await client.post("/v1/scans", json={"code": first})
        trust = read_trust_list((await client.get("/v1/trust-list")).text, now=datetime.now(UTC))
    assert scanned.status_code == 201, scanned.text
    assert scanned.json()["form"] == "phone"
    assert "made-offline" in scanned.json()["warnings"]
    assert again.json()["type"].endswith("code-already-used")
    one = verify_any(first, trust, datetime.now(UTC))
    assert one.use is KeyUse.CERTIFICATE

    # A minute later there is another, under another certificate.
    await page.clock.run_for(55_000)
    second = verify_any(await read_shown(page, 22), trust, datetime.now(UTC) + timedelta(seconds=55))
    assert one.status != second.status
    assert one.cti[:16] != second.cti[:16]

    await page.evaluate(_USE_UP, 22)
    await page.clock.run_for(65_000)
    await expect(page.locator(".code-card[data-phase=offline]")).to_contain_text("网络不通", timeout=_LONGER)
    await context.set_offline(False)
    await page.wait_for_selector(".code-card[data-phase=live] .code-late:empty", state="attached", timeout=_LONGER)
    await await_certificates(page, 24)

    await page.goto(f"{live_server['url']}/resident#/account")
    await page.get_by_role("button", name="退出登录").click()
    await page.wait_for_selector(".login")
    assert await page.evaluate(_KEPT) is None
