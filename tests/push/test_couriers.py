"""A notice as the strict stand-ins of the four providers get it, through the real clients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from uuid_utils.compat import uuid7

from app.database import Pool
from push.alipay import AlipayClient, AlipaySettings
from push.apns import ApnsClient
from push.couriers import AlipayCourier, ApnsCourier, FcmCourier, Letter, WeChatCourier
from push.departing import Departure
from push.fcm import FcmClient
from push.sending import Accepted, ConsentSpent
from push.walking import Stop
from push.wechat import WeChatClient, WeChatSettings
from push.wordings import Spoken
from tests.app.platforms.keys import alipay_keys, app_keys
from tests.harness.answering import answering
from tests.harness.clock import Clock
from tests.push.peers import apns, fcm
from tests.push.peers.mini_programs import AlipayStandIn, WeChatStandIn
from tests.push.stage import ALIPAY, LASTING, ONE_TIME, TOPICS, WECHAT, Stage

SPOKEN = Spoken(title="您已到达浙江", body="点开查看当地服务", link="#/roaming/33")


def make_letter(stage: Stage, topic: str = "code.scanned") -> Letter:
    notice = stage.make(uuid7(), topic=topic, expires_at=stage.clock.now + timedelta(minutes=5))
    return Letter(notice=notice, message_id=uuid7(), rule=TOPICS[topic], spoken=SPOKEN, locale="zh-CN")


async def test_apple_gets_the_notice_s_id_and_until_when_it_counts(pool: Pool, clock: Clock) -> None:
    stage = Stage(pool, clock)
    address = await stage.give_address(uuid7(), "apns", uuid7().hex, app_id=apns.TOPIC)
    async with apns.running_apns() as peer, ApnsClient(apns.make_settings(peer), now=clock) as client:
        courier = ApnsCourier(client)
        plain, collapsing, silent = (
            make_letter(stage, topic) for topic in ("code.scanned", "roaming.arrived", "campaign")
        )
        seen = []
        for letter in (plain, collapsing, silent):
            assert await courier.send(letter, Stop(address), apns.DEVICE, Departure()) == Accepted()
            seen.append((await peer.tell())["last"])
        turned = courier.turn(Stop(address))
        assert turned is not None
        assert turned.address.environment == "sandbox"
        assert courier.turn(Stop(await stage.give_address(uuid7(), "apns", "x", app_id="cn.unknown"))) is None
    assert [headers["apns-id"] for headers in seen] == [
        str(one.notice.notice_id) for one in (plain, collapsing, silent)
    ]
    assert [headers["apns-collapse-id"] for headers in seen] == [
        str(plain.message_id),
        "roaming.arrived",
        str(silent.message_id),
    ]
    assert {headers["apns-expiration"] for headers in seen} == {str(int(plain.notice.expires_at.timestamp()))}
    assert [headers["apns-priority"] for headers in seen] == ["10", "10", "5"]


async def test_firebase_gets_a_tag_and_how_long_it_lives(pool: Pool, clock: Clock) -> None:
    stage = Stage(pool, clock)
    address = await stage.give_address(uuid7(), "fcm", uuid7().hex, app_id=fcm.PROJECT)
    async with fcm.running_fcm() as peer, FcmClient(fcm.make_settings(peer), now=clock) as client:
        for topic in ("code.scanned", "roaming.arrived"):
            letter = make_letter(stage, topic)
            assert isinstance(await FcmCourier(client).send(letter, Stop(address), fcm.DEVICE, Departure()), Accepted)
            got = (await peer.tell())["messages"][-1]["android"]
            tag = str(letter.message_id) if topic == "code.scanned" else topic
            assert got["notification"] == {"tag": tag, "channel_id": letter.rule.category}
            assert got["ttl"] == "300s"
            assert got.get("collapse_key") == (None if topic == "code.scanned" else topic)


async def test_wechat_gets_the_template_that_was_agreed_to(pool: Pool, clock: Clock) -> None:
    stage = Stage(pool, clock)
    address = await stage.give_address(uuid7(), "wechat", uuid7().hex)

    async def give_token(_app_id: str, _refused: str = "", /) -> str:
        return "token-1"

    stand_in = WeChatStandIn()
    stand_in.templates[ONE_TIME.template_id] = tuple(ONE_TIME.fields)
    stand_in.consents["openid", ONE_TIME.template_id] = 1
    async with answering(stand_in) as server, WeChatClient(WeChatSettings(url=server.url), give_token) as client:
        letter = make_letter(stage)
        courier, stop = WeChatCourier(client), Stop(address, ONE_TIME)
        assert isinstance(await courier.send(letter, stop, "openid", Departure()), Accepted)
        assert isinstance(await courier.send(letter, stop, "openid", Departure()), ConsentSpent)
        assert courier.name_line(stop) == f"{WECHAT} one-time"
    (got,) = stand_in.received
    assert (got["data"], got["page"]) == (
        {"thing1": {"value": SPOKEN.title}},
        f"pages/message/index?message_id={letter.message_id}",
    )


async def test_alipay_gets_its_keywords(pool: Pool, clock: Clock) -> None:
    stage = Stage(pool, clock)
    address = await stage.give_address(uuid7(), "alipay", uuid7().hex)
    stand_in = AlipayStandIn(alipay_keys(), ALIPAY, datetime.now(UTC))
    async with answering(stand_in) as server:
        settings = AlipaySettings(keys={ALIPAY: app_keys()}, url=f"{server.url}/gateway.do")
        async with AlipayClient(settings, now=clock) as client:
            letter = make_letter(stage)
            sent = await AlipayCourier(client).send(letter, Stop(address, LASTING), "open-id", Departure())
            assert isinstance(sent, Accepted)
    (got,) = stand_in.received
    assert (got["to_open_id"], got["user_template_id"]) == ("open-id", "lasting")
    assert SPOKEN.title in got["data"]
