"""One provider's HTTP client, which says of each request when the provider could first have it."""

from __future__ import annotations

from typing import Self

from pyreqwest.client import Client
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import RequestBuilder
from pyreqwest.response import Response

from push.connecting import is_unconnected
from push.departing import Departure


class Wire:
    """Sends requests with a body over a client's connections.

    A body goes in two pieces: the second is asked for when a connection, and a stream on it, has taken the first, and
    without it there is no request to act upon. That takes 47 µs of the processor's time, beside 61 for the rest: where
    all share one connection (`is_one`), it is done until one has brought an answer, and again when none comes about.
    What waits there for a stream counts as departed, as does what finds the connection gone and has another made.
    """

    def __init__(self, client: Client, *, is_one: bool) -> None:
        self.client = client
        self._is_one = is_one
        self._stands = False

    async def send(self, request: RequestBuilder, body: bytes, departure: Departure) -> Response:
        """Raises PyreqwestError or TimeoutError, whose words may hold what was sent."""
        if self._stands:
            departure.go()
            whole = request.body_bytes(body)
        else:
            # With its length: WeChat takes no body in chunks.
            whole = request.header("content-length", str(len(body))).body_stream(_Pieces(body, departure))
        try:
            response = await whole.build().send()
        except (PyreqwestError, TimeoutError) as error:
            self._stands = self._stands and not is_unconnected(error)
            raise
        self._stands = self._is_one
        return response

    async def close(self) -> None:
        await self.client.close()


class _Pieces:
    """A body, whose first piece is taken in advance, before there is a connection, and the other when that was sent."""

    def __init__(self, body: bytes, departure: Departure) -> None:
        self._left = [body[1:], body[:1]]
        self._departure = departure

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        piece = self._left.pop()
        if not self._left:
            self._departure.go()
        return piece
