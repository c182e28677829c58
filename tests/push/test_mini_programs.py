"""Messages through WeChat and Alipay: strict stand-ins of both, and what each of their answers becomes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import structlog

from app.development.mishaps import Answer
from push.alipay import AlipayClient, AlipayMessage, AlipaySettings
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, ConsentSpent, SendOutcome, Unanswered
from push.wechat import AccessTokenError, WeChatClient, WeChatMessage, WeChatSettings
from tests.app.platforms.keys import alipay_keys, app_keys
from tests.harness.answering import AnsweringServer, answering
from tests.harness.clock import Clock
from tests.push.peers.mini_programs import AlipayStandIn, WeChatStandIn

APP = "wx0123456789abcdef"
USER, TEMPLATE = "oUser-1", "template-1"
OTHERS: list[tuple[Answer, SendOutcome]] = [
    (Answer(500, {}, b"oops"), Unanswered("status-500")),
    (Answer(429, {}, b""), Unavailable("status-429")),
    (Answer(302, {"location": "/elsewhere"}, b""), Fault("status-302")),
    (Answer(404, {}, b""), Fault("status-404")),
    (Answer(200, {}, b"<html>"), Unanswered("answer-not-understood")),
    (Answer(200, {}, b"[]"), Unanswered("answer-not-understood")),
    (Answer(200, {}, b"", close=True), Unanswered("connection-lost")),
    (Answer(200, {}, b"{}", delay=3.0), Unanswered("timeout")),
]
OTHER_IDS = [f"{answer.status}-{answer.body!r}-{answer.close}" for answer, _ in OTHERS]


class Tokens:
    """Access tokens as app.platforms keeps them: the same until it is refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.texts = ["token-1", "token-2"]
        self.error: AccessTokenError | None = None

    async def __call__(self, app_id: str, refused: str = "", /) -> str:
        self.asked.append((app_id, refused))
        if self.error is not None:
            raise self.error
        return self.texts[1] if refused else self.texts[0]


@pytest.fixture
async def wechat() -> AsyncGenerator[AnsweringServer[WeChatStandIn]]:
    stand_in = WeChatStandIn()
    stand_in.templates[TEMPLATE] = ("thing1", "time2")
    stand_in.consents[USER, TEMPLATE] = 1
    async with answering(stand_in) as server:
        yield server


def wechat_message(**changes: Any) -> WeChatMessage:
    given: dict[str, Any] = {
        "app_id": APP,
        "openid": USER,
        "template_id": TEMPLATE,
        "data": {"thing1": "欢迎来到江苏", "time2": "2026-11-21 21:00"},
        "page": "pages/roaming?province=32",
    }
    return WeChatMessage(**(given | changes))


def open_wechat(server: AnsweringServer[Any], tokens: Tokens, **given: Any) -> WeChatClient:
    return WeChatClient(WeChatSettings(url=server.url, **given), tokens)


async def test_wechat_takes_one_message_for_one_consent(wechat: AnsweringServer[WeChatStandIn]) -> None:
    async with open_wechat(wechat, tokens := Tokens()) as client:
        assert await client.send(wechat_message()) == Accepted()
        assert await client.send(wechat_message()) == ConsentSpent("not-subscribed")
    assert tokens.asked == [(APP, "")] * 2
    assert wechat.stand_in.received == [
        {
            "touser": USER,
            "template_id": TEMPLATE,
            "page": "pages/roaming?province=32",
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": {"thing1": {"value": "欢迎来到江苏"}, "time2": {"value": "2026-11-21 21:00"}},
        }
    ]
    assert wechat.connections == 1


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"template_id": "other"}, Fault("template-unknown")),
        ({"openid": "oNobody"}, Refused("openid-invalid")),
        ({"data": {"thing1": "字" * 21, "time2": ""}}, Refused("argument-invalid")),
        ({"data": {"time2": ""}}, Refused("argument-invalid")),
    ],
)
async def test_what_wechat_does_not_take(
    wechat: AnsweringServer[WeChatStandIn], change: dict[str, Any], outcome: SendOutcome
) -> None:
    async with open_wechat(wechat, Tokens()) as client:
        assert await client.send(wechat_message(**change)) == outcome
    assert wechat.stand_in.received == []


async def test_a_token_that_wechat_refuses_is_replaced_once(wechat: AnsweringServer[WeChatStandIn]) -> None:
    wechat.stand_in.token = "token-2"  # noqa: S105  invented
    async with open_wechat(wechat, tokens := Tokens()) as client:
        assert await client.send(wechat_message()) == Accepted()
        assert tokens.asked == [(APP, ""), (APP, "token-1")]
        wechat.stand_in.token = "token-3"  # noqa: S105  invented
        assert await client.send(wechat_message()) == Fault("access-token")
    assert len(wechat.requests) == 4


@pytest.mark.parametrize("outcome", [Unavailable("token-unavailable", 5.0), Fault("app-secret")])
async def test_without_a_token_wechat_is_not_asked(
    wechat: AnsweringServer[WeChatStandIn], outcome: Unavailable | Fault
) -> None:
    tokens = Tokens()
    tokens.error = AccessTokenError(outcome)
    async with open_wechat(wechat, tokens) as client:
        assert await client.send(wechat_message()) == outcome
    assert wechat.requests == []


