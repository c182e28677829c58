"""One provider over HTTP: a deadline for each call, no redirects, and a breaker for while it is away."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import structlog
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from app.platforms.errors import ProviderUnavailableError
from push.breaker import Breaker

log = structlog.get_logger()

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_CONNECT_SECONDS = 3.0
_BUSY = 429
_FAULTY = 500
_MILLISECONDS = 1000


class Reply(msgspec.Struct, frozen=True):
    """What a provider that is well has answered."""

    status: int
    body: bytes


def sign_text(secret: str, text: str) -> str:
    """HMAC-SHA-256 in base64, as gateways of the national data sharing platform have it."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def to_milliseconds(moment: datetime) -> str:
    """As those gateways write a time."""
    return str(int(moment.timestamp() * _MILLISECONDS))


class Line:
    """Calls to one provider. An exception's words hold addresses and bodies, so none of them leaves this class."""

    def __init__(
        self,
        provider: str,
        url: str,
        *,
        timeout: float = 5.0,
        who: str = "The identity authority",
        most_bytes: int = 2**20,
    ) -> None:
        self._provider = provider
        self._most_bytes = most_bytes
        self._silence = f"{who} does not answer."
        self._breaker = Breaker()
        self._under_way = 0
        builder = (
            ClientBuilder()
            .user_agent("suixing")
            .follow_redirects(False)  # a redirect would carry names and numbers elsewhere
            .referer(False)
            .connect_timeout(timedelta(seconds=min(timeout, _CONNECT_SECONDS)))
            .timeout(timedelta(seconds=timeout))
        )
        self._client = (builder.no_proxy() if urlsplit(url).hostname in _LOOPBACK else builder).build()

    async def close(self) -> None:
        await self._client.close()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Raises ProviderUnavailableError where the provider is away, slow, busy or at fault."""
        self._require_closed_breaker()
        self._under_way += 1
        try:
            sized = {**headers, "content-length": str(len(body))}  # which the library leaves out of an empty one
            request = self._client.post(url).headers(sized).body_bytes(body).build()
            response = await request.send()
            reply = Reply(response.status, await self._read(response))
        except TimeoutError:
            raise self.fail("timeout") from None
        except PyreqwestError:
            raise self.fail("unreachable") from None
        finally:
            self._under_way -= 1
        if reply.status >= _FAULTY or reply.status == _BUSY:
            raise self.fail(str(reply.status))
        if self._breaker.succeed():
            log.info("identity.provider-back", provider=self._provider)
        return reply

    async def _read(self, response: Response) -> bytes:
        """No more than is expected of this provider is ever held."""
        body = bytearray()
        while chunk := await response.body_reader.read_chunk():
            body += chunk
            if len(body) > self._most_bytes:
                raise self.fail("too-long")
        return bytes(body)

    def fail(self, reason: str) -> ProviderUnavailableError:
        """Counts a failure, also one that only the answer's body tells of; answers what to raise."""
        log.warning("identity.provider-failed", provider=self._provider, reason=reason)
        if self._breaker.fail(asyncio.get_running_loop().time()):
            log.warning("identity.provider-left-alone", provider=self._provider)
        return ProviderUnavailableError(self._silence)

    def _require_closed_breaker(self) -> None:
        if not self._breaker.allow(1, self._under_way, asyncio.get_running_loop().time()):
            raise ProviderUnavailableError(self._silence)
