"""One Chromium a run, and pages that fail their test when the console has an error nobody expected."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from tests.browser import browser_path, launch_arguments
from tests.harness.folders import create_short_folder
from tests.harness.live import running_suixing
from tests.pages.walking import Troubles, log_in

_FLAGS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenContext = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    path = browser_path()
    assert path, "these tests need a Chromium: `python -m tests.browser` installs one"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *launch_arguments()])
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def strict_server() -> Generator[dict[str, Any]]:
    """A server where every scanner must prove a key, as in production."""
    folder = create_short_folder()
    with running_suixing(folder, SUIXING_SCANNER_PROOF="required") as demo:
        yield demo
    shutil.rmtree(folder)


@pytest.fixture
def troubles() -> Troubles:
    """What the pages of a test complained of; a test allows what it provokes."""
    return Troubles()


@pytest.fixture
async def open_context(browser: Browser, troubles: Troubles) -> AsyncGenerator[OpenContext]:
    """Makes browser profiles of their own: a phone's unless told otherwise."""
    opened: list[BrowserContext] = []

    async def open_one(**options: Any) -> BrowserContext:
        context = await browser.new_context(**_options(options))
        context.on("page", troubles.watch)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        await context.close()
    troubles.require_none()


def _options(given: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "light"}
    # Workers hold on to a page's files between tests; the tests of the shell allow them.
    return {**options, "service_workers": "block", **given}


@pytest.fixture(scope="session")
async def first_resident(browser: Browser, live_server: dict[str, Any]) -> AsyncGenerator[BrowserContext]:
    """A profile in which the first resident is logged in, once for the run: one-time passwords are limited."""
    context = await browser.new_context(**_options({}))
    page = await context.new_page()
    await log_in(page, live_server, 0)
    await page.close()
    yield context
    await context.close()


@pytest.fixture
async def resident(
    first_resident: BrowserContext, live_server: dict[str, Any], troubles: Troubles
) -> AsyncGenerator[Page]:
    """The first resident's page, with a live code on it."""
    page = await first_resident.new_page()
    troubles.watch(page)
    await page.goto(f"{live_server['url']}/resident")
    await page.wait_for_selector(".code-card[data-phase=live]")
    yield page
    await page.evaluate("localStorage.removeItem('suixing.elder'); localStorage.removeItem('suixing.language')")
    await page.close()
    troubles.require_none()


async def _wait_for_the_server(route: Route) -> None:
    """A gate decides alone after two seconds; on a busy machine a test would see that in place of the answer."""
    response = await route.fetch()
    source = await response.text()
    patient, found = re.subn(r"SHORT_PATIENCE_MS = \d+;", "SHORT_PATIENCE_MS = 30_000;", source)
    assert found == 1
    await route.fulfill(response=response, body=patient)


@pytest.fixture
async def venue(open_context: OpenContext, live_server: dict[str, Any]) -> Page:
    """The demo scanner's desk, ready."""
    page = await (await open_context()).new_page()
    await page.route("**/assets/venue/checking.js", _wait_for_the_server)
    await page.goto(f"{live_server['url']}/venue")
    await page.locator("[data-demo=hospital-registration] button").click()
    await page.wait_for_selector(".verdict[data-outcome=ready]")
    return page
