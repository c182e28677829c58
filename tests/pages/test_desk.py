"""The operator's day at the desk, in Chromium, against a deployment of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pyotp
import pytest
from playwright.async_api import Browser, FilePayload, Page, ViewportSize, expect

from app.licences.types import read_shipped
from tests.pages.conftest import KeptPage, OpenContext, open_profile
from tests.pages.desk_walking import (
    Deployment,
    give_otp,
    go_to,
    note_deliveries,
    open_desk,
    read_deliveries,
    register_venue,
    register_verifier,
    switch_while_writing,
)
from tests.pages.people import settle
from tests.pages.test_accessibility import LOOKS, look, require_accessible
from tests.pages.walking import Traffic, Troubles

pytestmark = pytest.mark.browser
_SCREEN: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
async def _kept_desk(browser: Browser, deployment: Deployment) -> AsyncGenerator[KeptPage]:
    """The page of the demo operator, logged in once: one-time passwords are limited."""
    context = await open_profile(browser, viewport=_SCREEN)
    page = await context.new_page()
    await open_desk(page, deployment)
    await page.close()
    yield KeptPage(context, f"{deployment.url}/desk", "[data-view=overview] .tile", _SCREEN)
    await context.close()


@pytest.fixture
async def desk(_kept_desk: KeptPage, troubles: Troubles) -> AsyncGenerator[Page]:
    async with _kept_desk.lend(troubles) as page:
        yield page


async def test_a_venue_is_approved_another_rejected_and_one_stopped(desk: Page, deployment: Deployment) -> None:
    good, bad = await register_venue(deployment, "浦东图书馆"), await register_venue(deployment, "无名阅览室")
    await go_to(desk, "venues", f"[data-venue='{good}']")
    await desk.locator(f"[data-venue='{good}']").get_by_role("button", name="批准").click()
    await expect(desk.locator(f"[data-venue='{good}']")).to_have_count(0)
    assert await deployment.fetch("SELECT approved_at FROM venues WHERE venue_id = $1", good)

    await desk.locator(f"[data-venue='{bad}']").get_by_role("button", name="驳回").click()
    await desk.locator("dialog textarea").fill("地址与登记的不一致")
    await desk.locator("dialog .danger").click()
    await expect(desk.locator(f"[data-venue='{bad}']")).to_have_count(0)
    judged = "SELECT judgement || ' ' || judgement_words FROM venues WHERE venue_id = $1"
    assert await deployment.fetch(judged, bad) == "rejected 地址与登记的不一致"

    row = desk.locator(".table tr", has_text="浦东图书馆")
    await row.get_by_role("button", name="停用").click()
    await desk.locator("dialog textarea").fill("接到投诉，先停用核实")
    await desk.locator("dialog .danger").click()
    await expect(row).to_contain_text("已停用")


async def test_a_dispute_is_answered(desk: Page, deployment: Deployment) -> None:
    await deployment.dispute_a_scan(0, "那天我不在上海")
    await go_to(desk, "disputes", "[data-dispute]")
    card = desk.locator("[data-dispute]")
    await expect(card.locator("blockquote")).to_have_text("那天我不在上海")
    await card.get_by_role("button", name="答复").click()
    await desk.locator("dialog select").select_option("upheld")
    await desk.locator("dialog textarea").fill("已核实并要求该场所整改")
    await desk.locator("dialog button[type=submit]").click()
    await expect(desk.locator("[data-dispute] .state")).to_contain_text("成立")
    assert await deployment.fetch("SELECT outcome FROM dispute_answers") == "upheld"


async def test_a_caller_is_found_for_a_reason_and_locked(desk: Page, deployment: Deployment) -> None:
    # The account stays locked, so it is nobody's whom other tests meet.
    person = await settle(deployment.demo)
    caller = {"Authorization": f"Bearer {person['access_token']}"}
    await go_to(desk, "residents", "form")
    await desk.locator("[name=number]").fill(person["phone"])
    await desk.locator("[name=case_reference]").fill("12345-0099")
    await desk.locator("form [name=reason]").fill("来电称手机被盗，要求锁定")
    await desk.get_by_role("button", name="查找").click()
    found = desk.locator("[data-found]")
    await expect(found).to_contain_text("**")
    await expect(found).not_to_contain_text(person["name"])
    await found.get_by_role("button", name="锁定账户").click()
    await desk.locator("dialog textarea").fill("已回拨核对身份")
    await desk.locator("dialog .danger").click()
    await expect(found.get_by_text("已锁定").locator("..").locator(".bad")).to_be_visible()
    async with httpx.AsyncClient(base_url=deployment.url) as client, asyncio.timeout(20):
        while (await client.get("/v1/me", headers=caller)).status_code != 401:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.1)


async def test_a_dead_worker_raises_an_alarm_and_its_return_ends_it(desk: Page, deployment: Deployment) -> None:
    await expect(desk.locator("[data-tile=workers]")).to_have_class(re.compile("good"))
    deployment.pause_worker()
    try:
        await deployment.execute("UPDATE workers SET seen_at = $1", datetime.now(UTC) - timedelta(minutes=5))
        await desk.reload()
        alarm = desk.locator("[data-alarm=workers-silent]")
        await expect(alarm).to_contain_text("没有后台进程在运行")
        await expect(desk.locator("[data-tile=workers]")).to_have_class(re.compile("bad"))
        # Where it also stood before the pause, the header of the page says what needs seeing to.
        await expect(desk.locator(".all-well")).to_have_count(0)
    finally:
        deployment.resume_worker()
    await expect(desk.locator("[data-alarm=workers-silent]")).to_have_count(0, timeout=60_000)


async def test_plots_are_read_by_pointer_by_keys_and_as_a_table(desk: Page, deployment: Deployment) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for minutes, scans in ((10, 40), (9, 80), (7, 20)):
        at = now - timedelta(minutes=minutes)
        await deployment.measure(at, {"servers.counting": 1, "scans.accepted": scans})
    await desk.reload()
    plot = desk.locator("[data-plot=scans]")
    field = plot.get_by_role("slider")
    await field.focus()
    read: list[str] = []
    for _ in range(14):
        await desk.keyboard.press("ArrowLeft")
        read.append(await field.get_attribute("aria-valuetext") or "")
    assert any("核验通过 80" in words for words in read)
    assert any("核验通过 –" in words for words in read)  # nothing is known of that minute
    box = await field.bounding_box()
    assert box
    await desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    await expect(plot.locator(".plot-hair")).to_have_count(1)
    await plot.locator("summary").click()
    await expect(plot.locator("tbody tr")).to_have_count(60)
    await expect(plot.locator("tbody")).to_contain_text("80")
    await desk.locator("[name=window][value=week]").check()
    await expect(desk.locator("[data-plot=answers] .plot-text", has_text="/").first).to_be_visible()


async def test_lines_break_where_nothing_is_known_and_scales_begin_at_nought(desk: Page) -> None:
    made = await desk.evaluate(
        """async () => {
          const { niceMost, pathOf } = await moduleOf("desk/plot.js");
          return {
            scales: [0, 0.003, 1, 1.2, 24, 26, 99, 101, 4000].map(niceMost),
            path: pathOf([1, 2, null, 4, null, null, 7, 8], (x) => x, (y) => y),
            nothing: pathOf([null, null], (x) => x, (y) => y),
          };
        }"""
    )
    assert made["scales"] == pytest.approx([1, 0.005, 1, 2, 25, 50, 100, 200, 5000])
    assert made["path"] == "M0.0 1.0L1.0 2.0M3.0 4.0h1.5M6.0 7.0L7.0 8.0"
    assert made["nothing"] == ""


_VIEWS = {
    "venues": "[data-venue]",
    "disputes": ".card, .empty",
    "residents": "form",
    "licences": ".table",
    "verifiers": ".table",
    "campaigns": "[data-campaign], .empty",
    "system": "[data-deliveries] .table",
    "proposals": ".empty",
    "staff": ".table",
    "acts": ".table",
    "factors": ".empty",
}
_WRITTEN = {"licences": "tr:has([data-kind=senior-card]) .button", "verifiers": ".button", "campaigns": ".button"}


async def test_every_view_is_accessible(desk: Page, deployment: Deployment) -> None:
    await register_venue(deployment, "待审场所")
    await register_verifier(deployment)
    await note_deliveries(deployment)
    for one in LOOKS:
        await look(desk, *one)
        await desk.wait_for_selector("[data-plot]")
        await require_accessible(desk, f"overview {one}", texts=30)
        for view, ready in _VIEWS.items():
            await go_to(desk, view, ready)
            await require_accessible(desk, f"{view} {one}")
        await go_to(desk, "system", "[data-deliveries] .table")
        await desk.locator("[data-deliveries] summary").click()
        await require_accessible(desk, f"deliveries by topic {one}")
        await read_deliveries(desk)
        for view, opens in _WRITTEN.items():
            await go_to(desk, view, opens)
            await desk.locator(f"[data-view={view}] {opens}").first.click()
            await desk.wait_for_selector("[data-editor]:not([hidden])")
            await require_accessible(desk, f"{view}, being written {one}")
        await go_to(desk, "venues", "[data-venue]")
        await desk.locator("[data-venue] .danger-quiet").first.click()
        await require_accessible(desk, f"a question {one}")
        await desk.keyboard.press("Escape")
        await go_to(desk, "overview", "[data-plot]")


async def test_a_purpose_is_let_ask_for_more_and_for_nothing(desk: Page, deployment: Deployment) -> None:
    await go_to(desk, "licences", "[data-kind=driving-licence]")
    await desk.locator("[name=purpose]").select_option(label="汽车租赁")
    row = desk.locator("tr", has=desk.locator("[data-asked=driving-licence]"))
    await expect(row).to_contain_text("准驾车型")
    await row.get_by_role("button", name="更改").click()
    await desk.locator("dialog label", has_text="档案编号").click()
    await desk.locator("dialog [name=kept_days]").fill("90")
    await desk.locator("dialog textarea").fill("核对档案所需，已报法制部门")
    await require_accessible(desk, "a question of fields")
    await desk.locator("dialog button[type=submit]").click()
    await expect(desk.locator("dialog")).to_have_count(0)
    await expect(row).not_to_contain_text("档案编号")  # it takes a second person

    other = desk.locator("tr", has=desk.locator("[data-asked=hmt-residence-permit]"))
    await other.get_by_role("button", name="收回").click()
    await desk.locator("dialog .danger").click()
    await expect(other).to_have_count(0)
    left = "SELECT array_agg(type_id ORDER BY type_id) FROM purpose_licences WHERE purpose = 'car-rental'"
    assert await deployment.fetch(left) == ["driving-licence", "resident-identity-card"]

    await go_to(desk, "proposals", "[data-proposal]")
    card = desk.locator("[data-proposal]")
    await expect(card).to_contain_text("允许用途查看证照")
    await expect(card).to_contain_text("car-rental · driving-licence · licence_number, name, first_issued_on")
    await expect(card).to_contain_text("file_number, state · 90 天")
    await require_accessible(desk, "proposals")


async def test_a_kind_is_changed_and_a_verifier_let_in_by_two_and_stopped_by_one(
    desk: Page, deployment: Deployment
) -> None:
    kind = msgspec.to_builtins(read_shipped()["driving-licence"])
    kind["fields"] = [one for one in kind["fields"] if one["id"] != "vehicle_classes"]
    await go_to(desk, "licences", "[data-kind=driving-licence]")
    await desk.get_by_role("button", name="新增证照类型").click()
    file: FilePayload = {"name": "kind.json", "mimeType": "application/json", "buffer": msgspec.json.encode(kind)}
    await desk.set_input_files("[name=file]", file)
    await desk.get_by_role("button", name="查看影响并提出").click()
    await expect(desk.locator("dialog [data-breaks]")).to_contain_text("用途 car-rental 需要 vehicle_classes")
    await desk.locator("dialog textarea").fill("准驾车型改由交管另行提供")
    await desk.locator("dialog button[type=submit]").click()
    await expect(desk.locator("[data-editor]")).to_be_hidden()

    await register_verifier(deployment)
    await go_to(desk, "verifiers", ".table")
    await desk.get_by_role("button", name="登记外部验证方").click()
    await expect(desk.locator("datalist option").first).to_be_attached()
    venue = await desk.locator("datalist option").first.get_attribute("value")
    said = {"name": "申城酒店", "venue": venue, "client_id": "x509_hash:abc", "origins": "https://hotel.example"}
    for name, text in said.items():
        await desk.locator(f"[name={name}]").fill(str(text))
    await expect(desk.locator("[name=keys]")).to_be_hidden()
    await desk.locator("[data-editor] [name=reason]").fill("合同已由法制部门审核")
    await desk.get_by_role("button", name="提出", exact=True).click()
    await expect(desk.locator("[data-editor]")).to_be_hidden()

    await go_to(desk, "proposals", "[data-proposal]")
    await expect(desk.locator("[data-proposal]", has_text="新增或修改证照类型")).to_contain_text("car-rental")
    await expect(desk.locator("[data-proposal]", has_text="允许外部验证方")).to_contain_text("申城酒店 · x509_hash:abc")
    await require_accessible(desk, "proposals")

    await go_to(desk, "verifiers", ".table")
    row = desk.locator("tr", has_text="示范连锁")
    await row.get_by_role("button", name="收回").click()
    await desk.locator("dialog textarea").fill("合同已到期")
    await desk.locator("dialog .danger").click()
    await expect(row).to_contain_text("已收回")


async def test_a_campaign_is_written_seen_let_go_by_another_and_ended(desk: Page, deployment: Deployment) -> None:
    """It starts tomorrow, so that it stands still at whatever hour this runs."""
    await go_to(desk, "campaigns", "[data-campaign], .empty")
    await desk.get_by_role("button", name="拟写群发").click()
    words = {"title_zh": "到浙江，社保转移可网上办", "title_en": "Move your social insurance online"}
    words |= {"body_zh": "打开「我的证照」即可办理。", "body_en": "Open My licences.", "link": "/resident#/wallet"}
    for name, said in words.items():
        await desk.locator(f"[data-editor] [name={name}]").fill(said)
    await desk.locator("[name=kind]").select_option("province")
    await desk.locator("[name=value]").select_option("33")
    tomorrow = datetime.now(UTC) + timedelta(days=1, hours=8)  # Beijing's
    await desk.locator("[name=starts]").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    await desk.get_by_role("button", name="预览").click()
    await expect(desk.locator("[data-reach]")).to_contain_text("人")
    await expect(desk.locator("[data-editor] .lock-title")).to_have_text([words["title_zh"], words["title_en"]])
    await desk.locator("[data-editor] [name=body_zh]").fill("打开「证照」即可办理。")
    await expect(desk.locator("[data-reach]")).to_have_count(0)  # what was seen is not what stands there now
    await switch_while_writing(desk, body_zh="打开「证照」即可办理。", value="33")
    await desk.get_by_role("button", name="存为草稿").click()
    card = desk.locator("[data-campaign]", has_text=words["title_zh"])
    await expect(card).to_contain_text("浙江")
    await card.get_by_role("button", name="提交批准").click()
    await desk.locator("dialog textarea").fill("与浙江省人社部门商定")
    await desk.locator("dialog button[type=submit]").click()
    await expect(card.locator(".state")).to_contain_text("待第二人")
    await card.get_by_role("link", name="查看待批事项").click()
    proposed = desk.locator("[data-proposal]", has_text="打开「证照」即可办理。")
    await expect(proposed).to_contain_text("现在在某省的居民 · 浙江")
    await go_to(desk, "campaigns", "[data-campaign]")
    found = "SELECT proposal_id FROM proposals WHERE kind = 'campaign.send' ORDER BY proposed_at DESC LIMIT 1"
    await deployment.approve_as_colleague(await deployment.fetch(found))
    await expect(card.locator(".state")).to_contain_text("发送中")
    await expect(card.get_by_role("progressbar")).to_be_visible()
    await expect(card).to_contain_text("开始")
    await card.get_by_role("button", name="暂停").click()
    await expect(card.locator(".state")).to_contain_text("已暂停")
    await card.get_by_role("button", name="终止").click()
    await desk.locator("dialog textarea").fill("浙江方面暂缓办理")
    await desk.locator("dialog .danger").click()
    await expect(card.locator(".state")).to_contain_text("已终止")
    await expect(card.get_by_role("button")).to_have_count(0)


async def test_the_login_is_accessible_and_says_what_is_wrong(
    open_context: OpenContext, deployment: Deployment, troubles: Troubles
) -> None:
    troubles.allow("/v1/otp")
    page = await (await open_context()).new_page()
    await page.goto(f"{deployment.url}/desk")
    await page.wait_for_selector("[data-demo=operator]")
    await require_accessible(page, "login")
    await page.locator("[name=phone]").fill("12")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="请")).to_be_visible()
    await expect(page.locator("[name=phone]")).to_be_focused()


async def test_an_idle_desk_warns_and_closes(
    open_context: OpenContext, deployment: Deployment, troubles: Troubles
) -> None:
    """After all that use the kept desk: each log in at the demo operator's computer ends the one before."""
    troubles.allow("/v1/desk/")  # what the desk asks for again and again may be under way when its session ends
    page = await (await open_context()).new_page()
    await page.clock.install()
    traffic = Traffic(page)
    await open_desk(page, deployment)
    await traffic.settle()
    await page.clock.fast_forward("14:10")
    await page.get_by_role("button", name="继续工作").click()
    await expect(page.locator("[data-idle]")).to_have_count(0)
    await traffic.settle()
    await page.clock.fast_forward("14:10")
    await expect(page.locator("[data-idle]")).to_contain_text("秒后")
    await page.clock.fast_forward("01:00")
    await expect(page.locator(".note")).to_contain_text("无操作")
    await expect(page.locator("[name=phone]")).to_be_visible()


