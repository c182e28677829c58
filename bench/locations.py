"""reportLocation without a crossing against a bare "hello": one server process, in turns, in one run."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from app.keeping import require_keys
from app.migrating import migrate
from app.recognition.publishing import publish_trust_list
from app.settings import Settings
from bench import Ratio
from bench.loading import Load, request, run_load
from bench.stand import ROUNDS, Stand, ratio_of, running_product, token_of

REQUESTS = 2000
_RESIDENTS = 16
_ROAMER = "INSERT INTO roamers (subject_no, resident_id, in_background, since) VALUES ($1, $2, false, $3)"
_SUBJECT_NO = 4
"""As token_of has it: for everybody the same."""


def run() -> list[Ratio]:
    """Starts durable private servers and one server process, and measures them in turns."""
    with running_product(prepare) as (stand, residents):
        return asyncio.run(_measure(stand, residents))


async def prepare(settings: Settings, url: str) -> list[UUID]:
    """Keys, and residents who let positions be taken: of these the consent alone is read, once each."""
    now = datetime.now(UTC)
    ring = require_keys(settings, now)
    await migrate(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=now)
    await pool.execute(_ROAMER, _SUBJECT_NO, uuid4(), now)
    await pool.close()
    return [uuid4() for _ in range(_RESIDENTS)]


async def _measure(stand: Stand, residents: list[UUID]) -> list[Ratio]:
    hello = [request("GET", "/bench/hello")] * REQUESTS
    tokens = [token_of(stand.settings, one) for one in residents]
    loads: dict[str, list[Load]] = {"hello": [], "report": []}
    for number in range(ROUNDS):
        reports = _reports(tokens, number)
        for name, requests in {"hello": hello, "report": reports}.items():
            load = await run_load(stand.port, stand.pid, requests)
            if load.statuses != {200: REQUESTS}:
                raise RuntimeError(f"{name} was answered {load.statuses}")
            loads[name].append(load)
    return [ratio_of("reportLocation / bare hello, requests a second", loads["report"], loads["hello"], 0.35)]


def _reports(tokens: list[str], number: int) -> list[bytes]:
    """Everybody stays where they are; each report is a second younger than the one before."""
    now = datetime.now(UTC)
    found: list[bytes] = []
    for index in range(REQUESTS):
        at = now + timedelta(seconds=index // len(tokens) - REQUESTS // len(tokens) + 30)
        body: dict[str, Any] = {
            "longitude": 121.4737 + index * 1e-6,
            "latitude": 31.2304 + number * 1e-6,
            "datum": "gcj02",
            "accuracy_m": 20,
            "fixed_at": at.isoformat(),
        }
        found.append(
            request("POST", "/v1/me/locations", token=tokens[index % len(tokens)], body=json.dumps(body).encode())
        )
    return found
