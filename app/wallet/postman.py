"""Asking and answering verifiers elsewhere: one try, a deadline, no redirects, and the machine that was checked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import msgspec
import structlog
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import RequestBuilder

from app.wallet.errors import NotDeliveredError
from app.wallet.outer_addresses import OuterAddress, resolve

log = structlog.get_logger()

DEADLINE_SECONDS = 5.0
_LONGEST_THANKS = 64 * 1024
_OK = range(200, 300)


class Postman(msgspec.Struct, frozen=True):
    """How this deployment speaks to verifiers; never call it inside a transaction."""

    allows_loopback: bool = False

    async def post(self, address: OuterAddress, form: Mapping[str, str]) -> None:
        """Sends a form; raises NotDeliveredError unless the other side says that it took it."""
        await self._ask("POST", address, form, longest=_LONGEST_THANKS)

    async def read(self, address: OuterAddress, longest: int) -> str:
        """The text that lies there; raises NotDeliveredError where there is none, or more than `longest` bytes."""
        return (await self._ask("GET", address, None, longest=longest)).decode("ascii", "replace")

    async def _ask(self, method: str, address: OuterAddress, form: Mapping[str, str] | None, *, longest: int) -> bytes:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                machine = await resolve(address, allows_loopback=self.allows_loopback)
                async with _connect(address, machine) as client:
                    request = client.request(method, address.text)
                    return await _send(request if form is None else request.form(dict(form)), longest)
        except (TimeoutError, PyreqwestError):  # their words hold the address, and what was sent
            log.info("wallet.verifier-silent", host=address.host)
            raise NotDeliveredError from None


def _connect(address: OuterAddress, machine: str) -> Client:
    """To the machine that was looked at, whatever the name leads to by now."""
    return (
        ClientBuilder()
        .user_agent("suixing")
        .follow_redirects(False)
        .referer(False)
        .no_proxy()
        .resolve(address.host, machine, address.port)
        .timeout(timedelta(seconds=DEADLINE_SECONDS))
        .build()
    )


async def _send(request: RequestBuilder, longest: int) -> bytes:
    async with request.build_streamed() as response:
        if response.status not in _OK:
            log.info("wallet.verifier-declined", status=response.status)
            raise NotDeliveredError
        parts: list[bytes] = []
        while chunk := await response.body_reader.read_chunk():
            parts.append(bytes(chunk))
            if sum(map(len, parts)) > longest:
                raise NotDeliveredError
        return b"".join(parts)
