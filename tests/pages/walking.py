"""How the tests walk through the pages, as a person would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from playwright.async_api import ConsoleMessage, Error, Page, Request, Route

# Playwright itself says this where a context blocks workers.
_HARMLESS = ("Service Worker registration blocked by Playwright",)


class Troubles:
    """Errors and warnings of the console; refusals that a test provokes are named by their path."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._allowed: list[str] = []

    def allow(self, *parts: str) -> None:
        """What the browser may say: a part of its text or of the address it speaks of."""
        self._allowed.extend(parts)

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", self._catch)

    @contextmanager
    def watching(self, page: Page) -> Generator[None]:
        """Watches a page that others will watch after this test."""
        self.watch(page)
        try:
            yield
        finally:
            page.remove_listener("console", self._hear)
            page.remove_listener("pageerror", self._catch)

    def _catch(self, error: Error) -> None:
        self._found.append(f"uncaught: {error}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(part in message.text for part in _HARMLESS):
            self._found.append(f"{message.text} {message.location.get('url', '')}")

    def require_none(self) -> None:
        unexpected = [one for one in self._found if not any(part in one for part in self._allowed)]
        assert unexpected == [], "\n".join(unexpected)


async def ask_for_otp(page: Page, server: dict[str, Any], number: int) -> None:
    """Chooses a demo resident on the login page, and waits until the one-time password is there."""
    await page.goto(f"{server['url']}/resident")
    await page.locator(".person", has_text=server["residents"][number]["name"]).click()
    await page.wait_for_selector('[data-otp]:not([data-otp=""])')


async def log_in(page: Page, server: dict[str, Any], number: int) -> None:
    """Logs in a demo resident, up to the code or to the words in its place."""
    await ask_for_otp(page, server, number)
    await page.locator(".development-otp button").click()
    await page.wait_for_selector(".code-card[data-phase]:not([data-phase=loading])")


async def read_code(resident: Page, venue: Page, server: dict[str, Any]) -> str:
    """The text of the code on the resident's page, read from its picture as the venue's page would read it."""
    return str(
        await venue.evaluate(
            """async ([bytes, credential]) => {
              const headers = {Authorization: `Bearer ${credential}`, "Content-Type": "image/png"};
              const response = await fetch("/v1/pictures", {method: "POST", headers, body: new Uint8Array(bytes)});
              return (await response.json()).items[0].text;
            }""",
            [list(await photograph(resident)), server["scanner"]["credential"]],
        )
    )


async def photograph(resident: Page) -> bytes:
    """A picture of the code as it is on the resident's screen."""
    await resident.wait_for_selector(".code-card[data-phase=live]")
    return await resident.locator(".code-image").screenshot()


async def show_picture(venue: Page, picture: bytes) -> None:
    """Hands a picture to the venue's page."""
    await venue.set_input_files("#picture", {"name": "code.png", "mimeType": "image/png", "buffer": picture})


async def await_outcome(venue: Page, outcome: str) -> str:
    """Waits for a verdict and returns its words."""
    await venue.wait_for_selector(f".verdict[data-outcome={outcome}] .verdict-word")
    return await venue.locator(".verdict").inner_text()


def refusing(slug: str, status: int, **headers: str) -> Any:
    """A route handler that answers with a problem document."""

    async def answer(route: Route) -> None:
        document = {"type": f"/problems/{slug}", "title": slug, "status": status, "detail": "", "request_id": "test"}
        await route.fulfill(
            status=status, content_type="application/problem+json", headers=headers, body=json.dumps(document)
        )

    return answer


async def set_language(page: Page, language: str) -> None:
    """Turns the page to a language with its own switch."""
    if await page.evaluate("document.documentElement.lang") != language:
        await page.locator("[data-switch=language]").click()
    await page.wait_for_function("tag => document.documentElement.lang === tag", arg=language)


_KEYS = """text => {
  const input = document.querySelector("#typed");
  for (const key of text) {
    input.value += key;
    input.dispatchEvent(new InputEvent("input", { data: key }));
  }
}"""


async def scan_by_hand(page: Page, text: str, *, enter: bool = True) -> None:
    """As a hand scanner types: the first key wherever the focus is, the rest at once.

    Keys sent one by one from here come apart on a busy machine, and the page would rightly take them for two codes.
    """
    await page.keyboard.press(text[0])
    await page.keyboard.insert_text(text[1:])
    if enter:
        await page.keyboard.press("Enter")


async def press_keys_at_once(page: Page, text: str) -> None:
    """Key by key, within one turn of the page's own clock."""
    await page.evaluate(_KEYS, text)


class Traffic:
    """A page's requests under way. A clock that jumps over one makes the page give it up, and send it again."""

    def __init__(self, page: Page) -> None:
        self._under_way: set[Request] = set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        self._under_way.add(request)

    def _end(self, request: Request) -> None:
        self._under_way.discard(request)

    async def settle(self) -> None:
        """Returns once there was none for a moment."""
        async with asyncio.timeout(20):
            quiet = 0
            while quiet < 10:
                await asyncio.sleep(0.03)
                quiet = 0 if self._under_way else quiet + 1
