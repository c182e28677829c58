"""One Chromium a run, and pages that fail their test when the console has an error nobody expected."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, ViewportSize, async_playwright, expect

from tests.browser import browser_path, launch_arguments
from tests.harness.folders import create_short_folder
from tests.harness.live import running_suixing
from tests.pages.desk_walking import Deployment
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

_LONGEST_MS = 60_000
expect.set_options(timeout=_LONGEST_MS)  # a busy machine takes its time, and what never comes is waited for once

OpenContext = Callable[..., Awaitable[BrowserContext]]
PHONE: ViewportSize = {"width": 390, "height": 844}
READY = ".verdict[data-outcome=ready]"
_FORGET = "['elder', 'language'].forEach((name) => localStorage.removeItem(`suixing.${name}`))"
"""What a test chose of how the page looks."""
_MODULE_OF = """
  window.moduleOf = async (name) =>
    (await import(document.querySelector("script[type=module]").src)).modules[name] ?? import(`/assets/${name}`);
"""
"""A page's own instance of a module: what it keeps, a session or a key, the page has."""


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
    with running_suixing(folder, SUIXING_SCANNER_PROOF="required", SUIXING_PROCESSES="1") as demo:
        yield demo
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def deployment() -> Generator[Deployment]:
    """A server of the desk and its windows, whose worker tests stop, and whose database they look into."""
    folder = create_short_folder()
    # One person after another comes to the desk, and some come often.
    with running_suixing(folder, SUIXING_PROCESSES="1", SUIXING_OTP_PER_PHONE="20") as demo:
        yield Deployment(demo, folder / "data")
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
        context = await open_profile(browser, **options)
        context.on("page", troubles.watch)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        await context.close()
    troubles.require_none()


async def open_profile(browser: Browser, **given: Any) -> BrowserContext:
    """A browser profile, on a phone where nothing else is given."""
    options: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN", "color_scheme": "light"}
    # Without a graphics card, drawing what moves takes a third of a processor for as long as a page is open.
    options["reduced_motion"] = "reduce"
    # Workers hold on to a page's files between tests; the tests of the shell allow them.
    context = await browser.new_context(**{**options, "service_workers": "block", **given})
    context.set_default_timeout(_LONGEST_MS)
    await context.add_init_script(_MODULE_OF)
    return context


class KeptPage:
    """A page that tests take one after another: opening one costs a browser more than most of what is done on it."""

    def __init__(self, context: BrowserContext, address: str, ready: str, size: ViewportSize = PHONE) -> None:
        self._context, self._address, self._ready, self._size = context, address, ready, size
        self._page: Page | None = None

    @asynccontextmanager
    async def lend(self, troubles: Troubles) -> AsyncGenerator[Page]:
        """The page loaded anew, and watched; one that cannot be put right again is not kept."""
        page, self._page = self._page or await self._context.new_page(), None
        with troubles.watching(page):
            await page.goto(self._address)
            await page.wait_for_selector(self._ready)
            yield page
            await page.evaluate(_FORGET)
            # What the page still asks for while it is left is the test's to answer: the server knows nothing of it.
            # To a file of the same origin, for which the browser needs no other process.
            await page.goto(urljoin(self._address, "/assets/icons/suixing.svg"))
            await page.unroute_all(behavior="ignoreErrors")
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await page.set_viewport_size(self._size)
        self._page = page
        troubles.require_none()


@pytest.fixture(scope="session")
async def first_resident(browser: Browser, live_server: dict[str, Any]) -> AsyncGenerator[BrowserContext]:
    """A profile in which the first resident is logged in, once for the run: one-time passwords are limited."""
    context = await open_profile(browser)
    page = await context.new_page()
    await log_in(page, live_server, 0)
    await page.close()
    yield context
    await context.close()


@pytest.fixture(scope="session")
def _kept_resident(first_resident: BrowserContext, live_server: dict[str, Any]) -> KeptPage:
    return KeptPage(first_resident, f"{live_server['url']}/resident", ".code-card[data-phase=live]")


@pytest.fixture
async def resident(_kept_resident: KeptPage, troubles: Troubles) -> AsyncGenerator[Page]:
    """The first resident's page, with a live code on it."""
    async with _kept_resident.lend(troubles) as page:
        yield page


async def _wait_for_the_server(route: Route) -> None:
    """A gate decides alone after two seconds; on a busy machine a test would see that in place of the answer."""
    response = await route.fetch()
    source = await response.text()
    patient, found = re.subn(r"SHORT_PATIENCE_MS = \d+;", "SHORT_PATIENCE_MS = 30_000;", source)
    assert found == 1
    await route.fulfill(response=response, body=patient)


async def set_up_venue(context: BrowserContext, server: dict[str, Any]) -> Page:
    """A page at the desk of the demo's hospital."""
    page = await context.new_page()
    await page.goto(f"{server['url']}/venue")
    await page.locator("[data-demo=hospital-registration] button").click()
    await page.wait_for_selector(READY)
    return page


@pytest.fixture(scope="session")
async def _kept_venue(browser: Browser, live_server: dict[str, Any]) -> AsyncGenerator[KeptPage]:
    context = await open_profile(browser)
    await context.route("**/assets/*/venue.js", _wait_for_the_server)
    await (await set_up_venue(context, live_server)).close()
    yield KeptPage(context, f"{live_server['url']}/venue", READY)
    await context.close()


@pytest.fixture
async def venue(_kept_venue: KeptPage, troubles: Troubles) -> AsyncGenerator[Page]:
    """The demo scanner's desk, ready."""
    async with _kept_venue.lend(troubles) as page:
        yield page
