"""The live code never lies: it goes when it ends, when the page is hidden, and when nothing can renew it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from tests.pages.conftest import OpenContext, open_profile
from tests.pages.people import log_in_settled, settle
from tests.pages.walking import Troubles, log_in, refusing

_AGE_SESSION = """async () => {
  const {change} = await moduleOf("resident/keeping.js");
  await change("session", (kept) => ({...kept, expires_at: "2020-01-01T00:00:00Z"}));
}"""

_FORGET_CERTIFICATES = """async () => {
  const {change} = await moduleOf("resident/keeping.js");
  await change("certificates", () => undefined);
}"""

_SET_VISIBILITY = """(state) => {
  Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
async def timed(browser: Browser, live_server: dict[str, Any]) -> AsyncGenerator[BrowserContext]:
    """The profile of a resident whose clock tests move: it is that of all pages of a profile, to its end."""
    context, person = await open_profile(browser), await settle(live_server)
    await context.clock.install()
    page = await context.new_page()
    await log_in_settled(page, live_server, person)
    await page.close()
    yield context
    await context.close()


async def test_it_counts_down_and_renews_itself(
    timed: BrowserContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    page = await timed.new_page()
    troubles.watch(page)
    await page.goto(f"{live_server['url']}/resident")
    await page.wait_for_selector(".code-card[data-phase=live]")
    await expect(page.locator(".code-left")).to_contain_text("秒内有效")
    first = await page.locator(".code-image").get_attribute("src")
    ring = page.locator(".ring-left")
    full = float(await ring.get_attribute("stroke-dashoffset") or "nan")
    await page.clock.run_for(10_000)
    assert float(await ring.get_attribute("stroke-dashoffset") or "nan") > full + 10
    await page.clock.run_for(45_000)
    await expect(page.locator(".code-image")).not_to_have_attribute("src", first or "")
    await page.close()
    troubles.require_none()


async def test_it_goes_when_it_ends_and_the_network_is_away(
    timed: BrowserContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("ERR_INTERNET_DISCONNECTED", "/v1/codes/certificates")
    page = await timed.new_page()
    troubles.watch(page)
    # A phone that was given no certificates can make no code itself.
    await page.route("**/v1/codes/certificates", refusing("internal", 500))
    await page.goto(f"{live_server['url']}/resident")
    await page.wait_for_selector(".code-card[data-phase=live]")
    await page.evaluate(_FORGET_CERTIFICATES)
    try:
        await timed.set_offline(True)
        await page.clock.run_for(50_000)
        # Still good for some seconds: it stays, and the page says that its successor is late.
        await expect(page.locator(".code-late")).to_contain_text("连不上服务器")
        await expect(page.locator(".code-image")).to_be_visible()
        await page.clock.run_for(12_000)
        await expect(page.locator(".code-card[data-phase=offline]")).to_contain_text("网络不通")
        await expect(page.locator(".code-image")).to_be_hidden()
        assert await page.locator(".code-image").get_attribute("src") is None
    finally:
        await timed.set_offline(False)
    await page.wait_for_selector(".code-card[data-phase=live]")
    await page.close()
    troubles.require_none()


async def test_it_is_taken_away_while_nobody_looks(resident: Page) -> None:
    first = await resident.locator(".code-image").get_attribute("src")
    await resident.evaluate(_SET_VISIBILITY, "hidden")
    await expect(resident.locator(".code-image")).to_be_hidden()
    assert await resident.locator(".code-image").get_attribute("src") is None
    await resident.evaluate(_SET_VISIBILITY, "visible")
    await resident.wait_for_selector(".code-card[data-phase=live]")
    assert await resident.locator(".code-image").get_attribute("src") != first


async def test_a_limit_is_told_with_its_end(resident: Page, troubles: Troubles) -> None:
    troubles.allow("/v1/codes")
    await resident.route("**/v1/codes", refusing("too-many-requests", 429, **{"Retry-After": "2"}))
    await resident.evaluate(_SET_VISIBILITY, "hidden")
    await resident.evaluate(_SET_VISIBILITY, "visible")
    await expect(resident.locator(".code-card[data-phase=limited]")).to_contain_text("秒后自动恢复")
    await resident.unroute("**/v1/codes")
    await resident.wait_for_selector(".code-card[data-phase=live]", timeout=6000)


async def test_a_device_that_is_not_approved_reads_what_to_do_and_tries_with_a_fresh_session(
    resident: Page, troubles: Troubles
) -> None:
    troubles.allow("/v1/codes")
    renewals: list[Request] = []
    resident.on("request", lambda request: renewals.append(request) if "/refresh" in request.url else None)
    await resident.route("**/v1/codes", refusing("installation-not-approved", 403))
    await resident.locator(".code-refresh").click()
    await expect(resident.locator(".code-card[data-phase=refused]")).to_contain_text("这台设备还没有通过确认")
    await resident.unroute("**/v1/codes")
    await expect(resident.locator(".code-refresh")).to_be_enabled()
    await resident.get_by_role("button", name="重新检查").click()
    await resident.wait_for_selector(".code-card[data-phase=live]")
    assert len(renewals) == 1


async def test_two_tabs_renew_one_session_once(first_resident: BrowserContext, live_server: dict[str, Any]) -> None:
    renewals: list[Request] = []
    pages = [await first_resident.new_page() for _ in range(2)]
    for page in pages:
        page.on("request", lambda request: renewals.append(request) if "/refresh" in request.url else None)
        await page.goto(f"{live_server['url']}/docs")
    await pages[0].evaluate(_AGE_SESSION)
    await asyncio.gather(*(page.goto(f"{live_server['url']}/resident") for page in pages))
    for page in pages:
        await page.wait_for_selector(".code-card[data-phase=live]")
        await page.close()
    assert len(renewals) == 1


async def test_without_web_locks_a_lease_does_the_same(
    first_resident: BrowserContext, live_server: dict[str, Any]
) -> None:
    page = await first_resident.new_page()
    await page.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    await page.goto(f"{live_server['url']}/docs")
    order = await page.evaluate(
        """async () => {
          const {exclusively} = await moduleOf("resident/keeping.js");
          const order = [];
          const work = (name) => exclusively("test", async () => {
            order.push(`${name} in`);
            await new Promise((resolve) => setTimeout(resolve, 50));
            order.push(`${name} out`);
          });
          await Promise.all([work("a"), work("b")]);
          return order;
        }"""
    )
    await page.close()
    assert order == ["a in", "a out", "b in", "b out"]


async def test_an_installation_id_is_made_without_random_uuid_too(
    open_context: OpenContext, live_server: dict[str, Any]
) -> None:
    page = await (await open_context()).new_page()
    await page.add_init_script("crypto.randomUUID = undefined")
    await page.goto(f"{live_server['url']}/docs")
    made = await page.evaluate("async () => (await moduleOf('kit.js')).randomId()")
    assert await page.evaluate(
        "id => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)", made
    )


async def test_a_session_ended_elsewhere_leads_to_the_login(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("401")
    context = await open_context()
    page = await context.new_page()
    await log_in(page, live_server, 2)
    other = await context.new_page()
    await other.goto(f"{live_server['url']}/resident#/account")
    await other.get_by_role("button", name="退出登录").click()
    await expect(page.locator(".login")).to_contain_text("已退出登录")
