"""The elder view (长辈版), measured where it stands: text, line spacing, targets, and how little there is of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.pages.conftest import OpenContext
from tests.pages.walking import await_outcome, photograph, show_picture

_AUDIT = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
KINDS = ["本人", "企业"]
"""Of the first resident's codes."""
_TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility() || element.closest(".unseen, .skip, noscript")) continue;
    const {fontSize, lineHeight} = getComputedStyle(element);
    found.push({text, size: parseFloat(fontSize), spacing: parseFloat(lineHeight) / parseFloat(fontSize)});
  }
  return found;
}"""


async def require_large(page: Page, where: str) -> None:
    texts = await page.evaluate(_TEXTS)
    assert len(texts) >= 3, where
    for text in texts:
        assert 18 <= text["size"] <= 30, (where, text)
        assert text["spacing"] >= 1.3 - 0.001, (where, text)
    found = await page.evaluate(_AUDIT, {"smallestTarget": 60})
    assert found["findings"] == [], where


async def test_the_code_and_its_few_actions_are_large_and_all_in_sight(resident: Page, venue: Page) -> None:
    for scheme in ("light", "dark"):
        await resident.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await resident.locator("header").get_by_role("button", name="长辈版").click()
        await resident.wait_for_selector(".elder .code-card[data-phase=live]")
        await expect(resident.locator(".tabs")).to_have_count(0)
        await require_all_in_sight(resident)
        await require_large(resident, f"code {scheme}")

        await show_picture(venue, await photograph(resident))
        await await_outcome(venue, "accepted")
        await resident.wait_for_selector(".banner")
        await require_large(resident, f"banner {scheme}")
        await resident.locator(".code-lock").click()
        await require_large(resident, f"lock {scheme}")
        await resident.keyboard.press("Escape")
        await resident.locator(".banner .button.quiet").click()
        if scheme == "dark":  # once is enough: it opens no other colours
            await require_messages(resident)
        await resident.get_by_role("button", name="返回标准版").click()
        await expect(resident.locator(".tabs")).to_be_visible()


async def require_messages(resident: Page) -> None:
    """The way to the messages says how many are new; there they are, large, with the way back."""
    unread = resident.locator(".elder-unread")
    await expect(unread).to_contain_text(re.compile(r"^[1-9]\d*\+?[1-9]\d*\+? 条新消息$"))
    await resident.locator(".elder-messages").click()
    await resident.wait_for_selector("[data-message]")
    await require_large(resident, "messages")
    await resident.get_by_role("link", name="返回服务码").click()
    await resident.wait_for_selector(".elder .code-card[data-phase=live]")
    await expect(unread).to_have_count(0)


async def require_all_in_sight(resident: Page) -> None:
    buttons = resident.locator("button:visible")
    assert await buttons.all_inner_texts() == ["返回标准版", "English", *KINDS, "刷新", "锁定账户"]
    for button in await resident.locator("button:visible, .elder-actions a").all():
        box = await button.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 844
    code = await resident.locator(".code-image").bounding_box()
    assert code
    assert code["width"] >= 250


async def test_the_login_is_large_too(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    page = await (await open_context()).new_page()
    await page.goto(f"{live_server['url']}/resident")
    await page.get_by_role("button", name="长辈版").click()
    await page.wait_for_selector("[data-view=elder] .person")
    await require_large(page, "login")
    await page.reload()
    await page.wait_for_selector("[data-view=elder] .login")
