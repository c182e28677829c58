"""The stand-in of the SMS gateway behind a small HTTP server on the loopback."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypeAlias

from app.development.sms_gateway import SmsGatewayStandIn
from tests.harness.answering import AnsweringServer, answering

SmsServer: TypeAlias = AnsweringServer[SmsGatewayStandIn]


@asynccontextmanager
async def serving(stand_in: SmsGatewayStandIn, path: str = "/") -> AsyncGenerator[SmsServer]:
    async with answering(stand_in, path) as server:
        yield server
