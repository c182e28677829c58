"""The pages: files in api/pages, read once, served with an ETag; no build step and nothing from elsewhere."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from api.callers import AnyRequest, Audience
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
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}
_HIDDEN: dict[str, Any] = {
    "include_in_schema": False,
    "opt": {"audience": Audience.ANYONE, "refusals": frozenset({"not-found"})},
}


class PageFile(msgspec.Struct, frozen=True):
    """One file in memory."""

    body: bytes
    media_type: str
    etag: str


@cache
def read_pages() -> dict[str, PageFile]:
    """Every file below api/pages by its relative path."""
    found: dict[str, PageFile] = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            text = guessed.startswith("text/") or guessed.endswith(("json", "svg+xml"))
            media_type = f"{guessed}; charset=utf-8" if text else guessed
            found[path.relative_to(_FOLDER).as_posix()] = PageFile(
                body, media_type, f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            )
    return found


def _serve(request: AnyRequest, name: str) -> Response[bytes]:
    page = read_pages().get(name)
    if page is None:
        raise NotFoundError
    headers = {"ETag": page.etag, "Cache-Control": "no-cache", **PAGE_HEADERS}
    if request.headers.get("if-none-match") == page.etag:
        return Response(b"", status_code=304, headers=headers)
    if name.endswith("worker.js"):
        headers["Service-Worker-Allowed"] = "/"
    return Response(page.body, media_type=page.media_type, headers=headers)


@get("/", **_HIDDEN)
async def home() -> Redirect:
    """Residents are who most visitors are."""
    return Redirect("/resident")


@get(["/resident", "/venue", "/desk", "/docs", "/copy"], **_HIDDEN)
async def page(request: AnyRequest) -> Response[bytes]:
    """One of the pages."""
    return _serve(request, f"{request.url.path.strip('/')}.html")


@get("/assets/{path:path}", **_HIDDEN)
async def asset(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
    """What the pages are made of."""
    return _serve(request, f"assets{path}")


def page_routes() -> list[Any]:
    """The pages' handlers."""
    return [home, page, asset]
