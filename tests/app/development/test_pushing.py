"""The stand-ins of push services take from the worker's clients what the real ones take, and keep what would show."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from app.development.mini_programs import ALIPAY_APP_ID, WECHAT_APP_ID, invent_mini_programs
from app.development.platforms import PlatformStandIns
from app.development.push_apns import GONE, SANDBOX
from app.development.pushes import PushBook
from app.development.pushing import (
    ALIPAY_TEMPLATES,
    PROJECT,
    TOPIC,
    WECHAT_TEMPLATES,
    PushStandIns,
    invent_push,
    invent_token,
)
from app.platforms.asking import Limits
from app.pushing.checking import Line, check_lines
from app.pushing.model import PushApps, PushSettings
from app.pushing.opening import PushClients, open_clients
from app.settings import Settings, read_settings
from push.alipay import AlipayMessage
from push.apns import ApnsMessage
from push.fcm import FcmMessage
from push.notices import Fault, Refused
from push.rendering import write_apns_payload, write_fcm_content
from push.sending import Accepted, AddressDead, OtherEnvironment
from push.templates import check_template, fill_template, write_page
from push.wechat import WeChatMessage
from push.wordings import Spoken, TopicRule
from tests.harness.answering import answering
from tests.harness.clock import Clock

SPOKEN = Spoken(
    title="您已到达浙江", body="点开查看当地服务", link="/resident#/roaming/33", fields={"province": "浙江"}
)
RULE = TopicRule(category="roaming", collapses=True)
LIFE = timedelta(hours=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One folder for all: making its RSA keys takes longest here."""
    return dataclasses.replace(read_settings({}), data=tmp_path_factory.mktemp("home"))


@pytest.fixture
async def clients(home: Settings, clock: Clock) -> AsyncGenerator[PushClients]:
    (home.data / "pushes.jsonl").unlink(missing_ok=True)
    async with (
        answering(PushStandIns(home.data, clock)) as phones,
        answering(PlatformStandIns(home.data, clock)) as platforms,
    ):
        told, there = invent_push(home, phones.url), invent_push(home, platforms.url)
        push = msgspec.structs.replace(told, wechat=there.wechat, alipay_url=there.alipay_url)
        entries = invent_mini_programs(home, platforms.url)
        async with open_clients(push, entries, Limits(), clock) as opened:
            yield opened


def apns(token: str, clock: Clock, **changes: object) -> ApnsMessage:
    message_id = uuid4()
    message = ApnsMessage(
        token=token,
        environment="production",
        topic=TOPIC,
        apns_id=message_id,
        payload=write_apns_payload(SPOKEN, message_id, RULE),
        expires_at=clock.now + LIFE,
        collapse_id="roaming.arrived",
    )
    return msgspec.structs.replace(message, **changes)


async def test_a_phone_of_apples_shows_the_latest_of_a_topic(
    clients: PushClients, home: Settings, clock: Clock
) -> None:
    assert clients.apns is not None
    phone = invent_token("王小明")
    for _ in range(2):
        assert isinstance(await clients.apns.send(apns(phone, clock)), Accepted)
    book = PushBook(home.data)
    [shown] = book.list_pushes(phone)
    assert (shown.title, shown.body, shown.link) == (SPOKEN.title, SPOKEN.body, SPOKEN.link)
    assert (shown.category, shown.urgency, shown.environment) == ("roaming", "active", "production")
    assert shown.sent_at == clock.now
    assert book.list_pushes("another") == []


async def test_what_apple_refuses(clients: PushClients, home: Settings, clock: Clock) -> None:
    assert clients.apns is not None
    gone = await clients.apns.send(apns(GONE + "0" * 60, clock))
    assert isinstance(gone, AddressDead)
    assert gone.since is not None
    of_sandbox = SANDBOX + "0" * 60
    assert isinstance(await clients.apns.send(apns(of_sandbox, clock)), OtherEnvironment)
    assert isinstance(await clients.apns.send(apns(of_sandbox, clock, environment="sandbox")), Accepted)
    assert isinstance(await clients.apns.send(apns(of_sandbox, clock, topic="cn.example.other")), Fault)
    assert [push.environment for push in PushBook(home.data).list_pushes()] == ["sandbox"]


async def test_a_phone_by_firebase(clients: PushClients, home: Settings, clock: Clock) -> None:
    assert clients.fcm is not None
    message_id = uuid4()
    message = FcmMessage(
        project=PROJECT,
        token="c" * 140,
        content=write_fcm_content(SPOKEN, message_id, RULE),
        tag=str(message_id),
        expires_at=clock.now + LIFE,
        channel_id="roaming",
    )
    assert isinstance(await clients.fcm.send(message), Accepted)
    clock.now += timedelta(hours=2)  # the access token is over by then
    assert isinstance(await clients.fcm.send(message), Accepted)
    [shown] = PushBook(home.data).list_pushes("c" * 140)
    assert (shown.title, shown.message_id, shown.urgency) == (SPOKEN.title, str(message_id), "high")
    gone = await clients.fcm.send(msgspec.structs.replace(message, token="dead" + "c" * 136))
    assert isinstance(gone, AddressDead)
    broken = await clients.fcm.send(msgspec.structs.replace(message, token="short"))
    assert isinstance(broken, Refused)


