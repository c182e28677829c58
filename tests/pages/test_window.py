"""A window of the desk, and relatives on the resident's page: seen in person, bound, and ended at home, in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Generator

import pytest
from playwright.async_api import BrowserContext, Page, expect

from app.demo import invent_people
from tests.harness.folders import create_short_folder
from tests.harness.identity import invent_id_number
from tests.harness.live import running_suixing
from tests.pages.conftest import OpenContext
from tests.pages.desk_walking import Deployment, give_otp
from tests.pages.test_accessibility import require_accessible
from tests.pages.walking import log_in, set_language

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("live")]
GRANDMOTHER = "赵桂兰"


@pytest.fixture(scope="module")
def deployment() -> Generator[Deployment]:
    folder = create_short_folder()
    with running_suixing(folder, SUIXING_PROCESSES="1") as demo:
        yield Deployment(demo, folder / "data")
    shutil.rmtree(folder)


async def open_window(context: BrowserContext, deployment: Deployment) -> Page:
    """The demo's person at a window logs in, and is where they work."""
    page = await context.new_page()
    await page.goto(f"{deployment.url}/desk")
    await give_otp(page, "window")
    await page.wait_for_selector("[data-view=window] form")
    return page


async def see(page: Page, name: str, id_number: str) -> None:
    """Somebody stands there and looks into the camera."""
    await page.locator("[name=name]").fill(name)
    await page.locator("[name=id_number]").fill(id_number)
    await page.get_by_role("button", name="开始人脸核验").click()
    async with page.expect_popup() as opening:
        await page.get_by_role("link", name="打开摄像头").click()
    camera = await opening.value
    await camera.get_by_role("button", name="Pass").click()
    await camera.wait_for_url("**/desk*")
    await camera.close()
    await page.get_by_role("button", name="已完成核验").click()
    await page.wait_for_selector(f"[data-presence]:has-text('{name[0]}')")


async def test_a_grandmother_without_a_phone_is_served(open_context: OpenContext, deployment: Deployment) -> None:
    person = invent_people("31")[0]
    page = await open_window(await open_context(viewport={"width": 1280, "height": 900}), deployment)
    await see(page, GRANDMOTHER, invent_id_number(age=82))
    hers = page.locator("[data-presence]").first
    await hers.get_by_role("button", name="开户").click()
    await page.locator("dialog").get_by_role("button", name="开户").click()
    await expect(hers.get_by_text("未绑定手机")).to_be_visible()
    await see(page, person.name, person.id_number)
    await require_accessible(page, "window")

    await page.locator("[data-care]").get_by_role("button", name="建立亲友关系").click()
    await expect(page.locator("dialog")).to_contain_text("王** 将可出示 赵** 的服务码")
    await page.get_by_role("button", name="双方同意").click()
    await expect(page.get_by_text("亲友关系已建立。")).to_be_attached()
    await hers.get_by_role("button", name="亲友").click()
    await expect(hers.locator("[data-relative]")).to_contain_text("由 王** 代为出示")
    await hers.get_by_role("button", name="打印纸质码").click()
    await page.locator("dialog").get_by_role("button", name="打印纸质码").click()
    await expect(hers.locator("[data-paper]")).to_be_visible(timeout=30_000)  # drawing takes seconds on a busy machine
    await set_language(page, "en")
    await page.set_viewport_size({"width": 390, "height": 844})
    await require_accessible(page, "window")

    resident = await (await open_context()).new_page()
    await log_in(resident, deployment.demo, 0)
    await resident.goto(f"{deployment.url}/resident#/relatives")
    bound = resident.locator("[data-relative]")
    await expect(bound).to_contain_text("您可出示 赵** 的码")
    await require_accessible(resident, "relatives")
    await bound.get_by_role("button", name="解除").click()
    await resident.locator("dialog").get_by_role("button", name="解除").click()
    await expect(bound).to_have_count(0)


async def test_one_invites_and_the_other_agrees(open_context: OpenContext, deployment: Deployment) -> None:
    inviter, invitee = invent_people("31")[:2]
    pages = []
    for number in (0, 1):
        page = await (await open_context()).new_page()
        await log_in(page, deployment.demo, number)
        await page.goto(f"{deployment.url}/resident#/relatives")
        await page.wait_for_selector("[name=phone]")
        pages.append(page)
    mine, theirs = pages
    await mine.locator("[name=name]").fill(invitee.name)
    await mine.locator("[name=phone]").fill(invitee.phone)
    await mine.get_by_role("button", name="发出邀请").click()
    await expect(mine.locator("[data-invitation]")).to_contain_text("李**")
    await theirs.reload()
    await expect(theirs.locator("[data-invitation]")).to_contain_text(f"{inviter.name[0]}** 希望代您亮码")
    await require_accessible(theirs, "invitation")
    await theirs.get_by_role("button", name="同意", exact=True).click()
    await theirs.locator("dialog").get_by_role("button", name="同意", exact=True).click()
    await expect(theirs.locator("[data-relative]")).to_contain_text("王** 可出示您的码")
