"""What is pushed: every topic decided on, and a locked screen that tells nothing to whoever looks over a shoulder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.inbox.push_topics import NOT_PUSHED, list_push_topics
from app.inbox.pushing import PushWordings
from app.inbox.wording import TOPICS
from app.pushing.categories import CATEGORIES
from app.pushing.topics import ARRIVED
from push.addresses import Locale
from push.fields import KINDS
from push.notices import Notice
from push.wordings import Spoken, TopicRule

LIFE = timedelta(minutes=60)
PUSHED = list_push_topics(LIFE)
AT = datetime(2026, 11, 22, tzinfo=UTC)
SECRETS = {
    "venue_id": str(uuid4()),
    "first_venue_id": str(uuid4()),
    "company_id": str(uuid4()),
    "licence_type": "driving-licence",
    "at": "2026-11-22T00:00:00+00:00",
    "first_at": "2026-11-22T00:00:00+00:00",
    "standing": "revoked",
}


def notice(topic: str, **data: Any) -> Notice:
    return Notice(
        routing_key=1,
        recipient=uuid4(),
        channel="apns",
        topic=topic,
        dedupe_key=f"push:{uuid4()}",
        data=data,
        created_at=AT,
        due_at=AT,
        expires_at=AT + LIFE,
    )


async def say(topic: str, locale: Locale = "zh-CN", **data: Any) -> Spoken:
    told = notice(topic, **data)
    return (await PushWordings({}, arrival_life=LIFE).speak([told], {told.recipient: locale}))[told.notice_id]


def test_every_topic_is_pushed_or_named_as_not() -> None:
    assert set(PUSHED) | set(NOT_PUSHED) == set(TOPICS)
    assert set(PUSHED).isdisjoint(NOT_PUSHED)
    assert all(NOT_PUSHED.values())


def test_every_category_is_known_and_has_a_phrase_that_wechat_takes() -> None:
    assert {rule.category for rule in PUSHED.values()} == set(CATEGORIES) - {"campaigns"}
    for category in CATEGORIES.values():
        assert KINDS["phrase"].takes(category.phrase)


@pytest.mark.parametrize("topic", PUSHED)
async def test_a_locked_screen_says_little(topic: str) -> None:
    """In words alone: no name, no number, no place that is not a province's, no time that could be matched."""
    languages: tuple[tuple[Locale, str], ...] = (("zh-CN", r"[A-Za-z{}]"), ("en", r"[\u4e00-\u9fff{}]"))
    for locale, foreign in languages:
        spoken = await say(topic, locale, **SECRETS)
        assert spoken.title
        assert spoken.body
        shown = f"{spoken.title} {spoken.body}"
        assert not re.search(foreign, shown)
        assert not re.search(r"[0-9「」]", re.sub("「(亲友|企业|证照请求)」", "", shown))
        assert len(spoken.body) <= (90 if locale == "en" else 40)
        assert spoken.link.startswith("/resident#/")
        assert not any(secret in f"{spoken.fields}{spoken.link}" for secret in SECRETS.values())


async def test_what_carers_are_told_is_of_a_relatives_code() -> None:
    assert (await say("code.scanned", kind="care")).title == "亲友码已被扫描"
    assert (await say("code.scanned", kind="personal")).title == "您的码已被扫描"


async def test_whoever_arrives_is_told_where_and_led_there() -> None:
    spoken = await say(ARRIVED, "en", province="33", from_province="31", source="fix")
    assert "Zhejiang" in spoken.title
    assert spoken.link == "/resident#/roaming/33"
    assert spoken.fields["province"] == "Zhejiang"
    assert PUSHED[ARRIVED].collapses
    assert PUSHED[ARRIVED].life == LIFE


def test_what_is_critical_is_a_matter_of_security_or_of_a_counter() -> None:
    critical = {topic for topic, rule in PUSHED.items() if rule.is_critical}
    assert {PUSHED[topic].category for topic in critical} == {"security", "wallet"}
    assert {"code.used-twice", "installation.new", "presentation.asked"} <= critical
    assert all(PUSHED[topic].is_critical for topic in PUSHED if PUSHED[topic].category == "security")


class Herald:
    """Words from elsewhere."""

    rule = TopicRule(category="campaigns", is_silent=True, has_more=False)

    async def speak(self, notices: Sequence[Notice], locales: Mapping[UUID, Locale], /) -> Mapping[UUID, Spoken]:
        return {n.notice_id: Spoken(title=locales[n.recipient], body="b") for n in notices if n.data["campaign_id"]}


async def test_words_kept_elsewhere_are_asked_for_at_once_and_what_has_none_is_left_out() -> None:
    wordings = PushWordings({"campaign": Herald()}, arrival_life=LIFE)
    assert wordings.topics["campaign"] is Herald.rule
    sent = [
        notice("campaign", campaign_id="1"),
        notice("campaign", campaign_id=""),
        notice("code.scanned"),
        notice("consent.withdrawn"),
        notice("of-a-later-version"),
        notice(ARRIVED, province=["not a province"]),
    ]
    said = await wordings.speak(sent, dict.fromkeys((n.recipient for n in sent), "en"))
    assert {n.topic for n in sent if n.notice_id in said} - {ARRIVED} == {"campaign", "code.scanned"}
    assert said[sent[0].notice_id].title == "en"
    assert sent[1].notice_id not in said
