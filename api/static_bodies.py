"""Bodies that are the same for everybody: compressed once, and not sent again to whoever has them."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from functools import cached_property

from litestar import Response

from api.callers import AnyRequest
from api.conditions import is_held, takes_gzip

_LEAST = 512
"""Below it an answer's headers are what is sent."""


class StaticBody:
    """Bytes in memory, and the same compressed once somebody takes it so."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self.body = body
        self.media_type = media_type
        self.digest = hashlib.sha256(body).hexdigest()[:16]

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.body, mtime=0)

    async def answer(self, request: AnyRequest, headers: Mapping[str, str]) -> Response[bytes]:
        """The body as the client takes it, or 304; beside `headers`."""
        is_packed = len(self.body) >= _LEAST and takes_gzip(request.headers.get("accept-encoding", ""))
        etag = f'"{self.digest}-gzip"' if is_packed else f'"{self.digest}"'
        said = {"ETag": etag, "Vary": "Accept-Encoding", **headers}
        if is_held(etag, request.headers.get("if-none-match", "")):
            return Response(b"", status_code=304, headers=said)
        if not is_packed:
            return Response(self.body, media_type=self.media_type, headers=said)
        # A page's whole code takes some 30 ms, in which others are answered.
        packed = self.packed if "packed" in vars(self) else await asyncio.to_thread(lambda: self.packed)
        return Response(packed, media_type=self.media_type, headers={**said, "Content-Encoding": "gzip"})
