"""The resident's page in another province: by consent alone, welcomed there, quiet at home, erased on withdrawal."""

from __future__ import annotations

from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.pages.conftest import OpenContext
from tests.pages.test_accessibility import LOOKS, look, require_accessible
from tests.pages.test_account import begin_to_prove, invent_card, invent_phone, register
from tests.pages.test_elder import require_large
from tests.pages.walking import Troubles

SHANGHAI, HANGZHOU = (121.47, 31.23), (120.15, 30.28)
_COUNT_LOOKS = """
  window.looks = 0;
  const {geolocation} = navigator, locate = geolocation.getCurrentPosition.bind(geolocation);
  geolocation.getCurrentPosition = (...given) => { window.looks += 1; locate(...given); };
"""
_KEPT = """() => new Promise((resolve) => {
  indexedDB.open("suixing", 1).onsuccess = ({target: {result: database}}) => {
    const asked = database.transaction("kept").objectStore("kept").get("whereabouts");
    asked.onsuccess = () => resolve(asked.result ?? null);
  };
})"""
_MOST_LOOKS = 6


async def be_at(context: BrowserContext, place: tuple[float, float], step: int) -> None:
    """A fix of its own: the browser tells the same one, of the same time, until the place is set again."""
    await context.set_geolocation({"longitude": place[0] + step / 10_000, "latitude": place[1], "accuracy": 20})


async def walk_to(page: Page, place: tuple[float, float], province: str) -> None:
    """Looks from a place until the server says that one is there: it takes two fixes a second apart."""
    has_waited = False
    for step in range(_MOST_LOOKS):
        await be_at(page.context, place, step)
        await page.get_by_role("button", name="再看一次").click()
        await expect(page.get_by_role("button", name="再看一次")).to_be_enabled()
        if await page.locator(f".location-last[data-province='{province}']").count():
            assert has_waited, "nobody was told to look again"
            return
        has_waited = has_waited or bool(await page.get_by_text("三分钟后再看一次").count())
        await page.wait_for_timeout(1_000)  # which is the rule's, not the machine's: positions count whole seconds
    raise AssertionError(f"not found in {province}")


async def open_at(page: Page, address: str, ready: str) -> None:
    await page.evaluate("address => { location.hash = address; }", address)
    await page.wait_for_selector(ready)


async def require_readable(page: Page) -> None:
    """The card and the view on a phone by day and by night, in each language, then in the elder view."""
    for one in LOOKS[:2]:
        await look(page, *one)
        await open_at(page, "#/code", ".roaming-card")
        await require_accessible(page, f"arrival {one}")
        await open_at(page, "#/roaming/33", "[data-destination='33'] h3")
        await page.wait_for_selector(".location-last")
        await require_accessible(page, f"roaming {one}")
    await look(page, *LOOKS[0])
    await page.locator("header").get_by_role("button", name="长辈版").click()
    await open_at(page, "#/code", ".elder ~ .roaming-place .roaming-card")
    await require_large(page, "arrival")
    await open_at(page, "#/roaming/33", "[data-destination='33'] h3")
    await page.wait_for_selector(".location-last")
    await require_large(page, "roaming")
    await page.get_by_role("button", name="返回标准版").click()


async def require_forgotten(page: Page) -> None:
    """Once the consent is withdrawn nothing is kept, nothing asked of the browser, and no card comes back."""
    kept = await page.evaluate(_KEPT)
    assert (kept["on"], kept["last"]) == (False, None)
    looks = await page.evaluate("window.looks")
    await open_at(page, "#/code", ".code-card[data-phase=live]")
    await open_at(page, "#/roaming", "[data-consent=location]")
    assert await page.evaluate("window.looks") == looks
    await page.reload()  # the message is still there, and brings nothing back
    await open_at(page, "#/messages", "[data-message]")
    await open_at(page, "#/code", ".code-card[data-phase=live]")
    await expect(page.locator(".roaming-card")).to_have_count(0)


async def test_somebody_is_welcomed_by_consent_once_and_not_at_home(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/codes", "/v1/me/messages")  # of who has not proven their identity yet
    context = await open_context(permissions=["geolocation"])
    await context.add_init_script(_COUNT_LOOKS)
    await be_at(context, SHANGHAI, 0)
    page = await context.new_page()
    await register(page, live_server, invent_phone())
    await begin_to_prove(page, invent_card())
    await expect(page.locator(".note.good")).to_contain_text("这台设备已核验")

    await open_at(page, "#/roaming", "[data-consent=location]")
    assert await page.evaluate("window.looks") == 0  # nothing is asked of the browser before the consent
    background = page.locator("[data-consent=location-background] [role=switch]")
    await expect(background).to_be_disabled()
    await page.locator("[data-consent=location] [role=switch]").click()
    await expect(page.locator(".location-last")).to_contain_text("现在在本省：上海市")
    await open_at(page, "#/code", ".code-card[data-phase=live]")
    await expect(page.locator(".roaming-card")).to_have_count(0)

    await open_at(page, "#/roaming", ".location-last")
    await walk_to(page, HANGZHOU, "33")
    await open_at(page, "#/code", ".roaming-card")
    card = page.locator(".roaming-card")
    await expect(card).to_contain_text("您已到达浙江")
    await expect(card).to_contain_text("浙里办")
    await expect(card.locator("a[href='tel:120']")).to_be_visible()
    await card.get_by_text("为什么看到这个").click()
    await expect(card).to_contain_text("您的手机定位显示您在浙江")
    await open_at(page, "#/messages", "[data-message]")
    told = page.locator("[data-message]", has_text="您已到达浙江")
    await told.get_by_role("link", name="看看浙江有什么").click()
    await page.wait_for_selector("[data-destination='33']")
    await require_readable(page)

    await open_at(page, "#/roaming", ".location-last")
    await walk_to(page, SHANGHAI, "31")
    await open_at(page, "#/code", ".code-card[data-phase=live]")
    await expect(card).to_have_count(0)
    await open_at(page, "#/messages", "[data-message]")
    await expect(page.locator("[data-message]", has_text="您已到达")).to_have_count(1)

    await open_at(page, "#/roaming", ".location-last")
    await background.click()
    await expect(background).to_have_attribute("aria-checked", "true")
    await background.click()
    await expect(page.locator("dialog")).to_contain_text("无从区分哪些来自后台")  # it erases, so it asks
    await page.locator("dialog").get_by_role("button", name="取消").click()
    await page.locator("[data-consent=location] [role=switch]").click()
    await page.get_by_role("button", name="关闭并删除").click()
    await expect(background).to_have_attribute("aria-checked", "false")
    await expect(page.locator("[data-consent=location] [role=switch]")).to_have_attribute("aria-checked", "false")
    await expect(page.locator(".location-last")).to_have_count(0)
    await require_forgotten(page)
