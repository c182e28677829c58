"""The settings of messages: where they are pushed, which, when not, in which language; and how one went."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.pages.conftest import OpenContext
from tests.pages.test_accessibility import LOOKS, look, require_accessible
from tests.pages.test_account import invent_phone, register
from tests.pages.test_elder import require_large
from tests.pages.walking import Troubles

_REGISTER = """async (token) => {
  const {askAsResident, installationId} = await moduleOf("resident/session.js");
  const json = {channel: "apns", token, environment: "production", locale: "zh-CN"};
  await askAsResident("PUT", `/v1/me/devices/${installationId()}`, {json});
}"""
_KEPT = """async () => {
  const {askAsResident} = await moduleOf("resident/session.js");
  return askAsResident("GET", "/v1/me/preferences");
}"""
_FOLLOW = """async () => {
  for (const name of ["elder", "language"]) localStorage.removeItem(`suixing.${name}`);
  const {followChoices} = await moduleOf("resident/messaging/choices.js");
  const told = [];
  await followChoices({assurance: "verified"}, (on) => told.push(on));
  return told;
}"""


async def open_settings(page: Page) -> None:
    await page.evaluate("location.hash = '#/notices'")
    await page.wait_for_selector(".heard tbody tr")


async def kept(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(_KEPT)
    return found


async def test_somebody_chooses_what_they_hear_of(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/codes")  # of who has not proven their identity
    page = await (await open_context()).new_page()
    await register(page, live_server, invent_phone())
    await page.evaluate(_REGISTER, "ab" * 32)
    await page.evaluate("location.hash = '#/messages'")
    await page.get_by_role("link", name="消息设置").click()
    await expect(page.locator("[data-place=apns]")).to_contain_text("本机")
    await page.wait_for_selector(".heard tbody tr")
    for one in LOOKS[:2]:
        await look(page, *one)
        await require_accessible(page, f"settings of messages {one}")
    await look(page, *LOOKS[0])

    await page.get_by_label("证照, 手机").uncheck()
    await page.get_by_role("switch", name="免打扰时段").click()
    await page.locator("#quiet-begins").fill("23:30")
    await page.locator("#quiet-begins").blur()
    await expect(page.locator("[data-category=security]")).to_contain_text("总会推送")
    await page.get_by_role("group", name="语言").get_by_role("button", name="English").click()
    await expect(page.locator("h1")).to_have_text("Message settings")
    await expect(page.get_by_label("Licences, Phone")).not_to_be_checked()
    await page.get_by_role("switch", name="Elder view").click()
    await page.wait_for_selector(":root[data-view=elder] .heard tbody tr")
    await require_large(page, "settings of messages")
    chosen = await kept(page)
    assert chosen["quiet_hours"] == {"begins": "23:30", "ends": "07:00"}
    assert (chosen["locale"], chosen["elder_view"], chosen["time_zone"]) == ("en", True, "Asia/Shanghai")
    muted = {(one["category"], name) for one in chosen["categories"] for name, on in one["channels"].items() if not on}
    assert muted == {("wallet", "apns"), ("wallet", "fcm")}
    assert await page.evaluate(_FOLLOW) == [True], "on a device where nobody chose how it looks"

    await page.get_by_role("button", name="Remove").click()
    await page.locator("dialog").get_by_role("button", name="Remove").click()
    await expect(page.locator("section[aria-labelledby=places-title]")).to_contain_text("No phone or mini-program yet")
