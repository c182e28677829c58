"""From a cause to the phone: the worker's own channels, over its development stand-ins, with nothing in between."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from app.database import Pool, transaction
from app.development.mini_programs import WECHAT_APP_ID
from app.development.mishaps import Answer
from app.development.platforms import PlatformStandIns
from app.development.push_apns import GONE
from app.development.pushes import PushBook
from app.development.pushing import APNS_PATH, FCM_PATH, TOPIC, PushStandIns, invent_token
from app.ephemeral import Valkey
from app.pushing.addressing import seal_address
from app.sealing import Vault
from app.settings import Settings
from app.worker_channels import open_dispatcher
from push.addresses import Address, Preferences, PushChannel
from push.reaching import grant_allowance, list_addresses, register_address, save_preferences
from tests.harness.answering import answering
from tests.push.harness import make_notice, put

DAY = timedelta(days=1)


class _Outside:
    """Every provider behind one address."""

    def __init__(self, data: Path) -> None:
        self._pushes, self._platforms = PushStandIns(data, now), PlatformStandIns(data, now)

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        stand_ins = self._pushes if path.startswith((APNS_PATH, FCM_PATH)) else self._platforms
        return stand_ins.handle(method, path, query, headers, body)


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def working(settings: Settings, pool: Pool, valkey: Valkey, vault: Vault) -> AsyncGenerator[None]:
    stopping = asyncio.Event()
    async with open_dispatcher(settings, pool, valkey, vault, now) as dispatcher:
        running = asyncio.create_task(dispatcher.run(stopping))
        yield
        stopping.set()
        await running


@pytest.fixture
async def outside(settings: Settings, tmp_path: Path) -> AsyncGenerator[Settings]:
    """The settings of a server whose stand-ins answer."""
    async with answering(_Outside(tmp_path)) as server:
        port = urlsplit(server.url).port
        assert port is not None
        yield dataclasses.replace(settings, data=tmp_path, keys=settings.keys_folder, host="127.0.0.1", port=port)


async def reach(pool: Pool, vault: Vault, who: UUID, channel: PushChannel, app_id: str, name: str) -> None:
    kept = seal_address(vault, channel, app_id, name)
    address = Address(
        recipient=who, channel=channel, app_id=app_id, address_id=uuid4(),
        environment="production" if channel == "apns" else "", sealed=kept.sealed, locale="zh-CN",
        registered_at=now() - DAY, seen_at=now() - DAY,
    )  # fmt: skip
    async with transaction(pool) as db:
        await register_address(db, address, index=kept.index, indexes=kept.indexes, retired=kept.retired)


async def wait_for(pool: Pool, who: UUID, outcomes: set[tuple[str, str]]) -> None:
    """Until somebody's notices have ended as they should."""
    found: set[tuple[str, str]] = set()
    async with asyncio.timeout(30):
        while found != outcomes:
            await asyncio.sleep(0.02)
            rows = await pool.fetch("SELECT channel, outcome FROM outbox WHERE recipient = $1", who)
            found = {(row["channel"], row["outcome"]) for row in rows}


async def test_a_message_shows_on_a_phone_in_its_owners_language(
    outside: Settings, pool: Pool, valkey: Valkey, vault: Vault
) -> None:
    who, phone = uuid4(), invent_token(str(uuid4()))
    await reach(pool, vault, who, "apns", TOPIC, phone)
    await save_preferences(pool, who, Preferences(locale="en"), now=now())
    told = await put(pool, make_notice("inbox", recipient=who, topic="installation.new"))

    async with working(outside, pool, valkey, vault):
        await wait_for(pool, who, {("inbox", "delivered"), ("apns", "delivered")})
    [shown] = PushBook(outside.data).list_pushes(phone)
    assert shown.title == "Your account was opened on a new device"
    assert shown.message_id == str(told.notice_id)
    assert shown.urgency == "time-sensitive"


async def test_a_phone_that_is_gone_leaves_it_to_the_mini_program(
    outside: Settings, pool: Pool, valkey: Valkey, vault: Vault
) -> None:
    who, phone, openid = uuid4(), f"{GONE}{uuid4().hex}{uuid4().hex}"[:64], f"o-{uuid4().hex}"
    await reach(pool, vault, who, "apns", TOPIC, phone)
    await reach(pool, vault, who, "wechat", WECHAT_APP_ID, openid)
    await allow(pool, who, "wechat", WECHAT_APP_ID)
    await put(pool, make_notice("inbox", recipient=who))

    async with working(outside, pool, valkey, vault):
        await wait_for(pool, who, {("inbox", "delivered"), ("wechat", "delivered")})
    [shown] = PushBook(outside.data).list_pushes(openid)
    assert shown.fields["thing1"] == "您的码已被扫描"
    assert shown.fields["phrase4"] == "用码提醒"
    assert [address.channel for address in await list_addresses(pool, who)] == ["wechat"]


async def allow(pool: Pool, who: UUID, channel: Literal["wechat", "alipay"], app_id: str) -> None:
    """A consent to one message."""
    at = now()
    await grant_allowance(pool, who, channel, app_id, "development-notice", lasts=False, granted_at=at, now=at)
