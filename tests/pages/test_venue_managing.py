"""A venue run from its page, at a server where every scanner must prove a key, as in production."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.pages.conftest import KeptPage, OpenContext, open_profile
from tests.pages.walking import Troubles, await_outcome, log_in, photograph, set_language, show_picture

_AUDIT = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
_LONGER = 30_000
"""Milliseconds that a busy machine may take for a page."""


async def confirm(page: Page) -> None:
    await page.locator("dialog button[value=confirmed]").click()


async def take_secret(page: Page) -> str:
    """What the page shows once."""
    secret = await page.locator("dialog .secret").inner_text(timeout=_LONGER)
    await confirm(page)
    await expect(page.locator("dialog")).to_have_count(0)
    return secret


async def open_manager(page: Page, server: dict[str, Any]) -> None:
    """Logs the demo's manager in on the venue's page."""
    await page.goto(f"{server['url']}/venue#manage")
    await page.locator(".person", has_text=server["manager"]["name"]).click()
    await page.locator(".development-otp button").click()
    await page.wait_for_selector(".manage [data-scanner]", timeout=_LONGER)


@pytest.fixture(scope="module")
async def _kept_manager(browser: Browser, strict_server: dict[str, Any]) -> AsyncGenerator[KeptPage]:
    context = await open_profile(browser)
    page = await context.new_page()
    await open_manager(page, strict_server)
    await page.close()
    yield KeptPage(context, f"{strict_server['url']}/venue#manage", ".manage [data-scanner]")
    await context.close()


@pytest.fixture
async def manager(_kept_manager: KeptPage, troubles: Troubles) -> AsyncGenerator[Page]:
    """The page of the demo's manager, logged in once."""
    async with _kept_manager.lend(troubles) as page:
        yield page


async def add_staff(page: Page, number: str) -> str:
    await page.get_by_role("button", name="添加人员").click()
    await page.fill("dialog [name=name]", "张三")
    await page.fill("dialog [name=number]", number)
    await confirm(page)
    return await take_secret(page)


async def add_scanner(page: Page, name: str) -> str:
    await page.get_by_role("button", name="添加终端").click()
    await page.fill("dialog [name=name]", name)
    await confirm(page)
    return await take_secret(page)


async def set_up(page: Page, server: dict[str, Any], credential: str) -> None:
    await page.goto(f"{server['url']}/venue")
    await page.get_by_label("终端凭据").fill(credential)
    await page.get_by_role("button", name="启用").click()


async def test_a_venue_is_run_from_its_page(
    manager: Page, open_context: OpenContext, strict_server: dict[str, Any], troubles: Troubles, tmp_path: Path
) -> None:
    pin, credential = await add_staff(manager, "A7"), await add_scanner(manager, "东门 1 号")
    await manager.locator(".switch input").check()

    async with manager.expect_download(timeout=_LONGER) as download:
        await manager.get_by_role("button", name="下载海报").click()
    await (await download.value).save_as(tmp_path / "poster.pdf")
    assert len(pypdfium2.PdfDocument(tmp_path / "poster.pdf")) == 1

    device = await (await open_context()).new_page()
    sent: list[Request] = []
    device.on("request", lambda request: sent.append(request) if "/v1/sc" in request.url else None)
    await set_up(device, strict_server, credential)
    await expect(device.locator(".shift")).to_have_attribute("data-state", "required", timeout=_LONGER)
    await device.get_by_role("button", name="签到").click()
    await device.fill("dialog [name=number]", "A7")
    await device.fill("dialog [name=pin]", pin)
    await confirm(device)
    await expect(device.locator(".shift")).to_contain_text("A7", timeout=_LONGER)

    holder = await (await open_context()).new_page()
    await log_in(holder, strict_server, 0)
    await show_picture(device, await photograph(holder))
    await await_outcome(device, "accepted")
    proofs = [request.headers.get("dpop") for request in sent]
    assert None not in proofs
    assert len(set(proofs)) == len(proofs) >= 4
    assert {request.headers["authorization"].split(" ")[0] for request in sent} == {"DPoP"}

    async with asyncio.timeout(_LONGER / 1000):  # the worker is a few seconds behind
        while await manager.locator(".day .rows").count() == 0:
            await manager.get_by_role("button", name="刷新").click()
            await manager.wait_for_timeout(300)
    await expect(manager.locator(".day .rows")).to_contain_text("工号 A7")
    await manager.locator("[data-scanner]", has_text="东门").get_by_role("button", name="停用").click()
    await manager.locator("dialog .danger").click()
    await expect(manager.locator("[data-scanner].gone")).to_have_count(1, timeout=_LONGER)
    troubles.allow("/v1/scans")
    async with device.expect_response(lambda response: response.status == 401, timeout=_LONGER):
        while await device.locator(".verdict[data-slug=unauthenticated]").count() == 0:
            await device.keyboard.type("SX1:ANY")
            await device.keyboard.press("Enter")
            await device.wait_for_selector(".verdict[data-outcome=refused], .verdict[data-outcome=unchecked]")


async def test_a_copied_credential_is_worth_nothing_without_the_key(
    manager: Page, open_context: OpenContext, strict_server: dict[str, Any], troubles: Troubles
) -> None:
    credential = await add_scanner(manager, "西门")
    device = await (await open_context()).new_page()
    await set_up(device, strict_server, credential)
    await device.wait_for_selector(".verdict[data-outcome=ready]", timeout=_LONGER)
    kept = await device.evaluate(
        """async () => {
          const {read} = await moduleOf("resident/keeping.js");
          const {privateKey} = await read("scanner-key");
          const out = await crypto.subtle.exportKey("jwk", privateKey).then(() => "exported", () => "withheld");
          return [privateKey.extractable, out];
        }"""
    )
    assert kept == [False, "withheld"]

    troubles.allow("/v1/scanner", "/v1/scans")
    thief = await (await open_context()).new_page()
    await set_up(thief, strict_server, credential)
    await expect(thief.get_by_role("alert").filter(has_text="已绑定另一台设备")).to_be_visible(timeout=_LONGER)
    # Nor with the page's own storage copied along: the key is not in it.
    copied = await device.evaluate("localStorage.getItem('suixing.scanner')")
    assert json.loads(copied)["credential"] == credential
    await thief.evaluate("kept => localStorage.setItem('suixing.scanner', kept)", copied)
    await thief.reload()
    await thief.keyboard.type("SX1:ANY")
    await thief.keyboard.press("Enter")
    assert "终端密钥不可用" in await await_outcome(thief, "unchecked")


async def test_the_managers_view_is_for_everybody_in_both_languages(manager: Page) -> None:
    page = manager
    for scheme, language, size in (("light", "zh-CN", (390, 844)), ("dark", "en", (1280, 800))):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a literal
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await set_language(page, language)
        await page.wait_for_selector(".manage [data-scanner]", timeout=_LONGER)
        await page.wait_for_selector(".plot")
        found = await page.evaluate(_AUDIT, {"smallestTarget": 44})
        assert found["findings"] == [], language
        assert found["texts"] >= 10
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
