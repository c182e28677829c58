"""Idempotency-Key on requests that create: the same caller, key and request get the first answer again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import msgspec
from litestar import Response

from api.callers import ResidentRequest
from api.routes import NO_STORE
from api.services import now, services_of
from app.database import Connection, Executor
from app.repeating import answering

T = TypeVar("T")
_CREATED = 201


async def answer_once(
    request: ResidentRequest, key: str | None, act: Callable[[Executor], Awaitable[T]]
) -> Response[T]:
    """Answers 201 with what `act` makes; with a key, once: `act` is given the transaction that keeps its answer."""
    if key is None:
        return Response(await act(services_of(request).pool), status_code=_CREATED, headers=NO_STORE)

    async def encoded(db: Connection) -> bytes:
        return msgspec.json.encode(await act(db))

    services = services_of(request)
    body = await answering.answer_once(
        services.pool,
        services.vault,
        caller_id=request.user.resident_id,
        key=key,
        request=b"\0".join((request.method.encode(), request.url.path.encode(), await request.body())),
        now=now(),
        act=encoded,
        status=_CREATED,
    )
    return Response(cast("T", body), status_code=_CREATED, media_type="application/json", headers=NO_STORE)