@pytest.mark.parametrize(("answer", "outcome"), OTHERS, ids=OTHER_IDS)
async def test_whatever_else_wechat_may_answer(
    wechat: AnsweringServer[WeChatStandIn], answer: Answer, outcome: SendOutcome
) -> None:
    wechat.stand_in.scripted.append(answer)
    async with open_wechat(wechat, Tokens(), timeout=1.0 if answer.delay else 10.0) as client:
        assert await client.send(wechat_message()) == outcome
    async with open_wechat(wechat, Tokens()) as client:
        assert await client.send(wechat_message()) == Accepted()


@pytest.fixture
async def alipay(clock: Clock) -> AsyncGenerator[AnsweringServer[AlipayStandIn]]:
    async with answering(AlipayStandIn(alipay_keys(), APP, clock.now), "/gateway.do") as server:
        yield server


def alipay_message(**changes: Any) -> AlipayMessage:
    given: dict[str, Any] = {
        "app_id": APP,
        "open_id": "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
        "user_template_id": "MDI4YzIxMDE2M2I5",
        "page": "pages/roaming?province=32&from=a+b",
        "data": {"keyword1": "欢迎来到江苏", "keyword2": "100% & more"},
    }
    return AlipayMessage(**(given | changes))


def open_alipay(server: AnsweringServer[Any], clock: Clock, **given: Any) -> AlipayClient:
    return AlipayClient(AlipaySettings(**{"keys": {APP: app_keys()}, "url": server.url, **given}), now=clock)


@pytest.mark.parametrize(
    ("open_id", "name"),
    [("074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5", "to_open_id"), ("2088102122458832", "to_user_id")],
)
async def test_alipay_takes_a_signed_message(
    alipay: AnsweringServer[AlipayStandIn], clock: Clock, open_id: str, name: str
) -> None:
    async with open_alipay(alipay, clock) as client:
        assert await client.send(alipay_message(open_id=open_id)) == Accepted()
    assert alipay.stand_in.received == [
        {
            name: open_id,
            "user_template_id": "MDI4YzIxMDE2M2I5",
            "page": "pages/roaming?province=32&from=a+b",
            "data": '{"keyword1":{"value":"欢迎来到江苏"},"keyword2":{"value":"100% & more"}}',
        }
    ]


async def test_what_alipay_does_not_take(alipay: AnsweringServer[AlipayStandIn], clock: Clock) -> None:
    async with open_alipay(alipay, clock, keys={APP: app_keys(), "other": app_keys()}) as client:
        assert await client.send(alipay_message(app_id="other")) == Fault("isv.invalid-app-id")
        assert await client.send(alipay_message(app_id="unknown")) == Fault("app-without-keys")
        too_long = alipay_message(data={"keyword1": "字" * 51})
        with structlog.testing.capture_logs() as lines:
            assert await client.send(too_long) == Refused("USER_KEYWORD_LENGTH_ERROR")
        assert [line["event"] for line in lines] == ["push.message-malformed"]
        alipay.stand_in.outcome = ("40004", "FORM_ID_OVER_TIME")
        assert await client.send(alipay_message()) == ConsentSpent("FORM_ID_OVER_TIME")
        clock.turn(hours=1)
        assert await client.send(alipay_message()) == Fault("isv.invalid-timestamp")
    async with open_alipay(alipay, clock, keys={APP: alipay_keys()}) as client:
        assert await client.send(alipay_message()) == Unanswered("answer-not-signed")


async def test_an_answer_that_alipay_did_not_sign_says_nothing(
    alipay: AnsweringServer[AlipayStandIn], clock: Clock
) -> None:
    alipay.stand_in.forges = True
    async with open_alipay(alipay, clock) as client:
        assert await client.send(alipay_message()) == Unanswered("answer-not-signed")


@pytest.mark.parametrize(("answer", "outcome"), OTHERS, ids=OTHER_IDS)
async def test_whatever_else_alipay_may_answer(
    alipay: AnsweringServer[AlipayStandIn], clock: Clock, answer: Answer, outcome: SendOutcome
) -> None:
    alipay.stand_in.scripted.append(answer)
    async with open_alipay(alipay, clock, timeout=1.0 if answer.delay else 10.0) as client:
        assert await client.send(alipay_message()) == outcome
    async with open_alipay(alipay, clock) as client:
        assert await client.send(alipay_message()) == Accepted()


async def test_nobody_there_is_unavailable(clock: Clock) -> None:
    async with WeChatClient(WeChatSettings(url="http://127.0.0.1:1"), Tokens()) as client:
        assert await client.send(wechat_message()) == Unavailable("unreachable")
    settings = AlipaySettings(keys={APP: app_keys()}, url="http://127.0.0.1:1/gateway.do")
    async with AlipayClient(settings, now=clock) as other:
        assert await other.send(alipay_message()) == Unavailable("unreachable")


def test_nothing_secret_is_shown() -> None:
    shown = f"{wechat_message()!r} {alipay_message()!r} {AlipaySettings(keys={APP: app_keys()})!r}"
    assert USER not in shown
    assert "江苏" not in shown
    assert "074a1Cc" not in shown
