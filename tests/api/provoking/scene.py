"""Who is there to provoke a problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias
from uuid import uuid4

import httpx

from tests.api.harness import Api, Gate, Session, invent_phone, issue_code, request_otp, scan
from tests.api.test_venues import VENUE


class Scene(NamedTuple):
    """Who is there to provoke a problem."""

    api: Api
    resident: Session
    newcomer: Session
    unverified: Session
    manager: Session
    gate: Gate
    folder: Path

    async def scan(self, code: str, **body: str) -> httpx.Response:
        return await scan(self.api, self.gate, code, **body)

    async def code(self) -> str:
        return await issue_code(self.api, self.resident)

    async def guess(self, otp: str | None = None) -> httpx.Response:
        """Guesses at a password: wrong, unless it is told which to try."""
        challenge_id, right = await request_otp(self.api, invent_phone())
        otp = f"{(int(right) + 1) % 10**6:06}" if otp is None else otp
        body = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp, "installation_id": str(uuid4())}
        return await self.api.post("/v1/sessions", json=body)

    async def refresh(self) -> httpx.Response:
        return await self.api.post("/v1/sessions/refresh", json={"refresh_token": self.resident.refresh_token})

    async def create_venue(self, **changes: str) -> httpx.Response:
        return await self.api.post(
            "/v1/venues", by=self.manager, json=VENUE | changes, headers={"Idempotency-Key": "key-1"}
        )


Provoking: TypeAlias = Callable[[Scene], Awaitable[httpx.Response]]
"""Brings about the problem, and answers with it."""
