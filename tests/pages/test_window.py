"""A window of the desk, and relatives on the resident's page: seen in person, bound, and ended at home, in Chromium."""

from __future__ import annotations

import json
from uuid import UUID

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from playwright.async_api import BrowserContext, Page, expect

from app.demo import invent_people
from tests.harness.identity import invent_id_number
from tests.pages.conftest import OpenContext
from tests.pages.desk_walking import Deployment, give_otp
from tests.pages.licences import PHOTO
from tests.pages.test_accessibility import require_accessible
from tests.pages.walking import Troubles, log_in, set_language

pytestmark = pytest.mark.browser
GRANDMOTHER = "赵桂兰"


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
    await require_accessible(page, "window, with a paper to print")
    await set_language(page, "en")
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(hers.locator("[data-paper]")).to_be_visible()
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


async def test_materials_and_licences_of_who_has_no_phone(open_context: OpenContext, deployment: Deployment) -> None:
    page = await open_window(await open_context(viewport={"width": 1280, "height": 900}), deployment)
    await see(page, "钱秀珍", invent_id_number(age=79))
    hers = page.locator("[data-presence]").first
    await hers.get_by_role("button", name="开户").click()
    await page.locator("dialog").get_by_role("button", name="开户").click()
    await expect(hers.get_by_text("未绑定手机")).to_be_visible()
    newest = "SELECT resident_id FROM window_presences ORDER BY opened_at DESC LIMIT 1"
    resident_id = await deployment.fetch(newest)
    card = {"name": "钱秀珍", "id_number": "310101194703070027", "address": "随行路1号", "photo": PHOTO}
    await deployment.hold_licence(resident_id, "resident-identity-card", **card)

    await hers.get_by_role("button", name="办事材料").click()
    await hers.locator("[name=matter]").select_option("change-of-residence")
    await hers.get_by_role("button", name="查询持有情况").click()
    turned = hers.locator("[data-turned]")
    await expect(turned).to_contain_text("姓名、公民身份号码、住址")
    await expect(hers.locator("[data-material=identity]")).to_have_attribute("data-state", "held")
    assert "310101194703070027" not in await page.content(), "nothing of it before she agrees"
    await require_accessible(page, "materials")
    await turned.get_by_role("button", name="本人同意").click()
    await expect(hers.locator("[data-handed=identity]")).to_contain_text("310101194703070027")
    await expect(hers.locator("[data-handed=identity]")).to_contain_text("可留存至")
    async with page.expect_download() as saving:
        await hers.get_by_role("button", name="保存记录").click()
    record = json.loads((await (await saving.value).path()).read_text("utf-8"))
    [item] = [one for one in record["items"] if one["material"] == "identity"]
    assert (item["fields"]["name"], bool(item["kept_until"])) == ("钱秀珍", True)
    async with httpx.AsyncClient(base_url=deployment.url) as client:
        checked = await client.post("/v1/receipts/checks", json={"receipt": item["receipt"]})
    assert checked.json()["claims"]["access_id"] == item["access_id"]
    await expect(hers.locator("[data-material=household]")).to_contain_text("携带")
    await require_accessible(page, "handed over")

    await set_language(page, "en")
    await page.set_viewport_size({"width": 390, "height": 844})
    hers = page.locator("[data-presence]").first
    await hers.get_by_role("button", name="Look at a licence").click()
    await hers.locator("[name=type]").select_option("resident-identity-card")
    await hers.get_by_role("button", name="Look", exact=True).click()
    await expect(hers.locator("[data-licence]")).to_contain_text("随行路1号")
    await require_accessible(page, "licences")
    looks = "SELECT count(*) FROM accesses AS a JOIN residents AS r USING (subject_no) WHERE r.resident_id = $1"
    assert await deployment.fetch(looks, resident_id) == 2


async def test_who_has_a_phone_agrees_there(open_context: OpenContext, deployment: Deployment) -> None:
    person, headers = invent_people("31")[1], await deployment.log_in_resident(1)
    resident_id = UUID(deployment.demo["residents"][1]["resident_id"])
    register = {"name": person.name, "address": "随行路2号", "source": "test"}
    held = await deployment.hold_licence(resident_id, "household-register", **register)
    page = await open_window(await open_context(viewport={"width": 1280, "height": 900}), deployment)
    await see(page, person.name, person.id_number)
    theirs = page.locator("[data-presence]").first
    await theirs.get_by_role("button", name="办事材料").click()
    await theirs.locator("[name=matter]").select_option("marriage-registration")
    await theirs.get_by_role("button", name="查询持有情况").click()
    await expect(theirs.get_by_text("等待本人查看并同意")).to_be_visible()
    async with httpx.AsyncClient(base_url=deployment.url, headers=headers) as client:
        [asked, *_] = (await client.get("/v1/me/presentations")).json()["items"]
        shown = (await client.get(f"/v1/me/presentations/{asked['id']}")).json()
        assert str(held) in {one["licence_id"] for query in shown["queries"] for one in query["candidates"]}
        path = f"/v1/me/presentations/{asked['id']}/answer"
        answered = await client.post(path, json={"grant": True, "licences": {"household": str(held)}})
    assert answered.status_code == 200, answered.text
    await theirs.get_by_role("button", name="查看已交付的材料").click(timeout=30_000)
    await expect(theirs.locator("[data-handed=household]")).to_contain_text("随行路2号")


async def test_a_copy_is_read_from_paper_and_checked(
    open_context: OpenContext, deployment: Deployment, troubles: Troubles
) -> None:
    """Made by the holder, printed, scanned by whoever was handed it; then taken back."""
    headers, demo = await deployment.log_in_resident(0), deployment.demo
    resident_id = UUID(demo["residents"][0]["resident_id"])
    fields = {"name": "王小明", "licence_number": "310101199003070015", "photo": PHOTO}
    licence_id = await deployment.hold_licence(resident_id, "driving-licence", source="test", **fields)
    order = {"requester": "上海随行汽车租赁有限公司", "purpose": "办理短期自驾租车手续", "valid_days": 7}
    async with httpx.AsyncClient(base_url=deployment.url, headers=headers, timeout=60) as client:
        made = (await client.post(f"/v1/wallet/licences/{licence_id}/copies", json=order)).json()
        printed = await client.get(made["download_url"])
    assert printed.status_code == 200, printed.text
    page = await (await open_context()).new_page()
    await page.goto(read_code(printed.content))
    verdict = page.locator(".copy-verdict")
    await expect(verdict).to_contain_text("真实有效")
    await expect(page.locator(".copy-facts").first).to_contain_text("王**")
    await expect(page.locator(".copy-lines")).to_contain_text("310***********0015")
    await require_accessible(page, "a good copy")
    await page.emulate_media(color_scheme="dark")
    await set_language(page, "en")
    await expect(verdict).to_contain_text("Genuine and good")
    await require_accessible(page, "a good copy in English")
    async with httpx.AsyncClient(base_url=deployment.url, headers=headers) as client:
        assert (await client.delete(f"/v1/wallet/copies/{made['copy_id']}")).status_code == 204
    await page.reload()
    await expect(verdict).to_contain_text("Taken back")
    await page.locator("[name=text]").fill("https://example.com/#something-else")
    troubles.allow("/v1/licence-copies/checks")
    await page.get_by_role("button", name="Check", exact=True).click()
    await expect(verdict).to_contain_text("Not a licence's copy")
    await require_accessible(page, "no copy")


def read_code(pdf: bytes) -> str:
    """What the code on the paper reads."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72).to_pil().convert("L")
    [found] = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found.text


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
