"""The pages: files in api/pages, joined and served from memory; no build step and nothing from elsewhere.

What a page is made of comes in two files, its modules in one and its styles in the other. Their addresses name what is
in them, so that a browser that has them never asks again (RFC 8246).
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from api.callers import AnyRequest, Audience
from api.joining import Joiner
from api.static_bodies import StaticBody
from app.errors import NotFoundError

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FOLDER = Path(__file__).parent / "pages"
_PAGES = ("resident", "venue", "desk", "docs", "copy")
_TYPES = {
    ".js": "text/javascript",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}
_STYLE = re.compile(r'<link rel="stylesheet" href="/assets/([^"]+)">\n')
_STYLES = re.compile(rf"(?:{_STYLE.pattern})+")
_ENTRY = re.compile(r'<script type="module" src="/assets/([^"]+)">')
_ADDRESSED = re.compile(r"/([0-9a-f]{16})/([^/]+)")
_WORKER = "assets/shell-worker.js"
_JOINED_HERE = "const JOINED = [];"
_FOREVER = "public, max-age=31536000, immutable"
_HIDDEN: dict[str, Any] = {
    "include_in_schema": False,
    "opt": {"audience": Audience.ANYONE, "refusals": frozenset({"not-found"})},
}


class Pages(NamedTuple):
    """What is served: files by their path below api/pages, and what was joined of them, by its name."""

    files: Mapping[str, StaticBody]
    joined: Mapping[str, StaticBody]


@cache
def read_pages() -> Pages:
    """Reads every file and joins what belongs together; some 100 ms, when a process is first asked for a page."""
    raw = {one.relative_to(_FOLDER).as_posix(): one.read_bytes() for one in _FOLDER.rglob("*") if one.is_file()}
    sources = {
        path.removeprefix("assets/"): body.decode() for path, body in raw.items() if path.endswith((".js", ".css"))
    }
    joiner = Joiner(sources, "/assets")
    joined: dict[str, StaticBody] = {}
    for page in _PAGES:
        html = raw[f"{page}.html"].decode()
        joined |= _join(page, html, joiner, sources)
        raw[f"{page}.html"] = _name_joined(html, page, joined).encode()
    worker = raw[_WORKER].decode()
    kept = ", ".join(f'"{_address(joined, name)}"' for name in joined if not name.endswith(".map"))
    if worker.count(_JOINED_HERE) != 1:
        raise ValueError("The shell's worker has no place for what it keeps.")
    raw[_WORKER] = worker.replace(_JOINED_HERE, f"const JOINED = [{kept}];").encode()
    return Pages({path: StaticBody(body, _media_type(path)) for path, body in raw.items()}, joined)


def _join(page: str, html: str, joiner: Joiner, sources: Mapping[str, str]) -> dict[str, StaticBody]:
    """A page's modules, their source map, and its styles."""
    entry = _ENTRY.search(html)
    if entry is None:
        raise ValueError(f"{page}.html names no module.")
    code = joiner.join(entry[1], f"{page}.js")
    styles = "\n".join(f"/* {path} */\n{sources[path]}" for path in _STYLE.findall(html))
    texts = {f"{page}.js": code.text, f"{page}.js.map": code.source_map, f"{page}.css": styles}
    return {name: StaticBody(text.encode(), _media_type(name)) for name, text in texts.items()}


def _name_joined(html: str, page: str, joined: Mapping[str, StaticBody]) -> str:
    """The page with one link and one script in place of those that stand in it."""
    style, code = (_address(joined, f"{page}.{kind}") for kind in ("css", "js"))
    html = _STYLES.sub(f'<link rel="stylesheet" href="{style}">\n', html)
    return _ENTRY.sub(f'<script type="module" src="{code}">', html)


def _address(joined: Mapping[str, StaticBody], name: str) -> str:
    return f"/assets/{joined[name].digest}/{name}"


def _media_type(path: str) -> str:
    suffix = Path(path).suffix
    guessed = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.endswith(("json", "svg+xml")) else guessed  # text has it by Litestar


async def _serve(request: AnyRequest, name: str) -> Response[bytes]:
    pages = await _get_pages()
    body = pages.files.get(name)
    if body is None:
        raise NotFoundError
    headers = {"Cache-Control": "no-cache", **PAGE_HEADERS}
    if name == _WORKER:
        headers["Service-Worker-Allowed"] = "/"
    return await body.answer(request, headers)


async def _serve_joined(request: AnyRequest, digest: str, name: str) -> Response[bytes]:
    """While servers of two releases stand side by side, a page of one may ask the other for its code: it is given what
    is here, whole and of one release as it is, and asks again the next time.
    """
    body = (await _get_pages()).joined.get(name)
    if body is None:
        raise NotFoundError
    return await body.answer(
        request, {"Cache-Control": _FOREVER if digest == body.digest else "no-cache", **PAGE_HEADERS}
    )


async def _get_pages() -> Pages:
    return read_pages() if read_pages.cache_info().currsize else await asyncio.to_thread(read_pages)


@get("/", **_HIDDEN)
async def home() -> Redirect:
    """Residents are who most visitors are."""
    return Redirect("/resident")


@get([f"/{page}" for page in _PAGES], **_HIDDEN)
async def page(request: AnyRequest) -> Response[bytes]:
    """One of the pages."""
    return await _serve(request, f"{request.url.path.strip('/')}.html")


@get("/assets/{path:path}", **_HIDDEN)
async def asset(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
    """What the pages are made of."""
    addressed = _ADDRESSED.fullmatch(path)
    if addressed:
        return await _serve_joined(request, *addressed.groups())
    return await _serve(request, f"assets{path}")


def page_routes() -> list[Any]:
    """The pages' handlers."""
    return [home, page, asset]
