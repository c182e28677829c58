"""The resident's own account: proving who one is, claims, ways to log in, consents, an export, and leaving."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from stdnum.iso7064 import mod_11_2

from tests.pages.conftest import KeptPage, OpenContext, open_profile
from tests.pages.test_accessibility import LOOKS, look, require_accessible
from tests.pages.test_elder import require_large
from tests.pages.walking import Troubles

Card = tuple[str, str]
_CHANCE = random.Random()  # noqa: S311  invented people, not secrets


def invent_phone() -> str:
    return f"137{_CHANCE.randrange(10**8):08}"


def invent_card() -> Card:
    """Somebody whom no other test proves to be."""
    year, number = _CHANCE.randrange(1950, 2000), _CHANCE.randrange(1000)
    body = f"110105{year}{_CHANCE.randrange(1, 13):02}{_CHANCE.randrange(1, 29):02}{number:03}"
    return "李小明", body + mod_11_2.calc_check_digit(body)


async def register(page: Page, server: dict[str, Any], phone: str) -> None:
    """Somebody new logs in by a phone that nobody had, and is on their code's page."""
    await page.goto(f"{server['url']}/resident")
    await page.wait_for_selector(".person")
    await page.locator("#phone").fill(phone)
    await page.locator("form .button").click()
    await page.locator(".development-otp button").click()
    await page.wait_for_selector(".code-card[data-phase=refused], .code-card[data-phase=live]")


async def begin_to_prove(page: Page, card: Card) -> None:
    """From the code's page to a face check that has passed at the authority."""
    await page.goto(f"{page.url.split('#')[0]}#/identity")
    await page.locator("#identity-name").fill(card[0])
    await page.locator("#identity-number").fill(card[1])
    await page.locator("#identity-agree").check()
    await page.locator("form button[type=submit]").click()
    async with page.context.expect_page() as opened:
        await page.locator(".waiting + a").click()
    face = await opened.value
    await face.locator("button[value=pass]").click()
    await face.wait_for_load_state()
    await face.close()


async def open_part(page: Page, name: str, ready: str) -> None:
    await page.evaluate("name => { location.hash = `#/${name}`; }", name)
    await page.wait_for_selector(ready)


@pytest.fixture
async def newcomer(open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles) -> tuple[Page, str]:
    """The page of somebody who has just registered, and their phone."""
    troubles.allow("/v1/codes", "/v1/me/messages")
    page, phone = await (await open_context()).new_page(), invent_phone()
    await register(page, live_server, phone)
    return page, phone


class Settled:
    """Somebody who registered, and whose account tests change one after another."""

    def __init__(self, kept: KeptPage, phone: str) -> None:
        self.kept = kept
        self.phone = phone


@pytest.fixture(scope="module")
async def settled(browser: Browser, live_server: dict[str, Any]) -> AsyncGenerator[Settled]:
    context, phone = await open_profile(browser), invent_phone()
    page = await context.new_page()
    await register(page, live_server, phone)
    await page.close()
    yield Settled(KeptPage(context, f"{live_server['url']}/resident", ".code-card[data-phase=refused]"), phone)
    await context.close()


@pytest.fixture
async def account(settled: Settled, troubles: Troubles) -> AsyncGenerator[Page]:
    """Their page."""
    troubles.allow("/v1/codes", "/v1/me/messages")
    async with settled.kept.lend(troubles) as page:
        yield page


async def test_who_proves_their_face_has_a_code_at_once(newcomer: tuple[Page, str], troubles: Troubles) -> None:
    troubles.allow("/v1/me/identity", "/v1/wallet/licences")
    page, _ = newcomer
    await page.locator("[data-tab=wallet]").click()
    await expect(page.locator(".wallet-state")).to_contain_text("之后即可查看和出示证照")
    await page.get_by_role("link", name="去实名核验").click()
    await page.locator("form button[type=submit]").click()
    await expect(page.get_by_role("alert").filter(has_text="请填写姓名和证件号码")).to_be_visible()
    card = invent_card()
    await page.locator("#identity-name").fill(card[0])
    await page.locator("#identity-number").fill(card[1])
    await page.locator("form button[type=submit]").click()
    await expect(page.get_by_role("alert").filter(has_text="勾选同意")).to_be_visible()
    await begin_to_prove(page, card)
    await expect(page.locator(".note.good")).to_contain_text("这台设备已核验", timeout=15_000)
    await page.locator("[data-tab=code]").click()
    await page.wait_for_selector(".code-card[data-phase=live]")


