"""From the position that decides a crossing to Apple's acceptance of its notice: all of the way, end to end.

A server process takes the positions; the worker's inbox, fan-out and lane to Apple run here, against the strict
stand-in. What is measured ends when the outcome is on record, a moment after it was accepted.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from app.database import Pool, open_pool
from app.inbox.pushing import PushWordings
from app.keeping import require_keys
from app.migrating import migrate
from app.pushing.addressing import open_address, seal_address
from app.recognition.publishing import publish_trust_list
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from bench import Ratio
from bench.loading import request, run_load
from bench.stand import Stand, running_product, token_of
from push.apns import ApnsClient
from push.carrying import ProviderChannel
from push.couriers import ApnsCourier
from push.dispatching import Dispatcher
from push.fanning import FanOut
from push.inbox import InboxChannel
from push.templates import TemplateBook
from tests.push.peers.apns import TOPIC, make_settings, running_apns

TRAVELLERS = int(os.environ.get("BENCH_ARRIVALS", "500"))
A_SECOND = 25
LONGEST = 5.0
_SHANGHAI, _JIAXING = (121.4737, 31.2304), (120.7555, 30.7461)
_ROAMER = "INSERT INTO roamers (subject_no, resident_id, in_background, since) VALUES ($1, $2, false, $3)"
_ADDRESS = """
INSERT INTO push_addresses (recipient, channel, app_id, address_id, environment, sealed_address, address_index, locale,
                            registered_at, seen_at)
VALUES ($1, 'apns', $2, $3, 'production', $4, $5, 'zh-CN', $6, $6)
"""
_OUTCOMES = "SELECT recipient, outcome, settled_at FROM outbox WHERE channel = 'apns' AND topic = 'roaming.arrived'"


class _Traveller(msgspec.Struct, frozen=True):
    resident_id: UUID
    token: str


def run() -> list[Ratio]:
    """Starts durable private servers, one server process and a stand-in of Apple's."""
    with running_product(_prepare, SUIXING_ROAMING_AGE_MOST="3600") as (stand, people):
        return [asyncio.run(_measure(stand, people))]


async def _prepare(settings: Settings, url: str) -> tuple[str, list[_Traveller]]:
    """People who let positions be taken, each with a phone."""
    now = datetime.now(UTC)
    ring = require_keys(settings, now)
    await migrate(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=now)
    vault, people = Vault(read_secrets(settings.keys_folder)), []
    for _ in range(TRAVELLERS):
        resident_id, subject_no = uuid4(), secrets.randbits(62)
        kept = seal_address(vault, "apns", TOPIC, os.urandom(32).hex())
        await pool.execute(_ROAMER, subject_no, resident_id, now)
        await pool.execute(_ADDRESS, resident_id, TOPIC, uuid7(), kept.sealed, kept.index, now)
        people.append(_Traveller(resident_id, token_of(settings, resident_id, subject_no)))
    await pool.close()
    return url, people


async def _measure(stand: Stand, prepared: tuple[str, list[_Traveller]]) -> Ratio:
    url, people = prepared
    now = datetime.now(UTC)
    for place, ago in ((_SHANGHAI, 3000), (_JIAXING, 2000)):
        reports = [_report(one, place, now - timedelta(seconds=ago)) for one in people]
        load = await run_load(stand.port, stand.pid, reports)
        if load.statuses != {200: len(people)}:
            raise RuntimeError(f"positions were answered {load.statuses}")
    async with await open_pool(stand.settings, url, size=4) as pool, _working(stand.settings, pool):
        sent_at = await _arrive(stand, people)
        outcomes = await _await_outcomes(pool, len(people))
    seconds = sorted((outcomes[who] - at).total_seconds() for who, at in sent_at.items())
    middle, late = seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100]
    return Ratio(
        name="crossing: deciding position to Apple's acceptance, p99 / five seconds",
        ours=late,
        peer=LONGEST,
        ratio=late / LONGEST,
        target=1.0,
        better="lower",
        unit="s",
        note=f"p50 {middle:.3f} s, longest {seconds[-1]:.3f} s; {len(people)} crossings, {A_SECOND} a second",
    )


def _report(one: _Traveller, place: tuple[float, float], at: datetime) -> bytes:
    body: dict[str, Any] = {
        "longitude": place[0],
        "latitude": place[1],
        "datum": "wgs84",
        "accuracy_m": 20,
        "fixed_at": at.isoformat(),
    }
    return request("POST", "/v1/me/locations", token=one.token, body=json.dumps(body).encode())


@asynccontextmanager
async def _working(settings: Settings, pool: Pool) -> AsyncGenerator[None]:
    """What a worker does of it, as app.worker_channels has it."""
    vault = Vault(read_secrets(settings.keys_folder))
    wordings = PushWordings({}, arrival_life=timedelta(minutes=settings.roaming_notice_minutes))
    async with running_apns() as peer, ApnsClient(make_settings(peer), now=_now) as client:
        fan_out = FanOut(pool, wordings.topics, ["apns"])
        carrying = ProviderChannel(
            ApnsCourier(client),
            pool,
            wordings=wordings,
            book=TemplateBook([]),
            served=["apns"],
            open_sealed=lambda address: open_address(vault, address.sealed),
            now=_now,
        )
        dispatcher = Dispatcher(pool, [InboxChannel(pool, now=_now, fan_out=fan_out), carrying], now=_now)
        fan_out.on_enqueued = dispatcher.wake
        stopping = asyncio.Event()
        working = asyncio.create_task(dispatcher.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await working


def _now() -> datetime:
    return datetime.now(UTC)


async def _arrive(stand: Stand, people: Sequence[_Traveller]) -> dict[UUID, datetime]:
    """Each sends the deciding position at its own moment, over a connection of its own; answers when."""
    sent_at: dict[UUID, datetime] = {}

    async def arrive(number: int, one: _Traveller) -> None:
        await asyncio.sleep(number / A_SECOND)
        at = _now()
        sent_at[one.resident_id] = at
        report = _report(one, _JIAXING, at - timedelta(seconds=1500))
        load = await run_load(stand.port, stand.pid, [report], connections=1)
        if load.statuses != {200: 1}:
            raise RuntimeError(f"a position was answered {load.statuses}")

    await asyncio.gather(*(arrive(number, one) for number, one in enumerate(people)))
    return sent_at


async def _await_outcomes(pool: Pool, count: int) -> dict[UUID, datetime]:
    async with asyncio.timeout(60):
        while True:
            rows = await pool.fetch(_OUTCOMES)
            found = {row["recipient"]: row["settled_at"] for row in rows if row["outcome"] == "delivered"}
            if len(found) == count:
                return found
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    for ratio in run():
        print(f"{ratio.name}: {ratio.ours:.2f} s; {ratio.note}")
