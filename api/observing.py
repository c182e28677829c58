"""Around every request: an id, safe headers, a count, a time, and a line in the log where something went wrong."""

from __future__ import annotations

from time import perf_counter
from typing import Any
from uuid import UUID

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram
from uuid_utils import uuid7

from api import counters
from api.counting import count_answer, name_counts
from app.logs import request_id

log = structlog.get_logger()

_HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
"""Of every answer; what a page needs besides is in page_files.py, since each header costs each answer."""
_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_FAILED = 500


class _Series:
    """The metric children of one operation and status, looked up once."""

    __slots__ = ("count", "names", "seconds")

    def __init__(self, operation: str, status: int) -> None:
        self.count: Counter = counters.REQUESTS.labels(operation, str(status))
        self.seconds: Histogram = counters.SECONDS.labels(operation)
        self.names = name_counts(operation, status)


class Observer:
    """Wraps the application; it is the outermost thing that a request meets."""

    def __init__(self, application: ASGIApp, *, log_requests: bool, is_production: bool) -> None:
        self._application = application
        self._log_requests = log_requests
        self._headers = [*_HEADERS, _TRANSPORT] if is_production else _HEADERS
        self._series: dict[tuple[str, int], _Series] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._application(scope, receive, send)
            return
        current = _id_of(scope) or str(uuid7())
        token = request_id.set(current)
        started = perf_counter()
        status = _FAILED
        added = [(b"x-request-id", current.encode()), *self._headers]

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        try:
            await self._application(scope, receive, send_observed)
        finally:
            self._observe(scope, status, perf_counter() - started)
            request_id.reset(token)

    def _observe(self, scope: Any, status: int, seconds: float) -> None:
        handler = scope.get("route_handler")
        operation = getattr(handler, "operation_id", None) or "none"
        key = (operation, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(*key)
        series.count.inc()
        series.seconds.observe(seconds)
        slug = scope.get("state", {}).get("problem")
        if slug is not None:
            counters.REFUSALS.labels(operation, slug).inc()
        count_answer(series.names, operation, slug, seconds)
        if self._log_requests or status >= _FAILED:
            say = log.error if status >= _FAILED else log.info
            say(
                "request.answered", operation=operation, status=status, slug=slug, milliseconds=round(seconds * 1000, 2)
            )


def _id_of(scope: Any) -> str | None:
    """A request id from a proxy in front is kept where it is a UUID; anything else could be written into a log."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            try:
                return str(UUID(value.decode("ascii")))
            except (UnicodeDecodeError, ValueError):
                return None
    return None