async def test_a_wechat_mini_program(clients: PushClients, home: Settings, clock: Clock) -> None:
    assert clients.wechat is not None
    template, message_id = WECHAT_TEMPLATES["development-crossing"], uuid4()
    message = WeChatMessage(
        app_id=WECHAT_APP_ID,
        openid="o-somebody",
        template_id=template.template_id,
        data=fill_template(template, SPOKEN, "zh-CN", message_id=message_id, at=clock.now),
        page=write_page(template, message_id),
    )
    assert isinstance(await clients.wechat.send(message), Accepted)
    [shown] = PushBook(home.data).list_pushes("o-somebody")
    assert (shown.title, shown.message_id) == ("浙江", str(message_id))
    wrong = msgspec.structs.replace(message, data={**message.data, "thing1": "长" * 21})
    assert isinstance(await clients.wechat.send(wrong), Refused)
    assert isinstance(await clients.wechat.send(msgspec.structs.replace(message, data={})), Refused)
    assert isinstance(await clients.wechat.send(msgspec.structs.replace(message, template_id="t")), Fault)


async def test_an_alipay_mini_program(clients: PushClients, home: Settings, clock: Clock) -> None:
    assert clients.alipay is not None
    [template] = ALIPAY_TEMPLATES.values()
    message_id = uuid4()
    message = AlipayMessage(
        app_id=ALIPAY_APP_ID,
        open_id="a-somebody",
        user_template_id=template.template_id,
        page=write_page(template, message_id),
        data=fill_template(template, SPOKEN, "en", message_id=message_id, at=clock.now),
    )
    assert isinstance(await clients.alipay.send(message), Accepted)
    [shown] = PushBook(home.data).list_pushes("a-somebody")
    assert shown.fields["keyword3"] == "Suixing"
    wrong = msgspec.structs.replace(message, data={**message.data, "keyword1": "长" * 51})
    assert isinstance(await clients.alipay.send(wrong), Refused)
    assert isinstance(await clients.alipay.send(msgspec.structs.replace(message, user_template_id="t")), Fault)


def test_the_invented_apps_are_ones_that_a_file_could_list(home: Settings) -> None:
    push = invent_push(home)
    for template in push.templates:
        check_template(template)
    apps = PushApps(push)
    assert apps.apps("apns") == {TOPIC}
    assert apps.apps("fcm") == {PROJECT}
    assert apps.lasts("wechat", WECHAT_APP_ID, "development-crossing") is True


async def test_who_checks_hears_of_each_line_and_nobody_gets_anything(
    clients: PushClients, home: Settings, clock: Clock
) -> None:
    lines = await check(invent_push(home), clients, clock)
    assert [(line.channel, line.name) for line in lines] == [
        ("apns", f"{TOPIC} production"),
        ("apns", f"{TOPIC} sandbox"),
        ("fcm", PROJECT),
        ("wechat", f"{WECHAT_APP_ID} development-notice"),
        ("wechat", f"{WECHAT_APP_ID} development-crossing"),
        ("alipay", f"{ALIPAY_APP_ID} development-notice"),
    ]
    assert all(line.is_good for line in lines)
    assert {push.channel for push in PushBook(home.data).list_pushes()} <= {"wechat", "alipay"}, "of no phone"


async def test_who_checks_is_told_what_a_provider_does_not_take(
    clients: PushClients, home: Settings, clock: Clock
) -> None:
    push = invent_push(home)
    another = msgspec.structs.replace(push.templates[0], template_id="removed")
    fewer = msgspec.structs.replace(push.templates[0], fields={"thing1": "title"})
    of_alipay = msgspec.structs.replace(push.templates[-1], fields={"keyword1": "title"})
    assert push.apns is not None
    key = msgspec.structs.replace(push.apns.keys[0], topics=("cn.example.other",), environments=("production",))
    apns = msgspec.structs.replace(push.apns, keys=(key,))
    told = msgspec.structs.replace(push, apns=apns, fcm=None, templates=(another, fewer, of_alipay))
    lines = await check(told, clients, clock)
    assert [line.reason for line in lines] == [
        "topic-without-key",
        "template-unknown",
        "argument-invalid",
        "USER_TEMPLATE_LACK_KEYWORD",
    ]
    assert not any(line.is_good for line in lines)


async def check(push: PushSettings, clients: PushClients, clock: Clock) -> list[Line]:
    return [line async for line in check_lines(push, clients, clock)]
