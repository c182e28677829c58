"""Around every request of a server whose traces are collected: one span, named by its operation."""

from __future__ import annotations

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.tracing import Traced, request_span

_LONGEST = 64
"""A traceparent of version 00 has 55 characters (W3C Trace Context, 3.2)."""

_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


class RequestTracer:
    """Stands outside the observer, so that the line it logs bears the trace's id."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._application(scope, receive, send)
            return
        status = 500

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with request_span(_traceparent_of(scope)) as traced:
            try:
                await self._application(scope, receive, send_traced)
            finally:
                _describe(traced, scope, status)


def _describe(traced: Traced, scope: Any, status: int) -> None:
    """What a metric would say, and no more: a path holds ids, a query string may hold anything."""
    handler = scope.get("route_handler")
    traced.update_name(getattr(handler, "operation_id", None) or "none")
    traced.set_attribute("http.request.method", scope["method"] if scope["method"] in _METHODS else "_OTHER")
    traced.set_attribute("http.response.status_code", status)
    slug = scope.get("state", {}).get("problem")
    if slug is not None:
        traced.set_attribute("suixing.problem", slug)


def _traceparent_of(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent" and len(value) <= _LONGEST and value.isascii():
            return str(value.decode("ascii"))
    return None
