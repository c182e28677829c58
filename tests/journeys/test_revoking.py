"""A role that is taken back is over on every server process within five seconds."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from tests.journeys.harness import log_in

_PATIENCE = 5.0
_EACH = 12
"""Requests on connections of their own: with two processes, all of one is a chance of one in 2,000."""


async def open_session(url: str, person: dict[str, Any]) -> str:
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        token: str = (await log_in(client, person))["access_token"]
        return token


async def ask_everywhere(url: str, token: str) -> set[int]:
    """The statuses of many requests, each of which any process may answer."""

    async def ask() -> int:
        async with httpx.AsyncClient(base_url=url, timeout=10, headers={"Authorization": f"Bearer {token}"}) as client:
            return (await client.get("/v1/venues")).status_code

    return set(await asyncio.gather(*(ask() for _ in range(_EACH))))


async def test_a_taken_role_is_over_everywhere(live_server: dict[str, Any]) -> None:
    url, person = live_server["url"], live_server["residents"][2]
    operator = await open_session(url, live_server["operator"])
    async with httpx.AsyncClient(base_url=url, timeout=10, headers={"Authorization": f"Bearer {operator}"}) as desk:
        reason = {"role": "publisher", "reason": f"a test of {uuid4()}"}
        granted = await desk.post("/v1/staff/roles", json={"phone": person["phone"], **reason})
        assert granted.status_code == 204, granted.text
        token = await open_session(url, person)
        assert await ask_everywhere(url, token) == {200}
        revoked = await desk.post("/v1/staff/roles/revoke", json={"resident_id": person["resident_id"], **reason})
        assert revoked.status_code == 204, revoked.text
    loop = asyncio.get_running_loop()
    began = loop.time()
    while await ask_everywhere(url, token) != {401}:
        assert loop.time() - began < _PATIENCE, "a process still lets it in"
        await asyncio.sleep(0.1)
