from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from app.development.alipay import AlipayStandIn
from app.development.mini_programs import ALIPAY_APP_ID, ALIPAY_PATH, WECHAT_APP_ID, WECHAT_SECRET
from app.development.platform_book import PlatformBook
from app.development.wechat import WeChatStandIn
from app.platforms.alipay import AlipayApp
from app.platforms.asking import Limits
from app.platforms.wechat import WeChatApp
from tests.app.platforms.keys import alipay_keys, app_keys
from tests.harness.answering import AnsweringServer, answering
from tests.harness.clock import Clock

LIMITS = Limits(deadline=5.0, connections=20)


def ticking(clock: Clock) -> Callable[[], float]:
    """The seconds of a clock that a test turns."""

    def read() -> float:
        return clock.now.timestamp()

    return read


def open_wechat(url: str, clock: Clock, **given: Any) -> WeChatApp:
    secret = given.pop("secret", WECHAT_SECRET)
    app_id = given.pop("app_id", WECHAT_APP_ID)
    return WeChatApp(app_id, secret, **{"url": url, "limits": LIMITS, "clock": ticking(clock), **given})


def open_alipay(url: str, clock: Clock, **given: Any) -> AlipayApp:
    app_id = given.pop("app_id", ALIPAY_APP_ID)
    keys = given.pop("keys", None) or app_keys()
    return AlipayApp(app_id, keys, **{"now": clock, "url": url, "limits": LIMITS, "clock": ticking(clock), **given})


@pytest.fixture
async def wechat_server(tmp_path: Path, clock: Clock) -> AsyncGenerator[AnsweringServer[WeChatStandIn]]:
    book = PlatformBook(tmp_path / "book.sqlite")
    async with answering(WeChatStandIn(book, app_id=WECHAT_APP_ID, secret=WECHAT_SECRET, now=clock)) as server:
        yield server


@pytest.fixture
async def wechat(wechat_server: AnsweringServer[WeChatStandIn], clock: Clock) -> AsyncGenerator[WeChatApp]:
    app = open_wechat(wechat_server.url, clock)
    yield app
    await app.close()


@pytest.fixture
async def alipay_server(tmp_path: Path, clock: Clock) -> AsyncGenerator[AnsweringServer[AlipayStandIn]]:
    book = PlatformBook(tmp_path / "book.sqlite")
    stand_in = AlipayStandIn(book, app_id=ALIPAY_APP_ID, keys=alipay_keys(), now=clock)
    async with answering(stand_in, ALIPAY_PATH) as server:
        yield server


@pytest.fixture
async def alipay(alipay_server: AnsweringServer[AlipayStandIn], clock: Clock) -> AsyncGenerator[AlipayApp]:
    app = open_alipay(alipay_server.url, clock)
    yield app
    await app.close()
