"""One-time passwords from the outbox to the gateway: sealed until sent, gone afterwards, and nowhere in a log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from app.database import Pool
from app.development.mishaps import Mishap
from app.development.sms_gateway import SmsGatewayStandIn
from app.development.texts import TextFile
from push.alibaba import AlibabaSmsGateway
from push.dispatching import Dispatcher
from push.notices import Notice
from push.sms import SmsChannel, SmsText
from tests.harness.clock import Clock
from tests.push.harness import make_notice, put, read_row, running, wait_attempted, wait_settled, wait_until
from tests.push.sms_server import SmsServer, serving
from tests.push.test_alibaba import ACCOUNT

PHONE, OTP = "+8613900139000", "975310"
MASK = 0x5A


def seal(text: SmsText) -> bytes:
    """Stands for the caller's sealing: reversible, and nothing in the clear."""
    return bytes(byte ^ MASK for byte in msgspec.json.encode(text))


def open_sealed(sealed: bytes) -> SmsText:
    return msgspec.json.decode(bytes(byte ^ MASK for byte in sealed), type=SmsText)


@pytest.fixture
async def server(tmp_path: Path, clock: Clock) -> AsyncGenerator[SmsServer]:
    async with serving(SmsGatewayStandIn(TextFile(tmp_path / "texts.jsonl"), **ACCOUNT, now=clock)) as opened:
        yield opened


@pytest.fixture
async def dispatcher(fresh_pool: Pool, server: SmsServer, clock: Clock) -> AsyncGenerator[Dispatcher]:
    async with AlibabaSmsGateway(server.url, **ACCOUNT, now=clock, timeout=1.0) as gateway:
        yield Dispatcher(fresh_pool, [SmsChannel(gateway, open_sealed)], now=clock, jitter=lambda: 0.0)


def make_otp(clock: Clock, lifetime: int = 300) -> Notice:
    expires_at = clock.now + timedelta(seconds=lifetime)
    return make_notice("sms", clock.now, topic="otp", data={}, sealed=seal(SmsText(PHONE, OTP)), expires_at=expires_at)


async def test_a_password_arrives_and_is_destroyed(
    fresh_pool: Pool, server: SmsServer, dispatcher: Dispatcher, clock: Clock
) -> None:
    notice = await put(fresh_pool, make_otp(clock))
    async with running(dispatcher):
        row = await wait_settled(fresh_pool, notice)
    assert (row["outcome"], row["sealed"]) == ("delivered", None)
    assert [(t.to, t.otp) for t in server.stand_in.texts_to(PHONE)] == [(PHONE, OTP)]
    assert f"OutId={notice.notice_id}" in server.requests[0][0]


async def test_an_expired_password_is_never_sent(
    fresh_pool: Pool, server: SmsServer, dispatcher: Dispatcher, clock: Clock
) -> None:
    notice = await put(fresh_pool, make_otp(clock))
    clock.turn(300)
    async with running(dispatcher):
        row = await wait_settled(fresh_pool, notice)
    assert (row["outcome"], row["sealed"], server.requests) == ("expired", None, [])


async def test_a_password_that_would_come_too_late_is_given_up_at_once(
    fresh_pool: Pool, server: SmsServer, dispatcher: Dispatcher, clock: Clock
) -> None:
    server.stand_in.fail_next(1, Mishap("isv.BUSINESS_LIMIT_CONTROL"))
    notice = await put(fresh_pool, make_otp(clock, lifetime=60))
    async with running(dispatcher):
        row = await wait_settled(fresh_pool, notice)
    assert (row["outcome"], row["reason"], row["sealed"]) == ("given-up", "isv.BUSINESS_LIMIT_CONTROL", None)


async def test_a_password_survives_a_gateway_that_is_down(
    fresh_pool: Pool, server: SmsServer, dispatcher: Dispatcher, clock: Clock
) -> None:
    server.stand_in.fail_next(1, Mishap("ServiceUnavailable", 503))
    server.stand_in.fail_next(1, Mishap(close=True, code="ServiceUnavailable"))
    notice = await put(fresh_pool, make_otp(clock))
    async with running(dispatcher):
        await wait_attempted(fresh_pool, notice, "ServiceUnavailable")
        clock.turn(1)
        await wait_attempted(fresh_pool, notice, "unreachable")
        clock.turn(2)
        row = await wait_settled(fresh_pool, notice)
    assert (row["outcome"], row["attempts"]) == ("delivered", 3)
    assert len(server.stand_in.texts_to(PHONE)) == 1


async def test_a_payload_that_does_not_open_waits_for_its_key(
    fresh_pool: Pool, server: SmsServer, dispatcher: Dispatcher, clock: Clock
) -> None:
    garbled = await put(fresh_pool, msgspec.structs.replace(make_otp(clock), sealed=f"{PHONE}{OTP}".encode()))
    empty = await put(fresh_pool, msgspec.structs.replace(make_otp(clock), sealed=None))
    with capture_logs() as logs:
        async with running(dispatcher):
            assert (await wait_settled(fresh_pool, empty))["reason"] == "nothing-sealed"
            assert (await wait_attempted(fresh_pool, garbled, "sealed-unreadable"))["outcome"] is None
    assert server.requests == []
    assert "push.sealed-unreadable" in {entry["event"] for entry in logs}
    assert PHONE[3:] not in str(logs)


async def test_no_log_and_no_row_tells_a_phone_or_a_password(
    fresh_pool: Pool, server: SmsServer, dispatcher: Dispatcher, clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    for code, status in [("isv.AMOUNT_NOT_ENOUGH", 200), ("isv.MOBILE_NUMBER_ILLEGAL", 200), (f"no.{OTP}", 418)]:
        server.stand_in.fail_next(1, Mishap(code, status))
    server.stand_in.fail_next(1, Mishap(delay=1.2))
    server.stand_in.fail_next(1, Mishap(close=True))
    notices = [await put(fresh_pool, make_otp(clock)) for _ in range(6)]
    with capture_logs() as logs:
        async with running(dispatcher):
            for notice in notices:
                await wait_until(partial(has_come_to_something, fresh_pool, notice))
    events = {entry["event"] for entry in logs}
    assert {"push.channel-misconfigured", "push.notice-undelivered"} <= events
    rows = await fresh_pool.fetch("SELECT outbox::text AS row FROM outbox")
    heard = str(logs) + "".join(capfd.readouterr()) + "".join(row["row"] for row in rows) + repr(SmsText(PHONE, OTP))
    assert PHONE.removeprefix("+86") not in heard
    assert OTP not in heard


async def has_come_to_something(pool: Pool, notice: Notice) -> bool:
    row = await read_row(pool, notice)
    return (row["outcome"] or row["reason"]) is not None
