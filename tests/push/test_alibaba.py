from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from app.development.mishaps import Mishap
from app.development.sms_gateway import SmsGatewayStandIn
from app.development.texts import TextFile
from push.alibaba import LIMIT_SECONDS, AlibabaSmsGateway, judge_reply
from push.notices import Delivered, Fault, Outcome, Refused, Retry, Unavailable
from push.sms import SmsText
from tests.harness.clock import Clock
from tests.push.sms_server import SmsServer, serving

ACCOUNT: Any = {
    "access_key_id": "LTAI-test",
    "access_key_secret": "test-secret",
    "sign_name": "随行",
    "template_code": "SMS_000000001",
    "warning_template_code": "SMS_000000009",
}
TEXT = SmsText("+8613800138000", "246810")

FAULTS = [
    "isv.AMOUNT_NOT_ENOUGH",
    "isv.OUT_OF_SERVICE",
    "isv.PRODUCT_UN_SUBSCRIPT",
    "isv.PRODUCT_UNSUBSCRIBE",
    "isv.ACCOUNT_NOT_EXISTS",
    "isv.ACCOUNT_ABNORMAL",
    "isv.SECURITY_FROZEN_ACCOUNT",
    "isv.DAY_LIMIT_CONTROL",
    "isv.MONTH_LIMIT_CONTROL",
    "isv.DENY_IP_RANGE",
    "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.SMS_SIGNATURE_ILLEGAL",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
    "isv.SMS_SIGN_ILLEGAL",
    "isv.SIGN_STATE_ILLEGAL",
    "isv.EXTEND_CODE_ERROR",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    "isv.SMS_CONTENT_ILLEGAL",
    "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE",
    "isv.UNSUPPORTED_CONTENT",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL",
    "isv.INVALID_PARAMETERS",
    "isv.INVALID_JSON_PARAM",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
    "isv.MOBILE_COUNT_OVER_LIMIT",
    "isv.SMS_TEST_NUMBER_LIMIT",
    "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT",
    "isp.RAM_PERMISSION_DENY",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format",
    "MissingParameter",
    "Forbidden.RAM",
]
CODES: list[tuple[int, str, Outcome]] = [
    (200, "isv.MOBILE_NUMBER_ILLEGAL", Refused("isv.MOBILE_NUMBER_ILLEGAL")),
    (200, "isv.BLACK_KEY_CONTROL_LIMIT", Refused("isv.BLACK_KEY_CONTROL_LIMIT")),
    (200, "isv.CUSTOMER_REFUSED", Refused("isv.CUSTOMER_REFUSED")),
    (200, "isv.COUNTRY_RESTRICTED", Refused("isv.COUNTRY_RESTRICTED")),
    (200, "isv.NOT_SUPPORTED_COUNTRY", Refused("isv.NOT_SUPPORTED_COUNTRY")),
    (200, "isv.BUSINESS_LIMIT_CONTROL", Retry("isv.BUSINESS_LIMIT_CONTROL", LIMIT_SECONDS)),
    (400, "SignatureNonceUsed", Retry("SignatureNonceUsed")),
    (200, "isp.SYSTEM_ERROR", Unavailable("isp.SYSTEM_ERROR")),
    (200, "isp.GATEWAY_ERROR", Unavailable("isp.GATEWAY_ERROR")),
    (200, "isp.UNKNOWN", Unavailable("isp.UNKNOWN")),
    (400, "Throttling", Unavailable("Throttling")),
    (400, "Throttling.User", Unavailable("Throttling.User")),
    (400, "Throttling.Api", Unavailable("Throttling.Api")),
    (503, "ServiceUnavailable", Unavailable("ServiceUnavailable")),
    (500, "InternalError", Unavailable("InternalError")),
    (500, "isv.SOMETHING_NEW", Unavailable("isv.SOMETHING_NEW")),
    (429, "Whatever", Unavailable("Whatever")),
    *((200 if code.startswith("is") else 400, code, Fault(code)) for code in FAULTS),
]


@pytest.fixture
async def server(tmp_path: Path, clock: Clock) -> AsyncGenerator[SmsServer]:
    async with serving(SmsGatewayStandIn(TextFile(tmp_path / "texts.jsonl"), **ACCOUNT, now=clock)) as running:
        yield running


def open_gateway(server: SmsServer, clock: Clock, **given: Any) -> AlibabaSmsGateway:
    return AlibabaSmsGateway(**{"url": server.url, **ACCOUNT, "now": clock, "timeout": 2.0, **given})


async def test_a_text_arrives(server: SmsServer, clock: Clock) -> None:
    async with open_gateway(server, clock) as gateway:
        assert await gateway.send(TEXT, reference="r-1") == Delivered()
    [text] = server.stand_in.texts_to("+8613800138000")
    assert (text.to, text.otp, text.sent_at) == ("+8613800138000", "246810", clock.now)
    assert "246810" in text.text


async def test_connections_are_used_again(server: SmsServer, clock: Clock) -> None:
    async with open_gateway(server, clock) as gateway:
        for _ in range(10):
            assert await gateway.send(TEXT, reference="r") == Delivered()
    assert server.connections == 1


