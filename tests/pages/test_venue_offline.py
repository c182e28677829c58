"""A gate that loses its network: it goes on by its lists, writes everything down, and tells of it when it is back."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from playwright.async_api import BrowserContext, Page, expect

from codes import base64url
from tests.journeys.harness import log_in as open_session
from tests.pages.conftest import OpenContext
from tests.pages.walking import Troubles, await_outcome, log_in, scan_by_hand
from tests.vectors.make import FOLDER

_LONGER = 30_000
"""Milliseconds that a busy machine may take for a page."""
_ISSUE = """async (json) => {
  const { askAsResident } = await moduleOf("resident/session.js");
  return (await askAsResident("POST", "/v1/codes", { json })).code;
}"""
_CERTIFY = """async () => {
  const { askAsResident } = await moduleOf("resident/session.js");
  const { makePhoneKey } = await moduleOf("kit/codes/making.js");
  const key = await makePhoneKey();
  const answer = await askAsResident("POST", "/v1/codes/certificates", { json: { public_keys: [key.jwk] } });
  window.held = { privateKey: key.privateKey, certificate: answer.certificates[0].certificate };
}"""
_MAKE = """async () => {
  const { makePhoneCode } = await moduleOf("kit/codes/making.js");
  const { fromBase64url } = await moduleOf("kit/codes/bytes.js");
  return makePhoneCode(fromBase64url(window.held.certificate), window.held.privateKey, Date.now());
}"""
_PRINT = """async () => {
  const { sendAsResident } = await moduleOf("resident/session.js");
  const { toBase64url } = await moduleOf("kit/codes/bytes.js");
  const options = { json: {}, accept: "application/pdf", patience: 20000 };
  const response = await sendAsResident("POST", "/v1/codes/paper", options);
  return toBase64url(await response.arrayBuffer());
}"""
_CHECK_IN = """async (venue) => {
  const { askAsResident } = await moduleOf("resident/session.js");
  await askAsResident("POST", "/v1/me/check-ins", { json: { kind: "personal", venue_id: venue } });
}"""
_SPOIL = """(sequence) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("suixing-gate");
  opening.onsuccess = () => {
    const entries = opening.result.transaction("entries", "readwrite").objectStore("entries");
    entries.openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) reject(new Error("no such entry"));
      else if (cursor.value.sequence !== sequence) cursor.continue();
      else cursor.update({ ...cursor.value, scanned_at: "yesterday" }).onsuccess = resolve;
    };
  };
}).then(() => true)"""
_ANSWER_VECTORS = """async (files) => {
  const { readTrustList } = await moduleOf("kit/codes/trust.js");
  const { verify } = await moduleOf("kit/codes/verifying.js");
  const wrong = [];
  for (const { trust_list: list, root_fingerprint: rootFingerprint, cases } of files) {
    const trust = await readTrustList(list, { now: Date.parse(cases[0].at), rootFingerprint });
    for (const { name, text, at, refusal, claims } of cases) {
      const found = await verify(text, trust, Date.parse(at)).then((code) => code.tokenId, (error) => error.slug);
      if (found !== (refusal ?? claims.token_id)) wrong.push([name, found]);
    }
  }
  return wrong;
}"""


async def _enrol(server: dict[str, Any], count: int) -> tuple[str, list[str]]:
    """A library, where nothing is learnt of who comes; credentials for its scanners."""
    async with httpx.AsyncClient(base_url=server["url"], timeout=20) as client:
        manager = {"Authorization": f"Bearer {(await open_session(client, server['manager']))['access_token']}"}
        operator = {"Authorization": f"Bearer {(await open_session(client, server['operator']))['access_token']}"}
        venue = {"name": "图书馆", "purpose": "library-entry", "adcode": "310101", "address": "随行路2号"}
        made = await client.post("/v1/venues", json=venue, headers=manager)
        assert made.status_code == 201, made.text
        venue_id: str = made.json()["id"]
        path = f"/v1/venues/{venue_id}"
        assert (await client.post(f"{path}/approve", headers=operator)).status_code == 200
        scanners = [
            await client.post(f"{path}/scanners", json={"name": f"gate {number}"}, headers=manager)
            for number in range(count)
        ]
    return venue_id, [one.json()["credential"] for one in scanners]


async def _await_lists(server: dict[str, Any]) -> None:
    """Until the worker has published a list for each use."""
    async with httpx.AsyncClient(base_url=server["url"]) as client, asyncio.timeout(_LONGER / 1000):
        while len((await client.get("/v1/status-lists")).json()["items"]) < 2:  # noqa: ASYNC110  another process publishes them
            await asyncio.sleep(0.2)


async def _set_up(context: BrowserContext, server: dict[str, Any], credential: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{server['url']}/venue")
    await page.get_by_label("终端凭据").fill(credential)
    await page.get_by_role("button", name="启用").click()
    await page.wait_for_selector(".standby[data-state=online]", timeout=_LONGER)
    await expect(page.locator(".standby")).to_contain_text("有效至", timeout=_LONGER)
    return page


async def _await_slug(page: Page, slug: str) -> None:
    await page.wait_for_selector(f".verdict[data-slug={slug}] .verdict-word", timeout=_LONGER)


async def _read_paper(resident: Page) -> str:
    """The code on a paper that the resident prints, as a scanner reads it."""
    document = pypdfium2.PdfDocument(base64url.decode(await resident.evaluate(_PRINT)))
    [found] = zxingcpp.read_barcodes(
        document[0].render(scale=3).to_pil(), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    text: str = found.text
    return text


async def test_a_gate_goes_on_without_its_network_and_tells_of_it(
    open_context: OpenContext, strict_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "/v1/scans")
    resident = await (await open_context()).new_page()
    await log_in(resident, strict_server, 0)
    await resident.evaluate(_CERTIFY)
    paper = await _read_paper(resident)
    venue_id, credentials = await _enrol(strict_server, 2)
    await _await_lists(strict_server)
    context = await open_context(service_workers="allow")
    gate = await _set_up(context, strict_server, credentials[0])
    elsewhere = await _set_up(await open_context(), strict_server, credentials[1])
    await gate.evaluate("navigator.serviceWorker.ready.then(() => true)")
    vectors = [json.loads((FOLDER / f"sx{number}.json").read_text("utf-8")) for number in (1, 2, 3, 4)]
    assert await gate.evaluate(_ANSWER_VECTORS, vectors) == []
    await resident.evaluate(_CHECK_IN, venue_id)
    await expect(gate.locator("[data-arrival]")).to_have_count(1, timeout=_LONGER)

    await context.set_offline(True)
    code = await resident.evaluate(_ISSUE, {"kind": "personal"})
    await scan_by_hand(gate, code)
    assert "离线核验" in await await_outcome(gate, "accepted")
    await expect(gate.locator(".standby[data-state=offline]")).to_contain_text("待上传 1 条")
    await scan_by_hand(gate, code)
    await _await_slug(gate, "code-already-used")
    await scan_by_hand(gate, await resident.evaluate(_MAKE))
    await gate.wait_for_selector(".verdict[data-outcome=accepted] [data-warning=made-offline]")
    await scan_by_hand(gate, paper)
    await gate.wait_for_selector(".verdict[data-outcome=accepted] [data-warning=check-person]")

    # The page is closed and opened again: it opens, and knows what it has seen.
    await gate.reload()
    await gate.wait_for_selector(".standby[data-state=offline]", timeout=_LONGER)
    await scan_by_hand(gate, code)
    await _await_slug(gate, "code-already-used")
    twice = await resident.evaluate(_ISSUE, {"kind": "personal"})
    await scan_by_hand(gate, twice)
    await await_outcome(gate, "accepted")
    await scan_by_hand(elsewhere, twice)
    await await_outcome(elsewhere, "accepted")

    await context.set_offline(False)
    await gate.wait_for_selector(".standby[data-state=online]", timeout=_LONGER)
    await expect(gate.locator(".standby")).to_contain_text("已上传并确认 3 条", timeout=_LONGER)
    await expect(gate.locator(".standby-conflicts li")).to_have_count(1)
    await expect(gate.locator(".history [data-settled=conflict]")).to_have_count(1)
    await expect(gate.locator(".standby")).not_to_contain_text("待上传")
    await _end_lists(context, gate, paper)


async def _end_lists(context: BrowserContext, gate: Page, paper: str) -> None:
    """Two days without a network: nobody is let in, unless the venue has decided otherwise, and it is said loudly."""
    await context.set_offline(True)
    await gate.clock.set_system_time(datetime.now(UTC) + timedelta(days=2))
    await scan_by_hand(gate, paper)
    await _await_slug(gate, "lists-ended")
    await expect(gate.locator(".standby[data-state=ended] [role=alert]")).to_contain_text("请勿凭本机放行")
    await gate.evaluate(
        """() => {
          const kept = JSON.parse(localStorage.getItem("suixing.scanner"));
          const offline = { ...kept.offline, policy: "warn" };
          localStorage.setItem("suixing.scanner", JSON.stringify({ ...kept, offline }));
        }"""
    )
    await scan_by_hand(gate, paper)
    await gate.wait_for_selector(".verdict[data-outcome=accepted] [data-warning=lists-ended]")


async def test_an_entry_that_the_server_cannot_read_holds_up_nothing(
    open_context: OpenContext, strict_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "/v1/scans/batch")
    resident = await (await open_context()).new_page()
    await log_in(resident, strict_server, 1)
    _, [credential] = await _enrol(strict_server, 1)
    context = await open_context(service_workers="allow")
    gate = await _set_up(context, strict_server, credential)
    await gate.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await context.set_offline(True)
    for count in (1, 2, 3):
        await scan_by_hand(gate, await resident.evaluate(_ISSUE, {"kind": "personal"}))
        await expect(gate.locator(".standby[data-state=offline]")).to_contain_text(f"待上传 {count} 条")
    assert await gate.evaluate(_SPOIL, 2)
    await context.set_offline(False)
    for _ in range(2):
        standby = gate.locator(".standby[data-state=online]")
        await expect(standby).to_contain_text("已上传并确认 2 条", timeout=_LONGER)
        await expect(standby.locator(".standby-aside[role=alert]")).to_contain_text("有 1 条记录服务器无法读取")
        await expect(standby).not_to_contain_text("待上传")
        await gate.reload()  # it is tried once more, and still kept
