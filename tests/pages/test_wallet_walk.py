"""The wallet on the real server: opened, shown in hand, asked for and granted, refused, copied, and seen offline."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from codes.sd_jwt import split
from tests.pages.conftest import OpenContext
from tests.pages.test_accessibility import require_accessible
from tests.pages.test_elder import require_large
from tests.pages.walking import Troubles, log_in

_LONGER = 40_000
"""Milliseconds that a busy machine may take for a page, and a worker for asking the registries."""
_CARD = "[data-type=resident-identity-card]"
_CAMERA = """(text) => {
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect() { return [{ rawValue: text }]; }
  };
  const canvas = document.createElement("canvas");
  // A picture that never changes is never sent.
  setInterval(() => canvas.getContext("2d").fillRect(Math.random() * 9, 0, 9, 9), 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
}"""
"""A camera that has this code before it: Chromium here brings along no reader of its own."""
_CODE = """async () => {
  const { askAsResident } = await moduleOf("resident/session.js");
  return (await askAsResident("POST", "/v1/codes", { json: { kind: "personal" } })).code;
}"""
_KEPT = """async () => {
  const { read } = await moduleOf("resident/keeping.js");
  const kept = await read("wallet");
  if (!kept) return null;
  const sealed = Object.values(kept.of).map((one) => new TextDecoder("latin1").decode(one.sealed));
  const isClear = sealed.some((text) => text.includes("id_number"));
  return { extractable: kept.key.extractable, clear: isClear, wallets: sealed.length };
}"""


def open_hotel(server: dict[str, Any]) -> httpx.AsyncClient:
    """The scanner of the demo's hotel."""
    headers = {"Authorization": f"Bearer {server['hotel']['credential']}"}
    return httpx.AsyncClient(base_url=server["url"], headers=headers, timeout=40)