@pytest.mark.parametrize("path", ["/v1/development/sms", "/"])
async def test_a_path_of_its_own_is_signed(tmp_path: Path, clock: Clock, path: str) -> None:
    stand_in = SmsGatewayStandIn(TextFile(tmp_path / "texts.jsonl"), **ACCOUNT, now=clock)
    async with serving(stand_in, path) as server, open_gateway(server, clock) as gateway:
        assert await gateway.send(TEXT, reference="r") == Delivered()
        assert server.requests[0][0].partition("?")[0] == path


@pytest.mark.parametrize(("status", "code", "outcome"), CODES, ids=[f"{s}-{c}" for s, c, _ in CODES])
async def test_each_documented_code(server: SmsServer, clock: Clock, status: int, code: str, outcome: Outcome) -> None:
    server.stand_in.fail_next(1, Mishap(code, status))
    async with open_gateway(server, clock) as gateway:
        assert await gateway.send(TEXT, reference="r") == outcome
        assert server.stand_in.texts_to(TEXT.phone) == []
        assert await gateway.send(TEXT, reference="r") == Delivered()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"access_key_id": "LTAI-other"}, "InvalidAccessKeyId.NotFound"),
        ({"access_key_secret": "other"}, "SignatureDoesNotMatch"),
        ({"sign_name": "别的"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"template_code": "SMS_000000002"}, "isv.SMS_TEMPLATE_ILLEGAL"),
    ],
)
async def test_a_wrong_setting_is_a_fault_of_ours(
    server: SmsServer, clock: Clock, wrong: dict[str, str], reason: str
) -> None:
    async with open_gateway(server, clock, **wrong) as gateway:
        assert await gateway.send(TEXT, reference="r") == Fault(reason)


@pytest.mark.parametrize("seconds", [-901, 901])
async def test_a_clock_that_is_off_is_a_fault_of_ours(server: SmsServer, clock: Clock, seconds: int) -> None:
    slow = Clock()
    slow.now = clock.now
    slow.turn(seconds)
    async with open_gateway(server, slow) as gateway:
        assert await gateway.send(TEXT, reference="r") == Fault("InvalidTimeStamp.Expired")


@pytest.mark.parametrize("phone", ["+8612345678901", "+862112345678", "+86138001380001"])
async def test_a_number_that_is_none_is_refused(server: SmsServer, clock: Clock, phone: str) -> None:
    async with open_gateway(server, clock) as gateway:
        assert await gateway.send(SmsText(phone, "246810"), reference="r") == Refused("isv.MOBILE_NUMBER_ILLEGAL")


async def test_a_number_abroad_keeps_its_country(server: SmsServer, clock: Clock) -> None:
    async with open_gateway(server, clock) as gateway:
        await gateway.send(SmsText("+85212345678", "246810"), reference="r")
    assert "PhoneNumbers=85212345678" in server.requests[0][0]


async def test_an_answer_too_late_is_unavailable(server: SmsServer, clock: Clock) -> None:
    server.stand_in.fail_next(1, Mishap(delay=1.0))
    async with open_gateway(server, clock, timeout=0.1) as gateway:
        assert await gateway.send(TEXT, reference="r") == Unavailable("timeout")


async def test_a_connection_closed_without_an_answer_is_unavailable(server: SmsServer, clock: Clock) -> None:
    server.stand_in.fail_next(3, Mishap(close=True))
    async with open_gateway(server, clock) as gateway:
        assert await gateway.send(TEXT, reference="r") == Unavailable("unreachable")


async def test_nobody_there_is_unavailable(clock: Clock) -> None:
    async with AlibabaSmsGateway("http://127.0.0.1:1/", **ACCOUNT, now=clock, timeout=2.0) as gateway:
        assert await gateway.send(TEXT, reference="r") == Unavailable("unreachable")


async def test_retry_after_is_passed_on(server: SmsServer, clock: Clock) -> None:
    server.stand_in.fail_next(1, Mishap("ServiceUnavailable", 503, {"retry-after": "120"}))
    server.stand_in.fail_next(1, Mishap("ServiceUnavailable", 503, {"retry-after": "Fri, 31 Dec 2027 23:59:59 GMT"}))
    async with open_gateway(server, clock) as gateway:
        assert await gateway.send(TEXT, reference="r") == Unavailable("ServiceUnavailable", 120.0)
        assert await gateway.send(TEXT, reference="r") == Unavailable("ServiceUnavailable", None)


async def test_a_redirect_takes_the_password_nowhere(server: SmsServer, clock: Clock) -> None:
    server.stand_in.fail_next(1, Mishap("Moved", 307, {"location": "/elsewhere"}))
    async with open_gateway(server, clock) as gateway:
        assert await gateway.send(TEXT, reference="r") == Fault("Moved")
    assert len(server.requests) == 1


async def test_many_at_once_all_arrive_with_nonces_of_their_own(server: SmsServer, clock: Clock) -> None:
    async with open_gateway(server, clock) as gateway:
        sent = await asyncio.gather(*(gateway.send(TEXT, reference=str(i)) for i in range(50)))
    assert sent == [Delivered()] * 50
    assert len({headers["x-acs-signature-nonce"] for _, headers in server.requests}) == 50


@pytest.mark.parametrize("code", ["", "13800138000", "isv.X 13800138000", "a" * 3 + "\n", "验证码"])
def test_words_that_are_no_code_become_no_reason(code: str) -> None:
    assert judge_reply(200, code) == Fault("no-code")


def test_ok_with_an_error_status_is_not_ok() -> None:
    assert judge_reply(500, "OK") == Unavailable("OK")
    assert judge_reply(302, "OK") == Fault("OK")
