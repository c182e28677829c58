"""The whole path with two pages side by side: a code is shown, scanned, told, disputed, annulled."""

from __future__ import annotations

import time
from typing import Any

from playwright.async_api import Page, expect

from tests.pages.conftest import OpenContext
from tests.pages.people import log_in_settled, settle
from tests.pages.walking import (
    Troubles,
    ask_for_otp,
    await_outcome,
    log_in,
    photograph,
    read_code,
    scan_by_hand,
    show_picture,
)


async def test_a_code_is_scanned_once_and_its_holder_is_told_within_two_seconds(
    resident: Page, venue: Page, troubles: Troubles
) -> None:
    troubles.allow("/v1/scans")
    picture = await photograph(resident)
    first_address = await resident.locator(".code-image").get_attribute("src")

    await show_picture(venue, picture)
    words = await await_outcome(venue, "accepted")
    accepted_at = time.monotonic()
    await resident.wait_for_selector(".banner")
    assert time.monotonic() - accepted_at <= 2
    assert "有效" in words
    assert "个人码" in words

    banner = await resident.locator(".banner").inner_text()
    assert "随行示范医院" in banner
    assert "扫码时间" in banner
    # The code that was used is replaced at once, without a touch.
    await expect(resident.locator(".code-image")).not_to_have_attribute("src", first_address or "")

    await show_picture(venue, picture)
    words = await await_outcome(venue, "refused")
    assert "无效" in words
    assert "码已被使用" in words
    assert "刷新后重新出示" in words


async def test_a_hand_scanner_types_a_code(resident: Page, venue: Page, live_server: dict[str, Any]) -> None:
    text = await read_code(resident, venue, live_server)
    assert text.startswith("SX1:")
    await venue.locator("body").click(position={"x": 5, "y": 5})
    await scan_by_hand(venue, text)
    await await_outcome(venue, "accepted")
    await expect(venue.locator("#typed")).to_be_focused()
    await expect(venue.locator("#typed")).to_have_value("")


async def test_an_input_methods_wide_characters_and_a_missing_enter_do_no_harm(
    resident: Page, venue: Page, live_server: dict[str, Any]
) -> None:
    text = await read_code(resident, venue, live_server)
    wide = text.replace("SX1:", "ＳＸ１：").replace(" ", "\u3000")
    await venue.locator("#typed").focus()
    await venue.keyboard.insert_text(wide)
    await await_outcome(venue, "accepted")


async def test_the_scan_is_in_the_messages_and_the_accesses_and_can_be_disputed(resident: Page, venue: Page) -> None:
    await show_picture(venue, await photograph(resident))
    await await_outcome(venue, "accepted")
    await resident.wait_for_selector(".banner")
    await resident.get_by_role("button", name="是我，知道了").click()
    await expect(resident.locator(".banner")).to_have_count(0)

    await resident.locator("[data-tab=messages]").click()
    await expect(resident.locator("[data-message]").first).to_contain_text("扫描")

    await resident.locator("[data-tab=accesses]").click()
    newest = resident.locator("[data-access]").first
    await expect(newest).to_contain_text("随行示范医院")
    await expect(newest).to_contain_text("医院挂号")
    await expect(newest).to_contain_text("姓氏")
    await newest.get_by_role("button", name="不是我本人").click()
    await resident.locator("dialog textarea").fill("当时我在家")
    await resident.get_by_role("button", name="提交异议").click()
    await expect(newest).to_contain_text("已提出异议")
    access_id = await newest.get_attribute("data-access")
    answered = {"access_id": access_id, "answered_at": "2026-03-01T02:03:04Z", "outcome": "upheld"}
    answer = {"items": [answered | {"words": "已要求整改"}]}
    await resident.route("**/v1/me/disputes*", lambda route: route.fulfill(json=answer))
    await resident.reload()
    await expect(resident.locator("[data-access]").first).to_contain_text("已提出异议")
    await expect(newest.locator("[data-answered=upheld]")).to_contain_text("已要求整改")


async def test_a_mistaken_scan_is_annulled_with_a_reason(resident: Page, venue: Page) -> None:
    await show_picture(venue, await photograph(resident))
    await await_outcome(venue, "accepted")
    row = venue.locator(".history li").first
    await row.get_by_role("button", name="撤销").click()
    await venue.get_by_label("持码人没有进入").check()
    await venue.get_by_role("button", name="撤销核验").click()
    await expect(row).to_contain_text("已撤销")
    await expect(venue.locator("#typed")).to_be_focused()


async def test_not_me_locks_the_account_from_the_banner(
    open_context: OpenContext, venue: Page, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/scans", "/v1/me", "/v1/sessions/refresh")
    # Nothing but their presence opens the account again, so nobody else's test may meet this resident.
    page = await (await open_context()).new_page()
    await log_in_settled(page, live_server, await settle(live_server))
    await show_picture(venue, await photograph(page))
    await await_outcome(venue, "accepted")
    await page.wait_for_selector(".banner")
    await expect(page.locator(".code-refresh")).to_be_enabled()
    unused = await photograph(page)

    await page.get_by_role("button", name="不是我，立即锁定").click()
    await expect(page.get_by_role("heading", name="立即锁定账户？")).to_be_visible()
    await page.get_by_role("button", name="锁定", exact=True).click()
    await expect(page.locator(".login")).to_contain_text("账户已锁定")
    await expect(page.locator(".code-card")).to_have_count(0)

    await show_picture(venue, unused)
    words = await await_outcome(venue, "refused")
    assert "码已失效" in words
    assert "锁定" not in words


async def test_logging_in_and_out_in_english(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/sessions")
    page = await (await open_context(locale="en-GB")).new_page()
    await ask_for_otp(page, live_server, 2)
    otp = await page.locator("[data-otp]").get_attribute("data-otp") or ""
    field = page.get_by_label("One-time password", exact=True)
    assert await field.get_attribute("autocomplete") == "one-time-code"
    await expect(page.get_by_role("button", name="Send again in")).to_be_disabled()

    await field.fill(f"{(int(otp) + 1) % 1_000_000:06}")
    await expect(page.get_by_role("alert").filter(has_text="That is not right")).to_be_visible()
    await field.fill(otp)
    await page.wait_for_selector(".code-card[data-phase=live]")
    await expect(page.get_by_role("heading", name="My code")).to_be_visible()

    await page.locator("[data-tab=account]").click()
    await expect(page.locator(".account-who")).to_contain_text("Identity verified")
    await expect(page.locator("section[aria-labelledby=sessions-title]")).to_contain_text("This device")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.locator(".login")).to_contain_text("You are logged out")
    await page.reload()
    await page.wait_for_selector(".login")


async def test_who_is_not_verified_reads_what_to_do(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/codes", "/v1/me/messages")
    number = next(index for index, one in enumerate(live_server["residents"]) if not one["verified"])
    page = await (await open_context()).new_page()
    await log_in(page, live_server, number)
    await expect(page.locator(".code-card[data-phase=refused]")).to_contain_text("服务窗口")
    await expect(page.locator(".code-image")).to_be_hidden()
    await expect(page.get_by_role("button", name="重新检查")).to_be_visible()
