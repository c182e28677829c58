"""Licences at the venue's desk: read when they are presented, asked for, waited for, and gone from the screen."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, Route, expect

from tests.pages.conftest import OpenContext
from tests.pages.licences import NAME, NUMBER, PHOTO, Desk, answer
from tests.pages.test_accessibility import LOOKS, look, require_accessible
from tests.pages.walking import Troubles, await_outcome, refusing, scan_by_hand, set_language

_REFUSED = {
    "licence-not-good": 409,
    "licence-not-held": 409,
    "code-already-used": 409,
    "code-expired": 422,
    "presentation-revoked": 422,
}
_UNCHECKED = {"fields-not-allowed": 422, "too-many-requests": 429}


@pytest.fixture
async def desk(open_context: OpenContext, live_server: dict[str, Any]) -> Desk:
    """The demo scanner's desk, ready, at a venue that may ask for two kinds of licences; its clock can be moved."""
    page = await (await open_context(accept_downloads=True)).new_page()
    await page.clock.install()
    made = Desk(page)
    await made.stand_in()
    await page.goto(f"{live_server['url']}/venue")
    await page.locator("[data-demo=hotel-check-in] button").click()
    await page.wait_for_selector(".verdict[data-outcome=ready]")
    return made


async def _accept(route: Route) -> None:
    scan = {"scan_id": "0198c0de-5a1e-7c3b-9f00-3a5d1c2b4e6f", "holder": {}, "province": "31", "warnings": []}
    await route.fulfill(status=201, json=scan)


async def _ask(page: Page) -> None:
    await page.locator(".controls .ask-button").click()
    await page.locator("dialog button[type=submit]").click()


async def _save(page: Page) -> str:
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="保存记录").click()
    path = await (await saving.value).path()
    return await asyncio.to_thread(path.read_text, "utf-8")


async def test_a_presented_licence_is_read_large_and_leaves_no_trace(desk: Desk) -> None:
    page = desk.page
    desk.asked = answer()
    await scan_by_hand(page, "SX4:PRESENTED")
    words = await await_outcome(page, "accepted")
    assert NAME in words
    assert "可留存 30 天" in words
    assert desk.questions == [{"code": "SX4:PRESENTED"}]
    headers = await desk.sent[0].all_headers()
    assert headers["idempotency-key"]
    groups = page.locator(".told-number .told-group")
    assert await groups.all_inner_texts() == ["310101", "19900307", "9012"]
    for part, least in ((".told-name dd", 30), (".told-number dd", 22)):
        size = await page.locator(part).evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        assert size >= least
    photo = page.locator(".told-photo")
    assert await photo.evaluate("node => node.decode().then(() => node.naturalWidth)") == 240
    spoken = await page.locator("[role=alert].unseen").inner_text()
    assert NUMBER not in spoken
    assert NAME not in spoken

    record = json.loads(await _save(page))
    item = desk.asked["items"][0]
    assert record["items"] == [
        {name: item[name] for name in ("access_id", "licence_type", "receipt", "credential")}
        | {"kept_until": desk.asked["kept_until"]}
    ]

    row = page.locator(".history li")
    await expect(row).to_contain_text("居民身份证：姓名、公民身份号码、照片")
    await expect(row.get_by_role("button")).to_have_count(0)
    await page.clock.run_for(20_500)
    await page.wait_for_selector(".verdict[data-outcome=ready]")
    left = await page.content() + await page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    for told in (NAME, NUMBER, "9012", PHOTO[:40]):
        assert told not in left

    # A tap does the same at once; and what may not be kept is not saved.
    desk.asked = answer(kept_days=0)
    await scan_by_hand(page, "SX4:LOOK")
    assert "仅供查看，请勿留存" in await await_outcome(page, "accepted")
    text = await _save(page)
    assert "credential" not in text
    assert "head.claims.signature" in text
    await page.locator(".told-title").click()
    await page.wait_for_selector(".verdict[data-outcome=ready]")
    assert NAME not in await page.content()


async def test_an_abnormal_licence_and_each_refusal_are_said_in_words(desk: Desk, troubles: Troubles) -> None:
    troubles.allow("ERR_", "/v1/presentations")
    page = desk.page
    desk.asked = answer(standing="revoked")
    await scan_by_hand(page, "SX4:REVOKED")
    assert "已撤销" in await await_outcome(page, "refused")
    # Where nobody answers nothing is known, and whoever tries again makes the same request.
    desk.asked = Route.abort
    await scan_by_hand(page, "SX4:LOST")
    for _ in range(3):
        await page.clock.run_for(1500)
    await page.wait_for_selector(".verdict[data-slug=unreachable]")
    desk.asked = answer()
    await page.get_by_role("button", name="再试一次").click()
    await await_outcome(page, "accepted")
    keys = {(await one.all_headers())["idempotency-key"] for one in desk.sent[1:]}
    assert (len(keys), len(desk.sent)) == (1, 5)
    for language, word in (("zh-CN", "无效"), ("en", "Not valid")):
        await set_language(page, language)
        said = set()
        for slug, status in (_REFUSED | _UNCHECKED).items():
            desk.asked = refusing(slug, status)
            await scan_by_hand(page, "SX4:ANY")
            outcome = "refused" if slug in _REFUSED else "unchecked"
            await page.wait_for_selector(f".verdict[data-outcome={outcome}][data-slug={slug}]")
            shown = await page.locator(".verdict").inner_text()
            assert (word in shown) == (outcome == "refused")
            title = await page.locator(".verdict-title").inner_text()
            assert title != slug, "the page's own words"
            said.add(title)
        assert len(said) == len(_REFUSED | _UNCHECKED)


