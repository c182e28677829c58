"""A worker that pushes, to be killed: told in a line of JSON on its standard input whom it serves.

Its leases are short, so that what it leaves behind is taken up within a test.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime

import asyncpg
import msgspec
import uvloop

from push import lane
from push.apns import ApnsClient, ApnsKey, ApnsSettings
from push.carrying import ProviderChannel
from push.couriers import ApnsCourier, Courier, FcmCourier
from push.dispatching import Dispatcher
from push.fanning import FanOut
from push.fcm import FcmClient, FcmSettings
from push.fcm_tokens import ServiceAccount
from push.inbox import InboxChannel
from push.rules import Pace
from push.store import Pool
from push.templates import TemplateBook
from tests.push.stage import TOPICS, StageWordings

TIMEOUT = 1.5
DEADLINE = 2.0
MARGIN = 1.0
IN_FLIGHT = 40


class Told(msgspec.Struct):
    """What a worker needs to know."""

    database_url: str
    apns_url: str
    fcm_url: str
    authority: str
    key: ApnsKey
    account: ServiceAccount


def _now() -> datetime:
    return datetime.now(UTC)


async def _open_pool(url: str) -> Pool:
    """Waits for a database that is being restarted, where a deployment's launcher would start the worker again."""
    while True:
        try:
            return await asyncpg.create_pool(url, min_size=1, max_size=4, command_timeout=10)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await asyncio.sleep(0.2)


async def _main(told: Told) -> None:
    lane.LEASE_MARGIN_SECONDS = MARGIN
    # Whatever becomes of the test, its workers end with it.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), os._exit, 1)
    pool = await _open_pool(told.database_url)
    authority = told.authority.encode()
    apns_settings = ApnsSettings(
        keys=(told.key,),
        production_url=told.apns_url,
        sandbox_url=told.apns_url,
        timeout=TIMEOUT,
        authority=authority,
    )
    fcm_settings = FcmSettings(accounts=(told.account,), url=told.fcm_url, timeout=TIMEOUT, authority=authority)
    async with ApnsClient(apns_settings, now=_now) as apns, FcmClient(fcm_settings, now=_now) as fcm:
        fan_out = FanOut(pool, TOPICS, ["apns", "fcm"])
        couriers: list[Courier] = [ApnsCourier(apns, concurrency=IN_FLIGHT), FcmCourier(fcm, concurrency=IN_FLIGHT)]
        channels = [
            ProviderChannel(
                courier,
                pool,
                wordings=StageWordings(),
                book=TemplateBook([]),
                served=["apns", "fcm"],
                open_sealed=lambda address: address.sealed.decode(),
                now=_now,
                deadline=DEADLINE,
            )
            for courier in couriers
        ]
        inbox = InboxChannel(pool, now=_now, fan_out=fan_out, batch=50, deadline=DEADLINE)
        pace = Pace(shortest=0.2, longest=2.0)
        dispatcher = Dispatcher(pool, [inbox, *channels], now=_now, pace=pace)
        fan_out.on_enqueued = dispatcher.wake
        await dispatcher.run(asyncio.Event())


if __name__ == "__main__":
    uvloop.run(_main(msgspec.json.decode(sys.stdin.readline(), type=Told)))
