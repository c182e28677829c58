"""The pages' files: nothing from elsewhere, the same words in two languages, a shell that opens offline."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Request, expect

import api
from api.page_files import read_pages
from tests.api.test_joining import run_node
from tests.pages.conftest import OpenContext
from tests.pages.walking import Troubles

_PAGES = Path(api.__file__).parent / "pages"
_ASSETS = _PAGES / "assets"
_SOURCES = sorted(path for path in _ASSETS.rglob("*.js") if "vendor" not in path.parts)
_WORDS = re.compile(r'^  "?([\w.-]+)"?: ("(?:[^"\\]|\\.)*"),$', re.MULTILINE)


def _words(language: str) -> dict[str, str]:
    """Those of all pages and those of one, which stand in a file of their own."""
    words = _ASSETS / "words"
    found: dict[str, str] = {}
    for path in (words / f"{language}.js", *sorted(words.glob(f"*-{language}.js"))):
        text = path.read_text(encoding="utf-8")
        own = {key: json.loads(value) for key, value in _WORDS.findall(text)}
        assert len(own) == sum(line.startswith("  ") for line in text.splitlines()), "a line that is no word"
        assert own.keys().isdisjoint(found)
        found |= own
    return found


def test_both_languages_have_the_same_keys_and_blanks() -> None:
    chinese, english = _words("zh"), _words("en")
    assert list(chinese) == list(english)
    for key, words in chinese.items():
        assert words.strip()
        assert english[key].strip()
        assert sorted(re.findall(r"\{\w+\}", words)) == sorted(re.findall(r"\{\w+\}", english[key])), key


def test_every_key_is_used_and_every_use_has_a_key() -> None:
    keys = set(_words("zh"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in _SOURCES if path.parent.name != "words")
    literal = set(re.findall(r'"([\w.-]+)"', code))
    used = {key for call in re.findall(r"\bt\(([^()]*)", code) for key in re.findall(r'"([\w.-]+)"', call)}
    # A key that is put together at run time begins with one of these.
    begun = (*re.findall(r"`([\w.-]+\.)\$\{", code), "field.", "purpose.", "outcome.")
    assert {key for key in used if "." in key} <= keys
    assert {key for key in keys if key not in literal and not key.startswith(begun)} == set()


def test_the_worker_keeps_every_file() -> None:
    worker = read_pages().files["assets/shell-worker.js"].body.decode()
    kept = set(re.findall(r'"(/assets/[^"]+)"', worker)) - {"/assets/"}
    code = {f"/assets/{one.digest}/{name}" for name, one in read_pages().joined.items() if not name.endswith(".map")}
    rest = {path for path in _ASSETS.rglob("*") if path.is_file() and path.suffix not in {".js", ".css"}}
    assert kept == code | {f"/assets/{path.relative_to(_ASSETS).as_posix()}" for path in rest}


def test_every_module_and_style_is_on_a_page() -> None:
    """What a page uses comes in its two files; what none imports or links is forgotten."""
    texts = [one.body.decode() for name, one in read_pages().joined.items() if not name.endswith(".map")]
    begun = re.compile(r"^(?:const \S+ = \(\(\) => \{ // (\S+\.js)|/\* (\S+\.css) \*/)$", re.MULTILINE)
    joined = {"".join(found) for text in texts for found in begun.findall(text)}
    there = {path.relative_to(_ASSETS).as_posix() for path in _ASSETS.rglob("*") if path.suffix in {".js", ".css"}}
    assert joined == there - {"shell-worker.js", "place.css"}


@pytest.mark.parametrize("page", ["resident", "venue", "desk", "docs", "copy"])
def test_a_page_asks_for_one_script_and_one_style(page: str) -> None:
    html = read_pages().files[f"{page}.html"].body.decode()
    code, style = (f"/assets/{read_pages().joined[f'{page}.{kind}'].digest}/{page}.{kind}" for kind in ("js", "css"))
    assert re.findall(r'<script[^>]* src="([^"]+)">', html) == [code]
    assert re.findall(r'<link rel="(?:stylesheet|modulepreload)" href="([^"]+)">', html) == [style]
    written = (_PAGES / f"{page}.html").read_text(encoding="utf-8")
    assert set(html.splitlines()) - set(written.splitlines()) == {
        f'<link rel="stylesheet" href="{style}">',
        f'<script type="module" src="{code}"></script>',
    }


def test_tests_ask_for_the_pages_own_modules() -> None:
    """By its address a module runs a second time, without the page's session and keys; `moduleOf` has its own."""
    here = Path(__file__).parent
    assert [one.name for one in here.glob("*.py") if re.search(r"import\([\"']/assets", one.read_text("utf-8"))] == []


