"""Two hundred scanners at once, over four server processes: one of them has the code."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Crowd
from tests.journeys.harness import issue_code, kill_valkey, log_in

RACERS = 200
CONNECTIONS = 40
ROUNDS = 100


async def race(url: str, credential: str, code: str) -> Counter[str]:
    """How often each answer was given. Each client has a connection of its own, so all processes are asked."""
    trust = ssl.create_default_context()
    clients = [httpx.AsyncClient(base_url=url, verify=trust, timeout=60) for _ in range(CONNECTIONS)]
    headers = {"Authorization": f"Bearer {credential}"}

    async def scan(number: int) -> str:
        answer = await clients[number % CONNECTIONS].post("/v1/scans", json={"code": code}, headers=headers)
        return "accepted" if answer.status_code == 201 else answer.json()["type"].removeprefix("/problems/")

    try:
        return Counter(await asyncio.gather(*map(scan, range(RACERS))))
    finally:
        for client in clients:
            await client.aclose()


async def run_round(demo: dict[str, Any], token: str, *, data: Path | None = None) -> Counter[str]:
    async with httpx.AsyncClient(base_url=demo["url"]) as client:
        code = await issue_code(client, token)
    racing = asyncio.create_task(race(demo["url"], demo["scanner"]["credential"], code))
    if data is not None:
        await asyncio.sleep(0.1)
        kill_valkey(data)
    return await racing


async def test_one_of_two_hundred_scans_is_accepted(crowd: Crowd) -> None:
    demo = crowd.demo
    async with httpx.AsyncClient(base_url=demo["url"]) as client:
        token = (await log_in(client, demo["residents"][1]))["access_token"]
    for _ in range(2):
        assert await run_round(demo, token) == {"accepted": 1, "code-already-used": RACERS - 1}


async def test_the_race_is_the_same_when_valkey_dies_in_the_middle(crowd: Crowd) -> None:
    demo, data = crowd.demo, crowd.data
    async with httpx.AsyncClient(base_url=demo["url"]) as client:
        token = (await log_in(client, demo["residents"][2]))["access_token"]
        assert await run_round(demo, token, data=data) == {"accepted": 1, "code-already-used": RACERS - 1}
        async with asyncio.timeout(20):  # the launcher starts it again
            while (await client.get("/health/ready")).json()["status"] != "ready":  # noqa: ASYNC110  another process
                await asyncio.sleep(0.1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_hundred_races(crowd: Crowd) -> None:
    demo, data = crowd.demo, crowd.data
    async with httpx.AsyncClient(base_url=demo["url"]) as client:
        opened = await log_in(client, demo["residents"][3])
        for number in range(ROUNDS):
            if number % 20 == 19:  # an access token lives five minutes
                body = {"refresh_token": opened["refresh_token"]}
                opened = (await client.post("/v1/sessions/refresh", json=body)).json()
            killed = data if number % 10 == 9 else None
            outcome = await run_round(demo, opened["access_token"], data=killed)
            assert outcome == {"accepted": 1, "code-already-used": RACERS - 1}, f"round {number}"