async def test_a_computer_that_nobody_let_in_is_told_how_to_be(
    open_context: OpenContext, deployment: Deployment, troubles: Troubles
) -> None:
    troubles.allow("/v1/staff/me")
    page = await (await open_context()).new_page()
    await page.goto(f"{deployment.url}/desk")
    await page.wait_for_selector("[data-demo]")
    await page.locator("[name=phone]").fill(deployment.demo["residents"][2]["phone"])
    await page.locator("button[type=submit]").click()
    await page.wait_for_selector("[data-otp]")
    await page.locator(".development button").click()
    await expect(page.locator(".note.bad")).to_contain_text("在“消息”中允许它")


async def test_a_second_factor_is_enrolled_and_asked_for(open_context: OpenContext, deployment: Deployment) -> None:
    """The last of this file: the demo operator has one from here on, and each log in ends the one before."""
    desk = await (await open_context()).new_page()
    await open_desk(desk, deployment)
    await go_to(desk, "factors", ".empty")
    await desk.get_by_role("button", name="添加验证器应用").click()
    await desk.locator("dialog button[type=submit]").click()
    form = desk.locator("[data-totp-secret]")
    secret = await form.get_attribute("data-totp-secret")
    assert secret
    await expect(form.locator("img")).to_be_visible()
    assert await form.locator("img").evaluate("image => image.naturalWidth > 0")
    await form.locator("input").fill(pyotp.TOTP(secret).now())
    await form.locator("button").click()
    await expect(desk.locator("[data-recovery-codes] code")).to_have_count(10)
    recovery = await desk.locator("[data-recovery-codes] code").all_inner_texts()
    await require_accessible(desk, "recovery codes")

    page = await (await open_context()).new_page()
    await page.goto(f"{deployment.url}/desk")
    await give_otp(page)
    await page.locator("[name=factor]").fill(recovery[0])
    await page.locator("button[type=submit]").click()
    await page.wait_for_selector("[data-view=overview] .tile")
    assert await deployment.fetch("SELECT count(*) FROM staff_recovery_codes WHERE used_at IS NOT NULL") == 1
    await go_to(page, "factors", ".table")
    await page.locator("[data-leave]").click()
    await expect(page.locator("[name=phone]")).to_be_visible()
