"""The resident's wallet: every card there is, in every standing, and a walk from opening it to taking a copy back."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.pages.test_accessibility import look, require_accessible
from tests.pages.test_elder import require_large
from tests.pages.walking import set_language
from tests.pages.wallet_answers import Wallet, licence_id, shipped_types

_LONGER = 30_000
"""Milliseconds that a busy machine may take for a page."""
_LOOKS = [("light", "zh-CN", (390, 844)), ("dark", "en", (390, 844)), ("dark", "zh-CN", (1280, 800))]
_HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def open_wallet(page: Page, server: dict[str, Any], place: str = "") -> None:
    """Loads the page anew, so that what it was told of kinds and holdings is asked again."""
    await page.goto(f"{server['url']}/resident#/wallet{place}")
    await page.reload()
    await page.wait_for_selector(".licence-face", timeout=_LONGER)


async def leave_elder_view(page: Page) -> None:
    await page.evaluate("localStorage.removeItem('suixing.elder')")


_LOSE_KEY = """async () => {
  const { change } = await moduleOf("resident/keeping.js");
  await change("wallet", (kept) => ({ ...kept, key: null }));
}"""
_IS_KEPT = """async () => {
  const { keptWallet } = await moduleOf("resident/wallet/keptwallet.js");
  const { MINE } = await moduleOf("resident/subjects.js");
  return (await keptWallet(MINE)) !== null;
}"""
_PLACES = """async () => {
  const { venueWords } = await moduleOf("resident/wallet/consentdialog.js");
  const venues = [{ name: "A", city: "上海市", province: "31" }, { name: "B", city: "苏州市", province: "32" }];
  return venues.map(venueWords);
}"""


_TWO = """async () => {
  const { AskedQuery } = await moduleOf("resident/wallet/askedquery.js");
  const one = (id, name, until) => ({
    licence_id: id, standing: "valid", preview: { name }, holder: { kind: "company", name, delegation_id: id },
    masked_number: "****1234", issuer_name: "示范区市场监督管理局", valid_from: null, valid_until: until,
  });
  const candidates = [one("first", "甲公司", "2030-01-31"), one("second", "乙公司", null)];
  const query = { id: "two", licence_type: "business-licence", fields: ["name"], kept_days: 0, candidates };
  window.asked = new AskedQuery(query, { isOneOfMany: false, onChange: () => {} });
  document.querySelector("main").prepend(window.asked.node);
}"""


async def choose_among_two(page: Page) -> None:
    """Two licences of a kind: whose each is, and how long it is good."""
    await page.evaluate(_TWO)
    asked = page.locator("[data-query=two]")
    first, second = asked.get_by_label("甲公司"), asked.get_by_label("乙公司")
    await expect(first).to_be_checked()
    await expect(asked.locator(".ask-choice")).to_contain_text("2030年1月31日")
    await second.check()
    await expect(asked.locator("[data-field=name]")).to_contain_text("乙公司")
    assert await page.evaluate("window.asked.licence") == "second"
    await require_accessible(page, "choosing among two")


async def test_every_kind_of_card_and_every_standing_can_be_read(resident: Page, live_server: dict[str, Any]) -> None:
    await Wallet().answer_in(resident)
    await open_wallet(resident, live_server)
    await expect(resident.locator(".licence")).to_have_count(len(shipped_types()))
    await expect(resident.locator("[data-source=traffic]")).to_contain_text("3小时前")
    await expect(resident.locator("[data-source=traffic]")).to_contain_text("没有回应")
    await expect(resident.locator("[data-source=city-library]")).to_contain_text("3天前的内容，不再更新")
    for scheme, language, size in _LOOKS:
        await look(resident, scheme, language, size)
        await expect(resident.locator(".licence")).to_have_count(len(shipped_types()))
        await require_accessible(resident, f"wallet {scheme} {language} {size}")
    drawn = {kind["look"]["emblem"] for kind in shipped_types()}
    known = await resident.evaluate("async () => Object.keys((await moduleOf('resident/wallet/emblems.js')).EMBLEMS)")
    assert drawn <= set(known)

    await look(resident, "light", "zh-CN", (390, 844))
    await Wallet(of_each_standing=True).answer_in(resident)
    await open_wallet(resident, live_server)
    red = resident.locator(".licence-abnormal")
    await expect(red).to_have_count(7)
    await require_accessible(resident, "standings")
    for word in ("到期", "已注销", "已撤销", "已吊销", "已换发"):
        await expect(red.filter(has_text=word)).to_have_count(1)
    await resident.locator(".licence-abnormal", has_text="已吊销").click()
    await expect(resident.locator(".note.bad")).to_contain_text("2026年6月1日起已吊销", timeout=_LONGER)
    await expect(resident.locator(".showing")).to_have_count(0)
    await require_accessible(resident, "withdrawn")

    await resident.locator("header").get_by_role("button", name="长辈版").click()
    for place in ("", f"/{licence_id(1)}", f"/{licence_id(5)}"):
        await open_wallet(resident, live_server, place)
        await require_large(resident, f"elder {place}")
    await leave_elder_view(resident)


async def test_a_licence_is_covered_until_tapped_and_again_when_nobody_looks(
    resident: Page, live_server: dict[str, Any]
) -> None:
    wallet = Wallet()
    await wallet.answer_in(resident)
    card = next(one for one in wallet.licences if one["type"] == "resident-identity-card")
    await open_wallet(resident, live_server, f"/{card['id']}")
    await resident.wait_for_selector(".showing[data-phase=live]", timeout=_LONGER)
    await expect(resident.locator(".showing-made")).to_contain_text("生成于")
    await expect(resident.locator(".showing .code-left")).to_contain_text("秒内有效")
    code = await resident.locator(".showing .code-image").bounding_box()
    assert code
    assert code["y"] + code["height"] <= 844 - 64, "the code stands in sight whole, above the tabs"
    number = resident.locator("[data-field=id_number]")
    await expect(number).not_to_contain_text("199003")
    await number.get_by_role("button").click()
    await expect(number).to_contain_text("310101199003071234")
    await resident.locator("[data-field=photo]").get_by_role("button").click()
    await expect(resident.locator("img.licence-portrait")).to_have_count(1)
    await require_accessible(resident, "uncovered")
    await resident.evaluate(_HIDE, "hidden")
    await expect(number).not_to_contain_text("199003")
    await expect(resident.locator("img.licence-portrait")).to_have_count(0)
    await expect(resident.locator(".showing[data-phase=hidden]")).to_have_count(1)
    await resident.evaluate(_HIDE, "visible")
    await choose_among_two(resident)
    await set_language(resident, "en")
    await expect(resident.locator(".showing-made")).to_contain_text("Made at", timeout=_LONGER)
    assert await resident.evaluate(_PLACES) == ["A · Shanghai", "B · 苏州市, Jiangsu"]
    await set_language(resident, "zh-CN")
    await resident.evaluate(_LOSE_KEY)
    composite = next(one for one in wallet.licences if one["parts"])
    composite |= {"standing": "other", "abnormal": True}
    composite["parts"][-1] |= {"standing": "revoked"}
    await open_wallet(resident, live_server, f"/{composite['id']}")
    await expect(resident.locator(".note.bad")).to_contain_text("烟草专卖零售许可证：已撤销", timeout=_LONGER)
    await require_accessible(resident, "a composite whose part has ended")
    await resident.wait_for_function(_IS_KEPT, timeout=_LONGER)


class _Awaited(Wallet):
    """Its registry was heard hours ago when it is opened, and just now whenever it is read again."""

    _minutes = 180

    def _list(self) -> dict[str, Any]:
        heard = self.sources[0] | {"synced_at": self._ago(self._minutes)}
        self._minutes = 0
        return super()._list() | {"sources": [heard]}


async def test_an_opened_wallet_shows_what_its_opening_brought(resident: Page, live_server: dict[str, Any]) -> None:
    await _Awaited().answer_in(resident)
    await open_wallet(resident, live_server)
    await expect(resident.locator(".wallet-age")).to_contain_text("刚刚", timeout=_LONGER)
