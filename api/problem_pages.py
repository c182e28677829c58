"""What a problem's `type` leads to: the meaning of its slug in both languages, for people and for machines."""

from __future__ import annotations

import html
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from api.callers import AnyRequest, Audience
from api.meanings import MEANINGS
from api.page_files import CONTENT_SECURITY_POLICY
from app.errors import NotFoundError

_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
}
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{slug} · Suixing</title>
<link rel="icon" href="/assets/icons/suixing.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/kit.css">
</head>
<body>
<main class="problem-page stack">
<p class="soft">{status} <code>{slug}</code></p>
<h1>{title_zh}</h1>
<p>{next_zh}</p>
<div lang="en" class="stack">
<h2>{title_en}</h2>
<p>{next_en}</p>
</div>
<p><a href="/docs">API</a></p>
</main>
</body>
</html>
"""


class ProblemTypeOut(msgspec.Struct, frozen=True):
    """What a slug means, whenever it is answered."""

    type: str
    status: int
    title_zh: str
    title_en: str
    next_zh: str
    next_en: str


@get(
    "/problems/{slug:str}",
    include_in_schema=False,
    opt={"audience": Audience.ANYONE, "refusals": frozenset({"not-found"})},
)
async def problem_type(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """A page where one is asked for, JSON otherwise."""
    meaning = MEANINGS.get(slug)
    if meaning is None:
        raise NotFoundError
    found = ProblemTypeOut(
        f"/problems/{slug}", meaning.status, meaning.title_zh, meaning.title_en, meaning.next_zh, meaning.next_en
    )
    if "text/html" not in request.headers.get("accept", ""):
        return Response(found, headers=_HEADERS)
    words = {name: html.escape(str(value)) for name, value in msgspec.structs.asdict(found).items()}
    return Response(_PAGE.format(slug=slug, **words), media_type="text/html", headers=_HEADERS)
