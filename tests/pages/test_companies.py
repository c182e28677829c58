"""A whole delegation between two people's phones and a venue's screen: invited, accepted, shown, ended, refused."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.pages.conftest import OpenContext
from tests.pages.test_accessibility import require_accessible
from tests.pages.test_elder import require_large
from tests.pages.walking import Troubles, await_outcome, log_in, photograph, set_language, show_picture

_BOSS, _HANDLER = 1, 2
"""The representative of the demo's first company, and somebody who does not act for it yet."""


async def open_companies(open_context: OpenContext, server: dict[str, Any], number: int) -> Page:
    page = await (await open_context()).new_page()
    await log_in(page, server, number)
    await page.goto(f"{server['url']}/resident#/companies")
    await expect(page.locator("[data-company], .empty").first).to_be_visible()
    return page


async def confirm(page: Page) -> None:
    await page.locator("dialog button[type=submit]").click()
    await expect(page.locator("dialog")).to_have_count(0)


async def invite(boss: Page, handler: dict[str, Any]) -> None:
    await boss.get_by_role("button", name="授权他人代办").click()
    form = boss.get_by_role("form", name="授权他人代办")
    await form.get_by_role("button", name="发出邀请").click()
    await expect(form.get_by_role("alert")).to_have_text("请填写代办人的姓名和手机号。")
    await form.get_by_label("代办人姓名").fill(handler["name"])
    await form.get_by_label("代办人手机号").fill(handler["phone"])
    await form.get_by_label("全部事项").check()
    await form.get_by_label("税务").check()
    await expect(form.get_by_label("全部事项")).not_to_be_checked()
    await form.get_by_role("button", name="发出邀请").click()
    await expect(boss.locator("[data-delegation][data-state=invited]")).to_contain_text("欧阳*")


async def test_a_delegation_from_phone_to_phone(
    open_context: OpenContext, live_server: dict[str, Any], venue: Page, troubles: Troubles
) -> None:
    troubles.allow("/v1/scans")
    boss = await open_companies(open_context, live_server, _BOSS)
    handler = await open_companies(open_context, live_server, _HANDLER)
    company = live_server["companies"][0]["name"]
    await invite(boss, live_server["residents"][_HANDLER])

    await handler.reload()
    invitation = handler.locator("[data-invitation]")
    await expect(invitation).to_contain_text(company)
    await require_accessible(handler, "invited")
    await invitation.get_by_role("button", name="接受").click()
    await confirm(handler)
    await expect(handler.locator("[data-company]")).to_contain_text("受托代办人")
    await expect(invitation).to_have_count(0)

    await handler.goto(f"{live_server['url']}/resident#/wallet")
    await handler.locator(".kind[data-kind=enterprise]").click()
    await expect(handler.locator(".code-whose")).to_contain_text("只显示您受托范围内的证照")
    await expect(handler.locator(".licence")).to_have_count(1)
    await expect(handler.locator("[data-type=business-licence]")).to_contain_text("91310101")
    await handler.goto(f"{live_server['url']}/resident#/code")
    await handler.locator(".kind[data-kind=enterprise]").click()
    await expect(handler.locator(".kind[data-kind=enterprise]")).to_have_attribute("aria-pressed", "true")
    await handler.wait_for_selector(".code-card[data-phase=live]")
    shown = await photograph(handler)
    await boss.reload()
    granted = boss.locator("[data-delegation][data-state=active]", has_text="欧阳*")
    await granted.get_by_role("button", name="解除授权").click()
    await confirm(boss)
    await expect(granted).to_have_count(0)
    await show_picture(venue, shown)
    assert "失效" in await await_outcome(venue, "refused")
    await handler.goto(f"{live_server['url']}/resident#/companies")
    await expect(handler.locator(".empty")).to_be_visible()


async def test_a_company_is_claimed_where_the_registry_confirms_it(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/me/enterprises")
    boss = await open_companies(open_context, live_server, _BOSS)
    field = boss.get_by_label("统一社会信用代码")
    for typed, said in (("91310101MA0000015X", "代码有误"), ("91110000600037341L", "查无此企业")):
        await field.fill(typed)
        await boss.get_by_role("button", name="申请核验").click()
        await expect(boss.get_by_role("alert").filter(has_text=said)).to_be_visible()
    own, others = (company["unified_social_credit_code"] for company in live_server["companies"])
    await field.fill(others)
    await boss.get_by_role("button", name="申请核验").click()
    await expect(boss.get_by_role("alert").filter(has_text="未确认您是该企业的法定代表人")).to_be_visible()
    await field.fill(own.lower())
    await boss.get_by_role("button", name="申请核验").click()
    await expect(field).to_have_value("")
    await see_the_elder_view(boss)


async def see_the_elder_view(boss: Page) -> None:
    """In English, which is longer; one-time passwords are limited, so the same person looks."""
    await set_language(boss, "en")
    await expect(boss.locator("h1")).to_have_text("Companies")
    await boss.get_by_role("button", name="Let somebody act for it").click()
    await require_accessible(boss, "inviting")
    await boss.evaluate("localStorage.setItem('suixing.elder', 'on')")
    await boss.reload()
    await expect(boss.locator("[data-delegation]").first).to_be_visible()
    await boss.get_by_role("button", name="Let somebody act for it").click()
    await require_large(boss, "inviting")
