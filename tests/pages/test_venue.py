"""The venue's desk: what each refusal says, what a lost network is, and every way to hand a code over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.pages.conftest import OpenContext, set_up_venue
from tests.pages.walking import (
    Troubles,
    await_outcome,
    press_keys_at_once,
    refusing,
    scan_by_hand,
    set_language,
    show_picture,
)

_CODE_REFUSALS = {
    "code-not-ours": 422,
    "code-malformed": 422,
    "code-issuer-unknown": 422,
    "code-algorithm-refused": 422,
    "code-signature-invalid": 422,
    "code-not-yet-valid": 422,
    "code-expired": 422,
    "code-lifetime-excessive": 422,
    "code-form-refused": 422,
    "code-revoked": 409,
    "code-already-used": 409,
}
_OUR_REFUSALS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "purpose-not-registered": 403,
    "venue-not-approved": 403,
    "too-many-requests": 429,
    "internal": 500,
    "unavailable": 503,
}


@pytest.fixture
async def listless(open_context: OpenContext, live_server: dict[str, Any]) -> Page:
    """The demo scanner's desk without any lists: without the server it can say nothing of a code."""
    context = await open_context()
    await context.route("**/v1/trust-list", lambda route: route.fulfill(body="none"))
    return await set_up_venue(context, live_server)


async def test_every_refusal_has_its_words_and_says_what_to_do(listless: Page, troubles: Troubles) -> None:
    troubles.allow("/v1/scans")
    await require_words(listless, {"refused": "无效", "unchecked": "未核验"})
    await set_language(listless, "en")
    await require_words(listless, {"refused": "Not valid", "unchecked": "Not checked"})


async def require_words(listless: Page, words: dict[str, str]) -> None:
    """Every refusal, in the language that the page is in."""
    said: dict[str, str] = {}
    for slug, status in (_CODE_REFUSALS | _OUR_REFUSALS).items():
        outcome = "refused" if slug in _CODE_REFUSALS else "unchecked"
        await listless.route("**/v1/scans", refusing(slug, status))
        await scan_by_hand(listless, "SX1:ANY")
        await listless.wait_for_selector(f".verdict[data-outcome={outcome}][data-slug={slug}]")
        assert await listless.locator(".verdict-word").inner_text() == words[outcome]
        title = await listless.locator(".verdict-title").inner_text()
        following = await listless.locator(".verdict-next").inner_text()
        # The page's own words, not the slug that the stand-in answer carries as its title.
        assert title != slug
        assert len(following) > 5
        said[slug] = title + following
        await listless.unroute("**/v1/scans")
    for reason in ("锁", "挂失", "退出", "注销", "lock", "lost", "logged out"):
        assert reason not in said["code-revoked"].lower()


async def test_outcomes_differ_in_shape_and_the_verdict_is_large(venue: Page, troubles: Troubles) -> None:
    troubles.allow("/v1/scans")
    shapes: dict[str, str] = {}
    for slug, status, outcome in (("code-expired", 422, "refused"), ("internal", 500, "unchecked")):
        await venue.route("**/v1/scans", refusing(slug, status))
        await scan_by_hand(venue, "SX1:ANY")
        await await_outcome(venue, outcome)
        shapes[outcome] = await venue.locator(".verdict-shape .shape").evaluate("node => node.outerHTML")
        # Two metres away, letters must be a centimetre high or more: 38 CSS pixels.
        assert (
            await venue.locator(".verdict-word").evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 52
        )
        panel = await venue.locator(".verdict").bounding_box()
        assert panel
        assert panel["width"] >= 360
        assert panel["height"] >= 360
        await venue.unroute("**/v1/scans")
    assert shapes["refused"] != shapes["unchecked"]


async def test_a_lost_network_is_no_refusal_and_is_tried_again_with_the_same_key(
    listless: Page, troubles: Troubles
) -> None:
    troubles.allow("ERR_FAILED")
    requests: list[Request] = []
    listless.on("request", lambda request: requests.append(request) if request.url.endswith("/v1/scans") else None)
    await listless.route("**/v1/scans", lambda route: route.abort())
    await scan_by_hand(listless, "SX1:LOST")
    words = await await_outcome(listless, "unchecked")
    assert "网络不通" in words
    assert "请勿据此放行或拒绝" in words

    await listless.unroute("**/v1/scans")
    await listless.route("**/v1/scans", _accept)
    await listless.get_by_role("button", name="再试一次").click()
    words = await await_outcome(listless, "accepted")
    assert "王**" in words
    assert "请核对本人" in words
    assert len(requests) == 4
    assert len({request.headers["idempotency-key"] for request in requests}) == 1
    await scan_by_hand(listless, "SX1:NEXT")
    await expect(listless.locator(".history li")).to_have_count(3)
    assert requests[-1].headers["idempotency-key"] != requests[0].headers["idempotency-key"]


