"""What phones and mini-programs are sent: within each limit whatever the words are, and cut at whole characters."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from push.addresses import Allowance, Locale
from push.fields import KINDS, kind_of
from push.rendering import LONGEST, read_screen, write_apns_payload, write_fcm_content
from push.shortening import ELLIPSIS, clean_line, clean_lines, count_json_bytes, count_units, shorten
from push.templates import (
    LONGEST_KEYWORD,
    Template,
    TemplateBook,
    TemplateError,
    Texts,
    check_template,
    fill_template,
    write_page,
)
from push.wordings import Spoken, TopicRule

MESSAGE = UUID("0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
AT = datetime(2026, 11, 22, 0, 15, tzinfo=UTC)
FAMILY = "👨‍👩‍👧‍👦"
PIECES = st.sampled_from(
    [FAMILY, "e\u0301\u0323", "\ud83d", "\ude00", "\r\n", "\x00", "\x1b", "\u2028", "\t", "🇨🇳", '"', "\\", "随"]
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(PIECES, max_size=60).map("".join),
    st.builds(lambda piece, times: piece * times, PIECES, st.integers(0, 3000)),
)
SPOKEN = st.builds(
    Spoken,
    title=TEXTS,
    body=TEXTS,
    fields=st.dictionaries(st.sampled_from(["province", "phrase", "time"]), TEXTS),
    link=TEXTS,
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  given one
RULES = st.builds(TopicRule, category=TEXTS, is_critical=st.booleans(), is_silent=st.booleans(), has_more=st.booleans())
RULE = TopicRule(category="security", is_critical=True)


def split(text: str) -> list[str]:
    return regex.findall(r"\X", text)


def is_clean(text: str) -> bool:
    return all(unicodedata.category(c) not in {"Cc", "Cs"} or c == "\n" for c in text)


@given(TEXTS, st.integers(0, 40), st.sampled_from([count_units, count_json_bytes]))
def test_what_is_cut_fits_and_is_cut_between_characters(text: str, limit: int, count: Any) -> None:
    text = clean_line(text)
    cut = shorten(text, limit, count)
    assert count(cut) <= limit
    if count(text) <= limit:
        assert cut == text
    elif cut:
        assert cut.endswith(ELLIPSIS)
        kept = split(cut.removesuffix(ELLIPSIS))
        assert kept == split(text)[: len(kept)]


@given(TEXTS)
def test_cleaned_text_has_nothing_that_a_provider_refuses(text: str) -> None:
    line, lines = clean_line(text), clean_lines(text)
    assert is_clean(line)
    assert is_clean(lines)
    assert "\n" not in line
    assert clean_line(line) == line
    assert clean_lines(lines) == lines


def test_halves_that_belong_together_are_made_whole() -> None:
    assert clean_line("a\ud83d\ude00b\ud83dc") == "a😀bc"
    assert clean_line(" one\r\n\ttwo\x07 ") == "one two"
    assert clean_lines("one\r\n\r\n two  three") == "one\ntwo three"


@given(SPOKEN, RULES)
def test_a_payload_of_apples_is_never_too_long(spoken: Spoken, rule: TopicRule) -> None:
    payload = write_apns_payload(spoken, MESSAGE, rule)
    assert len(payload) <= LONGEST
    read = msgspec.json.decode(payload)
    assert read["message_id"] == str(MESSAGE)
    assert "\n" not in read["aps"]["alert"]["title"]
    assert ("mutable-content" in read["aps"]) is rule.has_more
    assert read["aps"]["interruption-level"] in {"passive", "active", "time-sensitive"}


@given(SPOKEN, RULES)
def test_a_message_of_firebases_is_never_too_long(spoken: Spoken, rule: TopicRule) -> None:
    content = write_fcm_content(spoken, MESSAGE, rule)
    assert len(content) <= LONGEST
    read = msgspec.json.decode(content, type=dict[str, dict[str, str]])
    assert set(read) == {"notification", "data"}
    assert read["data"]["message_id"] == str(MESSAGE)


def test_a_payload_as_it_stands() -> None:
    spoken = Spoken(title="账户在新设备登录", body="若不是本人，请立即锁定账户。", link="/resident#/devices")
    assert msgspec.json.decode(write_apns_payload(spoken, MESSAGE, RULE)) == {
        "aps": {
            "alert": {"title": "账户在新设备登录", "body": "若不是本人，请立即锁定账户。"},
            "thread-id": "security",
            "interruption-level": "time-sensitive",
            "sound": "default",
            "mutable-content": 1,
        },
        "message_id": str(MESSAGE),
        "link": "/resident#/devices",
    }


def test_a_long_body_uses_the_room_there_is_and_a_long_link_is_left_out() -> None:
    spoken = Spoken(title="t" * 600, body=FAMILY * 900, link="/" + "x" * 2000)
    payload = write_apns_payload(spoken, MESSAGE, RULE)
    assert LONGEST - len(FAMILY.encode()) - 3 <= len(payload) <= LONGEST
    assert "link" not in msgspec.json.decode(payload)
    title, body = read_screen(spoken, RULE)
    assert len(title.encode()) <= 512
    assert set(split(body)) == {FAMILY, ELLIPSIS}


WECHAT = Template(
    channel="wechat",
    app_id="wx0000000000000031",
    template_id="template-1",
    categories=("security", "codes"),
    page="pages/message/index",
    fields={
        "thing1": "title",
        "thing2": "body",
        "short_thing3": "province",
        "phrase4": "phrase",
        "time5": "time",
        "date6": "time",
        "character_string7": "reference",
        "const8": Texts(zh="随行", en="Suixing"),
        "thing9": "time",
    },
)
ALIPAY = msgspec.structs.replace(
    WECHAT, channel="alipay", app_id="2021000000000031", fields={"keyword1": "title", "keyword2": "body"}
)


@given(SPOKEN, st.sampled_from(["zh-CN", "en"]), MOMENTS)
def test_each_value_is_one_that_wechat_takes(spoken: Spoken, locale: Locale, at: datetime) -> None:
    check_template(WECHAT)
    data = fill_template(WECHAT, spoken, locale, message_id=MESSAGE, at=at)
    assert list(data) == list(WECHAT.fields)
    for name, value in data.items():
        kind = kind_of(name)
        assert kind is not None
        assert kind.takes(value), (name, value)


@given(SPOKEN, st.sampled_from(["zh-CN", "en"]))
def test_each_value_is_one_that_alipay_takes(spoken: Spoken, locale: Locale) -> None:
    check_template(ALIPAY)
    for value in fill_template(ALIPAY, spoken, locale, message_id=MESSAGE, at=AT).values():
        assert value == clean_line(value) != ""
        assert count_units(value) <= LONGEST_KEYWORD


def test_what_a_template_says() -> None:
    spoken = Spoken(title="您已到达浙江", body="点开查看当地服务", fields={"province": "浙江省", "phrase": "跨省提醒"})
    data = fill_template(WECHAT, spoken, "zh-CN", message_id=MESSAGE, at=AT)
    assert data == {
        "thing1": "您已到达浙江",
        "thing2": "点开查看当地服务",
        "short_thing3": "浙江省",
        "phrase4": "跨省提醒",
        "time5": "2026年11月22日 08:15",
        "date6": "2026年11月22日 08:15",
        "character_string7": MESSAGE.hex,
        "const8": "随行",
        "thing9": "2026年11月22日 08:15",
    }
    assert fill_template(WECHAT, spoken, "en", message_id=MESSAGE, at=AT)["time5"] == "2026-11-22 08:15"
    assert write_page(WECHAT, MESSAGE) == f"pages/message/index?message_id={MESSAGE}"


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        ("thing", "您的码已被扫描 🙂", "二十一个字二十一个字二十一个字二十一个字一"),
        ("thing", "一行", "两\n行"),
        ("short_thing", "定妆照", "六个汉字姓名"),
        ("phrase", "配送中", "配送中A"),
        ("phrase", "一二三四五", "一二三四五六"),
        ("number", "-12.50", "12元"),
        ("letter", "abcXYZ", "abc1"),
        ("symbol", "+-*", "+1"),
        ("character_string", "S-11/001", "编号1"),
        ("character_string", "x" * 32, "x" * 33),
        ("time", "15:01", "下午三点"),
        ("time", "2019年10月1日 15:01", "2019年10月1日"),
        ("time", "2019-10-01 15:01:30", "2019-10/01 15:01"),
        ("date", "2019年10月", "10点"),
        ("date", "2019.10.01 15:01", "十月一日"),
        ("amount", "¥100.00元", "12345678901"),
        ("phone_number", "+86-0766-66888866", "call me"),
        ("car_number", "粤A8Z888挂", "粤A8Z888888"),
        ("name", "欧阳修", "张三李四王五赵六孙七八"),
        ("name", "Ada Lovelace", "Ada 1"),
    ],
)
def test_what_wechats_kinds_of_fields_take(kind: str, taken: str, refused: str) -> None:
    assert KINDS[kind].takes(taken)
    assert not KINDS[kind].takes(refused)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ({"fields": {}}, "1 to 10"),
        ({"fields": {"gadget1": "title"}}, "no field of WeChat's"),
        ({"fields": {"thing": "title"}}, "no field of WeChat's"),
        ({"fields": {"number1": "title"}}, "fixed words alone"),
        ({"fields": {"time1": "body"}}, "It can have time, or fixed words"),
        ({"fields": {"thing1": Texts(zh="好", en="This is longer than twenty")}}, "up to 20 characters"),
        ({"page": "/pages/message"}, "page"),
        ({"page": "p" * 81}, "page"),
        ({"channel": "alipay"}, "no keyword of Alipay's"),
        ({"channel": "alipay", "fields": {"keyword1": Texts(zh="一\n二", en="x")}}, "one line"),
    ],
)
def test_a_template_that_could_not_be_filled_is_refused(template: dict[str, Any], words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        check_template(msgspec.structs.replace(WECHAT, **template))


def test_the_template_that_somebody_agreed_to_is_chosen_and_one_that_lasts_first() -> None:
    lasting = msgspec.structs.replace(WECHAT, template_id="template-2", lasts=True)
    book = TemplateBook([WECHAT, ALIPAY, lasting])

    def allow(template_id: str, *, remaining: int = 0, lasts: bool = False) -> Allowance:
        return Allowance(
            channel="wechat",
            app_id=WECHAT.app_id,
            template_id=template_id,
            remaining=remaining,
            lasts=lasts,
            granted_at=AT,
        )

    def choose(*allowances: Allowance, category: str = "codes") -> str | None:
        chosen = book.choose("wechat", WECHAT.app_id, category, allowances)
        return chosen.template_id if chosen else None

    assert choose(allow("template-1", remaining=2)) == "template-1"
    assert choose(allow("template-1", remaining=2), allow("template-2", lasts=True)) == "template-2"
    assert choose(allow("template-1"), allow("template-3", remaining=1)) is None
    assert choose(allow("template-1", remaining=1), category="wallet") is None
    assert book.choose("wechat", "another", "codes", [allow("template-1", remaining=1)]) is None