async def ask(hotel: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await hotel.post("/v1/presentations", json=asked)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read_code(page: Page) -> str:
    await page.wait_for_selector(".showing[data-phase=live]", timeout=_LONGER)
    with Image.open(io.BytesIO(await page.locator(".showing .code-image").screenshot())) as picture:
        (found,) = [one.text for one in zxingcpp.read_barcodes(picture) if one.text.startswith("SX")]
    return found


async def show_in_hand(page: Page, hotel: httpx.AsyncClient) -> None:
    """The licence is opened and scanned: its holder sees a banner, and a new code."""
    await page.locator(_CARD).click()
    code = await read_code(page)
    assert code.startswith("SX4:")
    told = await ask(hotel, code=code, licence_type="resident-identity-card", fields=["name"])
    assert told["state"] == "granted"
    assert list(told["items"][0]["fields"]) == ["name"]
    await expect(page.locator(".banner")).to_contain_text("证照", timeout=_LONGER)
    again = await hotel.post("/v1/presentations", json={"code": code})
    assert again.json()["type"].endswith("code-already-used")
    await page.get_by_role("button", name="是我，知道了").click()


async def be_asked(page: Page, hotel: httpx.AsyncClient, server: dict[str, Any]) -> None:
    """Once by a link, granted as far as there is something to give; once to whoever was scanned, and refused."""
    queries = [
        {"id": "card", "licence_type": "resident-identity-card", "fields": ["name", "id_number"]},
        {"id": "permit", "licence_type": "hmt-residence-permit"},
    ]
    open_one = await ask(hotel, queries=queries)
    await page.goto(f"{server['url']}/resident#/wallet")
    await page.evaluate(_CAMERA, open_one["link"])
    await page.get_by_role("button", name="扫码").click()
    dialog = page.locator(".consent-dialog")
    await expect(dialog).to_contain_text(server["hotel"]["venue_name"], timeout=_LONGER)
    await expect(dialog).to_contain_text("酒店入住")
    await expect(dialog.locator("[data-query=card] [data-field=id_number]")).to_contain_text("3")
    await expect(dialog.locator("[data-query=card] .ask-about")).to_contain_text("本人的证照")
    await expect(dialog.locator("[data-query=permit]")).to_contain_text("没有有效的这种证照")
    given = dialog.locator("[data-query=card] .tick")
    await given.uncheck()
    await expect(dialog.locator("[data-answer=grant]")).to_be_disabled()
    await given.check()
    await require_accessible(page, "asked")
    await page.keyboard.press("Escape")
    await page.locator("[data-request]").get_by_role("button", name="查看并答复").click()
    await expect(dialog.locator("[data-answer=grant]")).to_be_enabled()
    async with page.expect_request("**/answer") as sending:
        await dialog.locator("[data-answer=grant]").click()
    signed = json.loads((await sending.value).post_data or "")["vp_token"]
    await expect(dialog).to_contain_text("已提供", timeout=_LONGER)
    await require_accessible(page, "granted")
    await page.get_by_role("button", name="知道了").click()
    told = (await hotel.get(f"/v1/presentations/{open_one['id']}", params={"wait": 20})).json()
    (item,) = told["items"]
    assert sorted(item["fields"]) == ["id_number", "name"]
    assert item["credential"] == next(iter(signed.values())), "what the phone signed is what the hotel has"
    assert len(split(item["credential"]).disclosures) == 2

    await page.evaluate("localStorage.setItem('suixing.elder', 'on')")
    await page.reload()
    await page.wait_for_selector(".licence", timeout=_LONGER)
    scanned = await hotel.post("/v1/scans", json={"code": await page.evaluate(_CODE)})
    asked = {"scan_id": scanned.json()["scan_id"], "fields": ["name"]}
    refused = await ask(hotel, licence_type="resident-identity-card", **asked)
    # It comes by itself to whoever was scanned.
    await expect(dialog.locator("[data-answer=refuse]")).to_be_enabled(timeout=_LONGER)
    await require_large(page, "asked, elder")
    await dialog.locator("[data-answer=refuse]").click()
    await expect(dialog).to_contain_text("没有提供任何内容", timeout=_LONGER)
    await page.evaluate("localStorage.removeItem('suixing.elder')")
    assert (await hotel.get(f"/v1/presentations/{refused['id']}")).json()["type"].endswith("consent-refused")

    await page.goto(f"{server['url']}/resident#/requests")
    await page.reload()
    await expect(page.locator("[data-state=granted]").first).to_contain_text("公民身份号码", timeout=_LONGER)
    await expect(page.locator("[data-state=refused]").first).to_contain_text("已拒绝")
    await require_accessible(page, "requests")


async def keep_a_receipt(page: Page, hotel: httpx.AsyncClient, server: dict[str, Any]) -> None:
    await page.locator("[data-tab=accesses]").click()
    granted = page.locator("[data-access]", has_text="经您同意").first
    await expect(granted).to_contain_text("居民身份证", timeout=_LONGER)
    await expect(granted).to_contain_text("公民身份号码")
    await expect(granted).to_contain_text("可保存至")
    async with page.expect_download() as saving:
        await granted.get_by_role("button", name="下载回执").click()
    kept = await (await saving.value).path()
    text = kept.read_text("utf-8")
    receipt = httpx.Response(200, text=text).json()["receipt"]
    checked = await hotel.post("/v1/receipts/checks", json={"receipt": receipt})
    assert checked.json()["claims"]["licence_type"] == "resident-identity-card"
    await require_accessible(page, "accesses")

    # Whoever has the file checks it on a page; a stroke of the pen in it, and it is no receipt.
    await page.goto(f"{server['url']}/copy")
    checking = page.locator("[data-receipts]")
    await checking.locator("input").set_input_files(kept)
    await expect(checking.locator("[data-receipt=good]")).to_contain_text("回执属实", timeout=_LONGER)
    await expect(checking).to_contain_text(server["hotel"]["venue_name"])
    await expect(checking).to_contain_text("公民身份号码")
    await require_accessible(page, "a receipt")
    head, claims, _ = receipt.split(".")
    forged = f"{head}.{claims}.{'A' * 86}".encode()
    await checking.locator("input").set_input_files(
        {"name": "forged.json", "mimeType": "application/json", "buffer": forged}
    )
    await expect(checking.locator("[data-receipt=bad]")).to_contain_text("回执无效", timeout=_LONGER)


async def take_a_copy(page: Page, server: dict[str, Any]) -> None:
    await page.goto(f"{server['url']}/resident#/wallet")
    await page.locator(_CARD).click()
    form = page.locator(".copy-form")
    await form.locator("summary").click()
    await form.get_by_role("button", name="生成").click()
    await expect(form.locator("[aria-invalid=true]")).to_have_count(2)
    await form.locator("#copy-requester").fill("随行示范物业公司")
    await form.locator("#copy-purpose").fill("办理门禁卡")
    await form.get_by_role("button", name="生成").click()
    async with page.expect_download(timeout=_LONGER) as saving:
        await form.get_by_role("button", name="下载 PDF").click()
    printed = pypdfium2.PdfDocument(await (await saving.value).path())[0].render(scale=3).to_pil()
    assert any("/copy#" in one.text for one in zxingcpp.read_barcodes(printed))
    await expect(form.get_by_role("button", name="已下载")).to_be_disabled()
    await require_accessible(page, "copied")
    await page.goto(f"{server['url']}/resident#/copies")
    row = page.locator("[data-copy]").first
    await expect(row).to_contain_text("办理门禁卡", timeout=_LONGER)
    await row.get_by_role("button", name="作废").click()
    await page.locator("dialog .button.danger").click()
    await expect(page.locator("[data-copy]").first).to_contain_text("已作废", timeout=_LONGER)
    await require_accessible(page, "copies")


async def look_offline(context: BrowserContext, page: Page, server: dict[str, Any]) -> None:
    """What was seen is seen with its age, nothing is shown, and nothing is left once the resident has gone."""
    assert await page.evaluate(_KEPT) == {"extractable": False, "clear": False, "wallets": 1}
    await context.set_offline(True)
    await page.goto(f"{server['url']}/resident#/wallet")
    await expect(page.locator(".wallet-state")).to_contain_text("没有网络", timeout=_LONGER)
    await page.locator(_CARD).click()
    await expect(page.locator(".wallet-state")).to_contain_text("没有网络，显示的是", timeout=_LONGER)
    await expect(page.locator(".showing")).to_contain_text("没有网络，不能出示", timeout=_LONGER)
    await expect(page.locator("[data-field=id_number]")).to_be_visible()
    await require_accessible(page, "offline")
    await context.set_offline(False)
    await page.goto(f"{server['url']}/resident#/account")
    await page.get_by_role("button", name="退出登录").click()
    await page.wait_for_selector(".login", timeout=_LONGER)
    assert await page.evaluate(_KEPT) is None


async def test_a_licence_is_shown_asked_for_copied_and_seen_offline(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("ERR_INTERNET_DISCONNECTED", "/v1/")
    context = await open_context()
    page = await context.new_page()
    await log_in(page, live_server, 1)
    await page.locator("[data-tab=wallet]").click()
    await expect(page.locator(_CARD)).to_be_visible(timeout=_LONGER)
    await expect(page.locator(".wallet-age")).to_contain_text("最近同步", timeout=_LONGER)
    await expect(page.locator("[data-type=driving-licence] .licence-abnormal")).to_contain_text("已吊销")
    async with open_hotel(live_server) as hotel:
        await show_in_hand(page, hotel)
        await be_asked(page, hotel, live_server)
        await keep_a_receipt(page, hotel, live_server)
    await take_a_copy(page, live_server)
    await look_offline(context, page, live_server)
