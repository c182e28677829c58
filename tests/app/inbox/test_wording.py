"""Messages are ids and times until they are read, and then words in the reader's language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.database import Pool
from app.inbox.reading import put_into_words
from app.inbox.wording import TOPICS, word
from push.messages import Message, read_cursor
from tests.harness.clock import Clock

AT = datetime(2026, 10, 1, 16, 5, 9, tzinfo=UTC)


def message(topic: str, clock: Clock, **data: str) -> Message:
    return Message(
        recipient=uuid4(),
        message_id=uuid4(),
        topic=topic,
        data=dict(data),
        created_at=clock.now,
        delivered_at=clock.now,
        read_at=None,
    )


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("english", [True, False])
def test_every_topic_has_words_in_each_language(topic: str, *, english: bool) -> None:
    title, body = word(topic, english=english, venue="The Museum", at=AT)
    for text in (title, body):
        assert "{" not in text
        assert bool(re.search(r"[\u4e00-\u9fff]", text)) is not english


def test_times_are_beijings() -> None:
    _, body = word("code.scanned", english=True, venue="The Museum", at=AT)
    assert "2 Oct 00:05:09" in body
    assert "10月2日 00:05:09" in word("code.scanned", english=False, venue=None, at=AT)[1]
    assert "The Museum" in body


@pytest.mark.parametrize("english", [True, False])
@pytest.mark.parametrize("topic", ["code.scanned", "checked-in"])
async def test_a_relatives_code_is_nobodys_own(topic: str, pool: Pool, clock: Clock, *, english: bool) -> None:
    """The carer and the relative read the same: neither is told of a code of theirs."""
    at = clock.now.isoformat()
    sent = [message(topic, clock, at=at, kind=kind) for kind in ("personal", "care")]
    own, relatives = await put_into_words(pool, sent, english=english)
    assert own.title != relatives.title
    assert ("elative" in relatives.body) if english else ("亲友" in relatives.body)


@pytest.mark.parametrize(("english", "unnamed"), [(True, "a venue"), (False, "某场所")])
def test_a_venue_that_is_gone_is_some_venue(*, english: bool, unnamed: str) -> None:
    assert unnamed in word("scan.annulled", english=english, venue=None, at=AT)[1]


def test_a_second_use_names_both_venues_and_times() -> None:
    earlier = AT - timedelta(hours=1)
    for english in (True, False):
        other = ("The Zoo", earlier)
        _, body = word("code.used-twice", english=english, venue="The Museum", at=AT, other=other)
        assert all(part in body for part in ("The Museum", "00:05:09", "The Zoo", "23:05:09"))


def test_a_venues_name_is_text_and_no_template() -> None:
    assert "{time}" in word("code.scanned", english=True, venue="{time}", at=AT)[1]


async def test_a_message_of_a_version_to_come_is_left_out(pool: Pool, clock: Clock) -> None:
    known, unknown = message("account.locked", clock, at=AT.isoformat()), message("roaming.crossed", clock)
    [worded] = await put_into_words(pool, [unknown, known], english=True)
    assert (worded.topic, worded.title) == ("account.locked", "Your account is locked")
    assert read_cursor(worded.cursor) == (known.delivered_at, known.message_id)


async def test_a_message_of_an_unknown_venue_is_worded_all_the_same(pool: Pool, clock: Clock) -> None:
    [worded] = await put_into_words(
        pool, [message("code.scanned", clock, venue_id=str(uuid4()), at=AT.isoformat())], english=True
    )
    assert "a venue" in worded.body
    assert "venue_name" not in worded.data


async def test_a_message_without_a_time_is_worded_all_the_same(pool: Pool, clock: Clock) -> None:
    [worded] = await put_into_words(pool, [message("installation.new", clock)], english=False)
    assert worded.title == "账户在新设备登录"


@pytest.mark.parametrize(
    ("english", "own", "companys"),
    [
        (True, "your licence (Resident identity card) stands: it is now cancelled", "(Business licence) of a company"),
        (False, "您的「居民身份证」状态更新为：已注销", "您代办的企业的「营业执照」"),
    ],
)
async def test_a_changed_licence_is_named(pool: Pool, clock: Clock, *, english: bool, own: str, companys: str) -> None:
    said = {"licence_id": str(uuid4()), "at": clock.now.isoformat(), "standing": "cancelled"}
    sent = [
        message("licence.changed", clock, licence_type="resident-identity-card", **said),
        message("licence.changed", clock, licence_type="business-licence", company_id=str(uuid4()), **said),
        message("licence.changed", clock, licence_type="a-kind-that-was-withdrawn", **said),
    ]
    read = await put_into_words(pool, sent, english=english)
    assert own in read[0].body
    assert read[0].data["licence_name"] == ("Resident identity card" if english else "居民身份证")
    assert companys in read[1].body
    assert ("a licence of yours" if english else "您的一张证照") in read[2].body
    assert "licence_name" not in read[2].data


async def test_a_look_names_the_licence_and_whose_it_is(pool: Pool, clock: Clock) -> None:
    said = {"at": clock.now.isoformat(), "licence_type": "business-licence"}
    sent = [message("licence.shown", clock, kind=kind, **said) for kind in ("personal", "enterprise")]
    own, companys = await put_into_words(pool, sent, english=True)
    assert "your licence (Business licence)" in own.body
    assert "the licence (Business licence) of a company you act for" in companys.body


async def test_an_arrival_says_how_it_was_known_and_how_to_switch_it_off(pool: Pool, clock: Clock) -> None:
    at = clock.now.isoformat()
    sent = [
        message("roaming.arrived", clock, province="33", from_province="31", at=at, source=source)
        for source in ("fix", "scan")
    ]
    by_fix, by_scan = await put_into_words(pool, sent, english=False)
    assert by_fix.title == by_scan.title == "您已到达浙江"
    assert "定位显示您已从上海到浙江" in by_fix.body
    assert "在浙江的一处场所通过了扫码" in by_scan.body
    assert all("在外省" in one.body and "为什么收到" in one.body for one in (by_fix, by_scan))
    assert by_fix.data["province_name"] == "浙江"
    (english,) = await put_into_words(pool, sent[:1], english=True)
    assert english.title == "You are in Zhejiang"
    assert "from Shanghai to Zhejiang" in english.body


@pytest.mark.parametrize(("english", "unnamed"), [(True, "another province"), (False, "外省")])
async def test_a_province_that_is_not_known_is_some_province(
    pool: Pool, clock: Clock, *, english: bool, unnamed: str
) -> None:
    sent = message("roaming.arrived", clock, province="99", at=clock.now.isoformat(), source="fix")
    (read,) = await put_into_words(pool, [sent], english=english)
    assert unnamed in read.title
