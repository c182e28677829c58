"""Every page, by day and by night, in both languages and widths, under a machine's reading of WCAG 2.1 AA."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.async_api import Page, expect

from tests.pages.conftest import OpenContext
from tests.pages.walking import Troubles, await_outcome, photograph, refusing, scan_by_hand, set_language, show_picture

_AUDIT = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
_PATIENCE = 30

LOOKS = [
    ("light", "zh-CN", (390, 844)),
    ("dark", "en", (390, 844)),
    ("dark", "zh-CN", (1280, 800)),
]
"""Each theme, language and width, and English where there is least room for it: one page is turned to each."""


async def require_accessible(page: Page, where: str, *, target: int = 44, texts: int = 4) -> None:
    """Audits what stands there once all of it does: an audit that looked at nothing finds nothing."""
    until = monotonic() + _PATIENCE
    while True:
        # Colours are read once nothing moves any more.
        await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")
        found = await page.evaluate(_AUDIT, {"smallestTarget": target})
        is_whole = found["texts"] >= texts and found["controls"] >= 2
        if is_whole or monotonic() > until:
            break
        await asyncio.sleep(0.2)
    assert found["findings"] == [], where
    assert is_whole, (where, found["texts"], found["controls"])


async def look(page: Page, scheme: Any, language: str, size: tuple[int, int]) -> None:
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await set_language(page, language)


async def test_the_residents_views(resident: Page, venue: Page) -> None:
    for one in LOOKS:
        await look(resident, *one)
        await resident.wait_for_selector(".code-card[data-phase=live]")
        await require_accessible(resident, f"code {one}")
        await show_picture(venue, await photograph(resident))
        await await_outcome(venue, "accepted")
        await resident.wait_for_selector(".banner")
        await require_accessible(resident, f"banner {one}")
        for view, ready in (
            ("messages", "[data-message]"),
            ("accesses", "[data-access]"),
            ("account", ".account-name"),
        ):
            await resident.locator(f"[data-tab={view}]").click()
            await resident.wait_for_selector(ready)
            await require_accessible(resident, f"{view} {one}")
        await resident.locator(".banner .danger").click()
        await require_accessible(resident, f"lock {one}")
        await resident.keyboard.press("Escape")
        await expect(resident.locator("dialog")).to_have_count(0)
        await resident.locator(".banner .button.quiet").click()
        await resident.locator("[data-tab=code]").click()


async def test_the_login(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    page = await (await open_context()).new_page()
    for one in LOOKS:
        await page.goto(f"{live_server['url']}/resident")
        await page.wait_for_selector(".person")
        await look(page, *one)
        await page.wait_for_selector(".person")
        await require_accessible(page, f"login {one}")
        await page.locator("form .button").click()
        await expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("#phone")).to_be_focused()
        await require_accessible(page, f"login, refused {one}")


async def test_the_venues_views(venue: Page, troubles: Troubles) -> None:
    troubles.allow("/v1/scans")
    for one in LOOKS:
        await look(venue, *one)
        await require_accessible(venue, f"ready {one}")
    for one in LOOKS:
        await look(venue, *one)
        for slug, status, outcome in (("code-expired", 422, "refused"), ("internal", 500, "unchecked")):
            await venue.route("**/v1/scans", refusing(slug, status))
            await scan_by_hand(venue, "SX1:ANY")
            await venue.wait_for_selector(f".verdict[data-outcome={outcome}][data-slug={slug}]")
            await require_accessible(venue, f"{slug} {one}")
            await venue.unroute("**/v1/scans")


async def test_the_apis_page(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    page = await (await open_context()).new_page()
    await page.goto(f"{live_server['url']}/docs#scanCode")
    for one in LOOKS:
        await page.wait_for_selector(".operation[open] .problems")
        await look(page, *one)
        await page.wait_for_selector(".operation[open] .problems")
        await require_accessible(page, f"docs {one}", texts=40)


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(resident: Page) -> None:
    await resident.locator("h1").focus()
    reached: list[str] = []
    for _ in range(12):
        await resident.keyboard.press("Tab")
        reached.append(await resident.evaluate("(document.activeElement.textContent || '').trim()"))
        outline = await resident.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or await resident.evaluate("document.activeElement === document.body")
    for name in ("刷新", "消息", "查阅记录", "我的", "长辈版", "English"):
        assert any(name in one for one in reached), reached


async def test_motion_stops_where_it_is_not_wanted(resident: Page) -> None:
    lasts = "node => getComputedStyle(node).transitionDuration"
    await resident.emulate_media(reduced_motion="no-preference")
    assert await resident.locator(".ring-left").evaluate(lasts) != "0s"
    await resident.emulate_media(reduced_motion="reduce")
    assert await resident.locator(".ring-left").evaluate(lasts) == "0s"