async def test_whoever_was_scanned_is_asked_and_the_answer_is_waited_for(desk: Desk, troubles: Troubles) -> None:
    troubles.allow("ERR_", "/v1/")
    page = desk.page
    await page.route("**/v1/scans", _accept)
    await scan_by_hand(page, "SX1:GUEST")
    await await_outcome(page, "accepted")
    await page.get_by_role("button", name="索要证照").first.click()
    ticked = page.locator("dialog input:checked")
    names = [await one.get_attribute("name") for one in await ticked.all() if await one.is_visible()]
    kind = "resident-identity-card"
    assert names == [f"type:{kind}", *[f"field:{kind}"] * 3]
    await page.locator("dialog").get_by_label("照片").first.uncheck()
    desk.then = [answer("pending"), refusing("unavailable", 503), answer(told={"name": NAME, "id_number": NUMBER})]
    await page.locator("dialog button[type=submit]").click()
    await page.wait_for_selector(".verdict[data-outcome=asking]")
    await expect(page.locator(".ask-left")).to_contain_text("秒")
    for _ in range(3):
        await page.clock.run_for(1500)
    await expect(page.locator(".told-name dd")).to_have_text(NAME, timeout=20_000)
    assert desk.questions == [
        {
            "queries": [{"id": kind, "licence_type": kind, "fields": ["name", "id_number"]}],
            "scan_id": "0198c0de-5a1e-7c3b-9f00-3a5d1c2b4e6f",
        }
    ]
    assert await page.locator(".told-photo").count() == 0

    # The next guest ends a question, and without a network none is put.
    await page.locator(".told-title").click()
    await _ask(page)
    await page.wait_for_selector(".verdict[data-outcome=asking]")
    async with page.expect_request(lambda request: request.method == "DELETE"):
        await scan_by_hand(page, "SX1:NEXT")
    await await_outcome(page, "accepted")
    asked = len(desk.questions)
    await page.context.set_offline(True)
    await page.wait_for_selector(".standby[data-state=offline]")
    await scan_by_hand(page, "SX4:ANY")
    await page.wait_for_selector(".verdict[data-slug=licence-offline]")
    assert "证照需要网络" in await page.locator(".verdict").inner_text()
    assert len(desk.questions) == asked


async def test_a_link_is_shown_as_a_code_that_reads_and_its_ends_are_said(
    desk: Desk, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/presentations")
    page = desk.page
    desk.asked["openid4vp_link"] = "openid4vp://?client_id=x509_hash%3Aa&request_uri=https%3A%2F%2Fprovince.example%2F1"
    await _ask(page)
    code = page.locator(".ask-code")
    await expect(code).to_be_visible()
    own = await code.get_attribute("src")
    await page.get_by_role("button", name="对方用其他钱包").click()
    with Image.open(io.BytesIO(await code.screenshot())) as picture:
        assert [one.text for one in zxingcpp.read_barcodes(picture)] == [desk.asked["openid4vp_link"]]
    await page.get_by_role("button", name="换回本省应用").click()
    assert await code.get_attribute("src") == own
    read = await page.evaluate(
        """async ([picture, credential]) => {
          const body = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
          const headers = {Authorization: `Bearer ${credential}`, "Content-Type": "image/png"};
          return (await fetch("/v1/pictures", {method: "POST", headers, body})).json();
        }""",
        [base64.b64encode(await code.screenshot()).decode(), live_server["scanner"]["credential"]],
    )
    assert read["items"][0]["text"] == desk.asked["link"]

    await page.get_by_role("button", name="撤回").click()
    await page.wait_for_selector(".verdict[data-slug=presentation-withdrawn]")
    assert desk.sent[-1].method == "DELETE"
    for then, slug in (
        (refusing("consent-refused", 403), "consent-refused"),
        (refusing("consent-timed-out", 408), "consent-timed-out"),
        (answer("refused"), "consent-refused"),
        (answer("expired"), "consent-timed-out"),
    ):
        desk.then = [then]
        await _ask(page)
        # Whoever says no, or nothing, shows nothing that is not good: nothing was checked.
        await page.wait_for_selector(f".verdict[data-slug={slug}][data-outcome=unchecked] .verdict-title")
        await page.get_by_role("button", name="下一位").click()


async def test_everybody_can_read_it(desk: Desk, troubles: Troubles) -> None:
    """The choice, the wait, and what is told, good and abnormal, by day and by night, on a phone and on a desk."""
    troubles.allow("/v1/presentations")
    page = desk.page
    for one in LOOKS:
        await look(page, *one)
        await page.locator(".controls .ask-button").click()
        await require_accessible(page, "choice", target=20)
        await page.locator("dialog button[type=submit]").click()
        await page.wait_for_selector(".verdict[data-outcome=asking]")
        await require_accessible(page, "asking")
        for standing, outcome in (("valid", "accepted"), ("expired", "refused")):
            desk.asked = answer(standing=standing)
            await scan_by_hand(page, "SX4:ANY")
            await page.wait_for_selector(f".verdict[data-outcome={outcome}] .told-photo")
            await require_accessible(page, standing)
            width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert width <= 0, "nothing may be beside the screen"
        desk.asked = answer("pending")
        await page.locator(".told-title").click()
