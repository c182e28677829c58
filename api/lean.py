"""What the hottest operations, issueCode, scanCode, reportLocation and listLicences, do without.

Litestar's Response resolves media type, headers, cookies and encoders anew for each answer, and its Request maps all
headers to find one: together a fifth of what issuing a code costs. What goes over the wire is the same.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send
from litestar.types.empty import Empty


def raw_header(scope: Scope, name: bytes) -> bytes:
    """One header's value as it came, or nothing: without a mapping of all of them."""
    for key, value in scope["headers"]:
        if key == name:
            return value
    return b""


Body = TypeVar("Body")
JSON = b"application/json"
_NO_STORE = (b"cache-control", b"no-store")


class LeanRequest(Request[Any, Any, State]):
    """A request that finds the length of its body without a mapping of all its headers."""

    @property
    def content_length(self) -> int | None:
        length = raw_header(self.scope, b"content-length")
        if not length:
            return None
        try:
            return int(length)
        except ValueError:
            raise ClientException("The content-length is no number.") from None

    async def body(self) -> bytes:
        """The whole body, within the route's limit, without a generator around it.

        It is over where its announced length has come: granian says so in an event of its own, an empty one, which
        would cost each request a second way into granian's thread and back.
        """
        held = self._connection_state.body
        if held is not Empty:
            return held
        longest = self.route_handler.resolve_request_max_body_size() or math.inf
        announced = self.content_length
        if (announced or 0) > longest:
            raise RequestEntityTooLarge
        parts: list[bytes] = []
        length, is_more = 0, True
        while is_more:
            event = cast("dict[str, Any]", await self.receive())
            if event["type"] == "http.disconnect":
                raise ClientException("The client went away.")
            parts.append(event["body"])
            length += len(event["body"])
            if length > longest:
                raise RequestEntityTooLarge
            is_more = event.get("more_body", False) and length != announced
        self.is_connected = False
        whole = parts[0] if len(parts) == 1 else b"".join(parts)
        self._body = self._connection_state.body = whole
        return whole

    async def read(self, decoder: msgspec.json.Decoder[Body]) -> Body | None:
        """The body for a route's own `before_request`, past all that Litestar does to bring it to the handler; None
        where the handler's way is to be gone, which says what is wrong.
        """
        if self._is_cross_site():
            return None
        try:
            return decoder.decode(await self.body())
        except (msgspec.DecodeError, RecursionError):
            return None

    def _is_cross_site(self) -> bool:
        return raw_header(self.scope, b"sec-fetch-site") == b"cross-site"

    async def json(self) -> Any:
        """The body's JSON, from no page of another site: a browser sends one that calls itself a form unasked."""
        if self._is_cross_site():
            raise ClientException("A page of another site sent this.")
        try:
            return await super().json()
        except RecursionError:
            raise ClientException("The body is nested too deeply.") from None


class LeanAnswer(ASGIResponse):
    """An answer that must not be stored, ready to be sent."""

    def __init__(  # the base's own works out what is known here
        self, body: bytes, media_type: bytes = JSON, *, status: int = 201, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        self.body = body
        self.status_code = status
        self._headers = [
            (b"content-type", media_type),
            (b"content-length", str(len(body)).encode()),
            _NO_STORE,
            *headers,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  as ASGI has it
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