_OWN = sorted(path for path in _PAGES.rglob("*.*") if _ASSETS / "vendor" not in path.parents)


@pytest.mark.parametrize("path", _OWN, ids=lambda path: path.relative_to(_PAGES).as_posix())
def test_a_file_is_short_and_names_no_other_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 400
    hosts = set(re.findall(r"https?://([^/\"'\s]+)", text)) - {"www.w3.org", "example.com"}
    assert hosts == set()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


async def test_the_shell_opens_without_a_network_and_keeps_nothing_of_the_api(
    open_context: OpenContext, live_server: dict[str, Any], troubles: Troubles
) -> None:
    troubles.allow("ERR_INTERNET_DISCONNECTED", "/v1/development")
    context = await open_context(service_workers="allow")
    page = await context.new_page()
    await page.goto(f"{live_server['url']}/resident")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.wait_for_function("navigator.serviceWorker.controller !== null")
    kept = await page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys()) {
            for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
          }
          return found;
        }"""
    )
    assert {"/resident", "/venue", "/docs", "/openapi.json", "/assets/resident.js", "/assets/venue.css"} <= set(kept)
    assert not [path for path in kept if path.startswith("/v1")]

    await context.set_offline(True)
    for address, heading in (("resident", "手机号登录"), ("venue", "启用这台扫码终端"), ("docs", "Suixing")):
        await page.goto(f"{live_server['url']}/{address}")
        await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    # A page of a newer release whose own code has not come yet.
    newer = f"fetch('/assets/{'0' * 16}/venue.js').then((one) => one.text())"
    assert await page.evaluate(newer) == read_pages().joined["venue.js"].body.decode()
    await context.set_offline(False)


_ASK_THE_WORKER = """
const [worker, status, told] = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
globalThis.self = { addEventListener() {} };
globalThis.location = new URL("https://suixing.example/");
globalThis.fetch = async () => new Response("fresh", { status });
const kept = told === null ? undefined : new Response(told);
globalThis.caches = { open: async () => ({ match: async () => kept, put: async () => {} }) };
const respond = eval(`${worker}; answer`);
const shown = respond(new Request("https://suixing.example/resident")).then((one) => one.text());
shown.then((text) => { console.log(text); process.exit(); });
"""


@pytest.mark.parametrize(
    ("status", "kept", "shown"),
    [(200, "kept", "fresh"), (404, "kept", "fresh"), (502, "kept", "kept"), (503, None, "fresh")],
)
def test_the_worker_shows_what_it_keeps_while_servers_restart(status: int, kept: str | None, shown: str) -> None:
    given = json.dumps([(_ASSETS / "shell-worker.js").read_text(encoding="utf-8"), status, kept])
    assert run_node("-e", _ASK_THE_WORKER, given=given).strip() == shown


def _note(requested: list[str], request: Request) -> None:
    requested.append(request.url)


async def test_the_pages_obey_their_content_security_policy(
    open_context: OpenContext, live_server: dict[str, Any]
) -> None:
    context = await open_context()
    for address in ("resident", "venue", "desk", "docs"):
        page = await context.new_page()
        requested: list[str] = []
        page.on("request", partial(_note, requested))
        response = await page.goto(f"{live_server['url']}/{address}")
        assert response
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy
        await page.wait_for_selector("h1")
        assert all(url.startswith((live_server["url"], "blob:", "data:")) for url in requested)
        assert await page.locator("[style], script:not([src]), style").count() == 0


async def test_it_can_be_installed(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    page = await (await open_context()).new_page()
    for address in ("resident", "venue"):
        await page.goto(f"{live_server['url']}/{address}")
        manifest = await page.evaluate("fetch(document.querySelector('[rel=manifest]').href).then((one) => one.json())")
        assert manifest["start_url"] == f"/{address}"
        assert manifest["display"] == "standalone"
        for shown in manifest["icons"]:
            media_type = await page.evaluate(
                "src => fetch(src).then((one) => one.headers.get('Content-Type'))", shown["src"]
            )
            assert media_type.startswith("image/svg+xml")
