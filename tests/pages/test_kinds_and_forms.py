"""What else the resident's page shows: a company's code, a code on paper, a check-in, and the lock within a tap."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from tests.pages.test_accessibility import require_accessible
from tests.pages.test_elder import require_large
from tests.pages.walking import photograph, set_language

_LONGER = 30_000
"""Milliseconds that a busy machine may take for a page."""


def read_code(picture: Image.Image) -> str:
    (found,) = [one.text for one in zxingcpp.read_barcodes(picture) if one.text.startswith("SX")]
    return found


async def scan(server: dict[str, Any], code: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server['scanner']['credential']}"}
    async with httpx.AsyncClient(base_url=server["url"], headers=headers, timeout=20) as client:
        return await client.post("/v1/scans", json={"code": code})


async def await_live(page: Page, kind: str) -> None:
    await page.wait_for_selector(f".code-card[data-kind={kind}][data-phase=live]", timeout=_LONGER)


async def test_a_company_s_code_says_whose_it_is_and_is_remembered(resident: Page, live_server: dict[str, Any]) -> None:
    company = next(one for one in live_server["companies"] if one["delegate"])
    await resident.locator(".kind[data-kind=enterprise]").click()
    await await_live(resident, "enterprise")
    await expect(resident.locator(".code-whose")).to_contain_text(company["name"])
    await require_accessible(resident, "enterprise")
    scanned = await scan(live_server, read_code(Image.open(io.BytesIO(await photograph(resident)))))
    assert scanned.status_code == 201, scanned.text
    assert scanned.json()["kind"] == "enterprise"
    organisation = scanned.json()["holder"]["organisation"]
    assert (organisation["name"], organisation["authority"]) == (company["name"], "delegate")

    await resident.reload()
    await await_live(resident, "enterprise")
    await expect(resident.locator(".code-whose")).to_contain_text(company["name"])
    await resident.locator(".kind[data-kind=personal]").click()
    await await_live(resident, "personal")
    await expect(resident.locator(".code-whose")).to_be_hidden()


async def test_a_paper_is_printed_and_reported_lost(resident: Page, live_server: dict[str, Any]) -> None:
    await resident.goto(f"{live_server['url']}/resident#/papers")
    await resident.locator("section[aria-labelledby=print-title] .button.wide").click()
    await resident.locator("dialog .button[value=confirmed]").click()
    save = resident.get_by_role("link", name="保存 PDF")
    await expect(save).to_be_visible(timeout=_LONGER)
    # It cannot be had again, so a change of language keeps it.
    await set_language(resident, "en")
    await expect(resident.get_by_role("link", name="Save the PDF")).to_be_visible(timeout=_LONGER)
    await set_language(resident, "zh-CN")
    async with resident.expect_download() as saving:
        await save.click()
    code = read_code(pypdfium2.PdfDocument(await (await saving.value).path())[0].render(scale=3).to_pil())
    assert code.startswith("SX3:")
    scanned = [await scan(live_server, code) for _ in range(2)]
    assert [one.status_code for one in scanned] == [201, 201]
    assert "check-person" in scanned[0].json()["warnings"]

    await require_accessible(resident, "papers")
    row = resident.locator("[data-paper]").first
    await row.get_by_role("button", name="挂失").click()
    await resident.locator("dialog .button.danger").click()
    await expect(resident.locator("[data-paper]").first).to_contain_text("已挂失", timeout=_LONGER)
    refused = await scan(live_server, code)
    assert refused.json()["type"].endswith("code-revoked")
    await resident.locator("[data-tab=accesses]").click()
    await expect(resident.locator("[data-access]").first).to_contain_text("纸质码", timeout=_LONGER)


async def test_a_poster_leads_to_a_check_in_with_a_receipt_and_the_lock_beside_it(
    resident: Page, live_server: dict[str, Any]
) -> None:
    await resident.goto(f"{live_server['url']}/v/{live_server['scanner']['venue_id']}")
    await resident.get_by_role("link", name="在此签到").click()
    asked = resident.locator(".check-in")
    await expect(asked).to_contain_text("随行示范医院", timeout=_LONGER)
    await expect(asked).to_contain_text("医院挂号")
    await expect(asked).to_contain_text("姓氏")
    await require_accessible(resident, "check-in")
    await resident.get_by_role("button", name="确认签到").click()
    await expect(resident.locator(".receipt")).to_contain_text("签到成功", timeout=_LONGER)
    await set_language(resident, "en")
    await expect(resident.locator(".receipt")).to_contain_text("Checked in", timeout=_LONGER)
    await set_language(resident, "zh-CN")
    await expect(resident.locator(".receipt")).to_contain_text("签到成功", timeout=_LONGER)
    check_in = await resident.locator(".receipt").get_attribute("data-check-in")
    await require_accessible(resident, "receipt")
    # Who has the receipt before their eyes is not told of it a second time.
    await expect(resident.locator(".banner")).to_have_count(0)
    await resident.get_by_role("link", name="查阅记录").first.click()
    newest = resident.locator("[data-access]").first
    await expect(newest).to_contain_text("扫海报签到", timeout=_LONGER)
    assert await newest.get_attribute("data-access") == check_in

    await resident.locator("[data-tab=code]").click()
    await resident.locator(".code-lock").click()
    await expect(resident.locator("dialog")).to_contain_text("纸质的")
    await expect(resident.locator("dialog")).to_contain_text("解锁")
    await resident.keyboard.press("Escape")
    await resident.locator("header").get_by_role("button", name="长辈版").click()
    for address, ready in (("papers", "#print-title"), (f"check-in/{live_server['scanner']['venue_id']}", ".facts")):
        await resident.goto(f"{live_server['url']}/resident#/{address}")
        await resident.wait_for_selector(ready, timeout=_LONGER)
        await require_large(resident, address)