async def test_a_claim_is_told_above_everything_and_refused(
    newcomer: tuple[Page, str], open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/me/identity")
    (owner, _), card = newcomer, invent_card()
    await begin_to_prove(owner, card)
    await expect(owner.locator(".note.good")).to_be_visible(timeout=15_000)
    thief = await (await open_context()).new_page()
    await register(thief, live_server, invent_phone())
    await begin_to_prove(thief, card)
    await expect(thief.locator(".waiting")).to_contain_text("这个身份已有账户", timeout=15_000)
    await expect(thief.get_by_role("button", name="完成登录")).to_be_disabled()

    await expect(owner.locator("[data-alert=claim]")).to_contain_text("刷脸核验", timeout=15_000)
    await require_accessible(owner, "a claim")
    await owner.get_by_role("button", name="不是我，拒绝").click()
    await expect(owner.locator("[data-alert=claim]")).to_have_count(0)
    await thief.get_by_role("button", name="看看有没有回应").click()
    await expect(thief.locator("#identity-name")).to_be_visible()


async def test_ways_to_log_in_are_linked_and_unlinked(account: Page) -> None:
    page = account
    await open_part(page, "logins", "[data-login=phone]")
    await expect(page.get_by_role("button", name="解除绑定")).to_have_count(0)
    await page.get_by_role("button", name="微信").click()
    linked = page.locator("[data-login=wechat]")
    await linked.get_by_role("button", name="解除绑定").click()
    await page.locator("dialog").get_by_role("button", name="解除绑定").click()
    await expect(linked).to_have_count(0)


async def test_a_phone_is_changed_by_a_text_to_the_new_one(account: Page, settled: Settled) -> None:
    page, fresh = account, invent_phone()
    await open_part(page, "logins", "[data-login=phone]")
    await page.get_by_role("button", name="更换手机号").click()
    await prove_phone(page, fresh)
    await page.get_by_role("button", name="更换手机号").click()
    await expect(page.locator("[data-login=phone]")).to_contain_text(f"{fresh[:3]}****{fresh[-4:]}")
    settled.phone = fresh


async def prove_phone(page: Page, phone: str) -> None:
    """Fills in the number and the one-time password that its text says."""
    await page.locator("#proof-phone").fill(phone)
    await page.get_by_role("button", name="获取验证码").click()
    otp = await page.locator("[data-otp]").get_attribute("data-otp")
    await page.locator("#proof-otp").fill(otp or "")


async def test_a_consent_is_switched_where_it_stands(account: Page) -> None:
    page = account
    await open_part(page, "consents", "[data-consent]")
    switch = page.locator("[data-consent=location] [role=switch]")
    for state in ("true", "false"):
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", state)
        await expect(switch).to_be_focused()
    await expect(page.locator("[data-consent=identity] a")).to_have_text("去实名核验")


async def test_the_export_is_a_file_with_everything(account: Page, settled: Settled, tmp_path: Path) -> None:
    page = account
    await open_part(page, "data", "#leave-title")
    async with page.expect_download() as begun:
        await page.get_by_role("button", name="导出").click()
    download = await begun.value
    assert download.suggested_filename.endswith(".zip")
    await download.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "mine.zip").read_bytes())) as archive:
        assert json.loads(archive.read("data.json"))["profile"][0]["phone"] == f"+86{settled.phone}"


async def test_leaving_is_asked_twice_and_can_be_taken_back(
    newcomer: tuple[Page, str], live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/me", "/v1/sessions/refresh")
    page, phone = newcomer
    await open_part(page, "data", "#leave-title")
    await page.get_by_role("button", name="注销账户").click()
    await prove_phone(page, phone)
    await page.get_by_role("button", name="注销账户").click()
    await page.locator("dialog").get_by_role("button", name="注销账户").click()
    await expect(page.locator(".login")).to_contain_text("已申请注销账户")

    await register(page, live_server, phone)
    await expect(page.locator("[data-alert=leaving]")).to_contain_text("账户将于")
    await require_accessible(page, "leaving")
    await page.get_by_role("button", name="取消注销").click()
    await page.locator("dialog").get_by_role("button", name="取消注销").click()
    await expect(page.locator("[data-alert]")).to_have_count(0)


_PARTS = (
    ("identity", ".note, form"),
    ("logins", "[data-login]"),
    ("consents", "[data-consent]"),
    ("data", "#leave-title"),
    ("notices", ".heard tbody tr"),
)


async def test_every_part_is_accessible(resident: Page) -> None:
    for one in LOOKS[:2]:
        await look(resident, *one)
        for name, ready in _PARTS:
            await open_part(resident, name, ready)
            await require_accessible(resident, f"{name} {one}")
            wide = await resident.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not wide, name
        await open_part(resident, "logins", "[data-login]")
        await resident.locator(".account-row button").click()
        await require_accessible(resident, f"change phone {one}")
        await open_part(resident, "code", ".code-card[data-phase=live]")


async def test_every_part_is_large_in_the_elder_view(resident: Page) -> None:
    await resident.emulate_media(reduced_motion="reduce")
    await resident.locator("header").get_by_role("button", name="长辈版").click()
    for name, ready in _PARTS:
        await open_part(resident, name, ready)
        await require_large(resident, name)
    await resident.get_by_role("link", name="返回服务码").click()
    await resident.wait_for_selector(".elder .code-card[data-phase=live]")