async def _accept(route: Route) -> None:
    scan = {
        "scan_id": "0198c0de-5a1e-7c3b-9f00-3a5d1c2b4e6f",
        "kind": "personal",
        "holder": {"masked_name": "王**"},
        "province": "31",
        "warnings": ["check-person"],
    }
    await route.fulfill(status=201, content_type="application/json", body=json.dumps(scan))


async def test_the_panel_returns_to_ready_by_itself(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    page = await (await open_context()).new_page()
    await page.clock.install()
    await page.goto(f"{live_server['url']}/venue")
    await page.locator("[data-demo=hospital-registration] button").click()
    await page.route("**/v1/scans", _accept)
    await scan_by_hand(page, "SX1:ANY")
    await await_outcome(page, "accepted")
    await page.clock.run_for(6500)
    await page.wait_for_selector(".verdict[data-outcome=ready]")
    await expect(page.locator(".history li")).to_have_count(1)


async def test_the_list_keeps_the_last_twenty(venue: Page) -> None:
    await venue.route("**/v1/scans", _accept)
    for number in range(22):
        await scan_by_hand(venue, f"SX1:{number}")
        await expect(venue.locator(".history li")).to_have_count(min(number + 1, 20))


async def test_a_scanner_without_enter_is_heard_and_a_slow_hand_is_waited_for(venue: Page) -> None:
    await venue.route("**/v1/scans", _accept)
    await press_keys_at_once(venue, "SX1:FAST")
    await await_outcome(venue, "accepted")
    await venue.keyboard.type("SX1", delay=150)
    await venue.wait_for_timeout(400)
    await expect(venue.locator(".history li")).to_have_count(1)
    await expect(venue.locator("#typed")).to_have_value("SX1")
    await venue.keyboard.press("Enter")
    await expect(venue.locator(".history li")).to_have_count(2)


async def test_a_scanner_is_heard_while_a_button_has_the_focus(venue: Page) -> None:
    sent: list[str] = []
    venue.on(
        "request", lambda request: sent.append(request.post_data or "") if request.url.endswith("/v1/scans") else None
    )
    await venue.route("**/v1/scans", _accept)
    await venue.get_by_role("button", name="图片").focus()
    await scan_by_hand(venue, "SX1:WHOLE")
    await await_outcome(venue, "accepted")
    assert json.loads(sent[0])["code"] == "SX1:WHOLE"


async def test_a_picture_without_a_code_is_said_so(venue: Page) -> None:
    await show_picture(venue, await venue.screenshot())
    words = await await_outcome(venue, "unchecked")
    assert "图片中没有找到码" in words


async def test_a_picture_that_is_none_is_said_so(venue: Page, troubles: Troubles) -> None:
    troubles.allow("/v1/pictures")
    await show_picture(venue, b"not a picture")
    words = await await_outcome(venue, "unchecked")
    assert "图片中没有找到码" in words


async def test_another_qr_is_refused_by_the_server_in_words(venue: Page, troubles: Troubles) -> None:
    troubles.allow("/v1/scans")
    await scan_by_hand(venue, "https://example.com/")
    words = await await_outcome(venue, "refused")
    assert "这不是服务码" in words


async def test_a_browser_that_cannot_read_by_camera_says_so(venue: Page) -> None:
    await venue.evaluate("delete window.BarcodeDetector")
    await venue.get_by_role("button", name="摄像头").click()
    await expect(venue.locator(".controls .note")).to_contain_text("请使用扫码枪")


async def test_a_wrong_credential_is_told_at_once_and_not_kept(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("/v1/scanner")
    page = await (await open_context()).new_page()
    await page.goto(f"{live_server['url']}/venue")
    await page.get_by_label("终端凭据").fill("sxs_wrong")
    await page.get_by_role("button", name="启用").click()
    await expect(page.get_by_role("alert").filter(has_text="终端凭据不可用")).to_be_visible()
    assert await page.evaluate("localStorage.getItem('suixing.scanner')") is None


async def test_a_scanner_is_taken_off_its_device(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    venue = await set_up_venue(await open_context(), live_server)
    await venue.get_by_role("button", name="停用这台终端").click()
    await venue.locator("dialog .danger").click()
    await expect(venue.get_by_label("终端凭据")).to_be_visible()
    assert await venue.evaluate("localStorage.getItem('suixing.scanner')") is None
