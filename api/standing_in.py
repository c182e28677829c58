"""A development server's answers in the place of those whom it asks, given in one way. Production has none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from litestar import Response

from api.callers import AnyRequest, Audience
from app.development.mishaps import Answer

_T = TypeVar("_T")


class StandIn(Protocol):
    """Whoever judges a request by its raw query and body, and headers by their names in lower case."""

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, /) -> Answer: ...


def undescribed(*refusals: str) -> dict[str, Any]:
    """What a route of somebody else's protocol says of itself: it is for this machine, and no part of the API."""
    opt = {"audience": Audience.LOOPBACK, "refusals": frozenset({"forbidden", *refusals})}
    return {"include_in_schema": False, "opt": opt}


def keep_one(request: AnyRequest, kind: type[_T], make: Callable[[], _T]) -> _T:
    """The process's own stand-in of this kind, made when it is first asked: what it remembers is for all requests."""
    kept: dict[type[Any], Any] = request.app.state.setdefault("stand_ins", {})
    if kind not in kept:
        kept[kind] = make()
    found: _T = kept[kind]
    return found


async def answer_in_place(request: AnyRequest, stand_in: StandIn) -> Response[bytes]:
    """Passes the request on as it came, and answers when the stand-in wants to be heard."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.scope["query_string"].decode("latin-1")
    answer = stand_in.handle(str(request.method), request.url.path, query, headers, await request.body())
    await asyncio.sleep(answer.delay)
    return Response(answer.body, status_code=answer.status, headers=answer.headers)
