"""What is wrong with a value, and why something is refused, is said in the caller's language, whoever found it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.faults import FAULTS, UNKNOWN, word_fault
from api.faults.decoding import FAULTS as OF_DECODER
from api.problems import _without_value
from tests.api.harness import Api, slug_of
from tests.api.sentences import ANYTHING, list_sentences

_HOLE = re.compile(r"\{(\w+)\}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH_WORD = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")


def test_every_sentence_of_the_domain_has_its_chinese() -> None:
    said = list_sentences()
    assert len(said) > 350
    assert {one for one in said if word_fault(one, english=False) == UNKNOWN} == set()


@pytest.mark.parametrize(
    "said",
    [
        "This is not a mobile number.",
        "Nobody serves themself at a window: ask a colleague.",
        "WeChat has frozen the app's secret.",
        "Its holder presented something else.",
        "No trusted key for codes of this province and time.",
        f"{ANYTHING} did not answer in time.",
        f"licences whose identifier does not name {ANYTHING} would be refused",
    ],
)
def test_sentences_are_found_wherever_they_are_written(said: str) -> None:
    """Given at once, by a constant, a table, a function's parameter, one of two names, in a method, in a list."""
    assert said in list_sentences()


def test_no_translation_is_left_over() -> None:
    said = list_sentences()
    templates = {
        english: re.compile(_HOLE.sub(".+", re.escape(english).replace(r"\{", "{").replace(r"\}", "}")))
        for english in FAULTS
        if english not in OF_DECODER
    }
    assert [english for english, template in templates.items() if not any(map(template.fullmatch, said))] == []


@pytest.mark.parametrize("english", FAULTS)
def test_both_languages_have_the_same_parts_and_their_own_words(english: str) -> None:
    chinese = FAULTS[english]
    assert set(_HOLE.findall(chinese)) <= set(_HOLE.findall(english))
    assert _CHINESE.search(chinese)
    assert not _ENGLISH_WORD.search(chinese)
    assert word_fault(english, english=True) == english


class _Everything(msgspec.Struct, forbid_unknown_fields=True):
    """One value of every kind that requests have."""

    text: Annotated[str, msgspec.Meta(min_length=2, max_length=4)] = "ab"
    word: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] = "a"
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.5
    even: Annotated[int, msgspec.Meta(multiple_of=2)] = 2
    names: Annotated[list[str], msgspec.Meta(min_length=1, max_length=2)] = []
    pair: tuple[int, int] = (1, 2)
    kind: Literal["a", "b"] = "a"
    id: UUID | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    local: Annotated[datetime, msgspec.Meta(tz=False)] | None = None
    day: date | None = None
    hour: time | None = None
    life: timedelta | None = None
    sum: Decimal | None = None
    raw: bytes = b""
    other: dict[str, int] = {}


class _Needy(msgspec.Struct):
    time: str


_WRONG: dict[str, list[Any]] = {
    "text": ["a", "abcde", 5, None],
    "word": ["A"],
    "count": [0, 10, "1", 1.5, True, 10**30],
    "share": [0, 1, "x"],
    "even": [3],
    "names": [[], ["a", "b", "c"], "a", [1]],
    "pair": [[1], [1, 2, 3], {}],
    "kind": ["c", 1],
    "id": ["x", 5],
    "at": ["x", "2026-01-31T08:00:00", 5],
    "local": ["2026-01-31T08:00:00Z"],
    "day": ["x"],
    "hour": ["x"],
    "life": ["x"],
    "sum": ["x"],
    "raw": ["*"],
    "other": [[], {"a": "b"}],
    "unknown": [1],
}


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name, many in _WRONG.items() for wrong in many])
def test_the_decoder_is_understood(name: str, wrong: object) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode({name: wrong}), type=_Everything)
    # As the framework cuts it: where it is comes apart from what it is.
    message = _without_value(str(refused.value).split(" - ", maxsplit=1)[0])
    chinese = word_fault(message, english=False)
    assert chinese != UNKNOWN, message
    assert not _ENGLISH_WORD.search(chinese), chinese
    assert not re.search(r"str|int|object|array|null", chinese), chinese


def test_what_is_missing_is_named_as_it_is() -> None:
    """A field may be called as a kind of value is."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(b"{}", type=_Needy)
    assert word_fault(str(refused.value), english=False) == "缺少必填项 time。"


@given(st.text())
def test_what_nobody_translated_is_said_in_general(message: str) -> None:
    chinese = word_fault(message, english=False)
    assert chinese == UNKNOWN or _CHINESE.search(chinese)
    assert word_fault(message, english=True) == message


@pytest.mark.parametrize(
    ("language", "message", "detail"),
    [
        ("zh-CN", "这不是手机号。", "这不是手机号。"),
        ("en", "This is not a mobile number.", "This is not a mobile number."),
    ],
)
async def test_a_rule_of_the_domain(api: Api, language: str, message: str, detail: str) -> None:
    refused = await api.post("/v1/otp", json={"phone": "02112345678"}, headers={"Accept-Language": language})
    assert refused.json()["errors"] == [{"pointer": "/phone", "message": message}]
    assert refused.json()["detail"] == detail


@pytest.mark.parametrize(
    ("language", "message"), [("zh-CN", "应为文本，收到的是整数。"), ("en", "Expected `str`, got `int`")]
)
async def test_a_value_of_another_kind(api: Api, language: str, message: str) -> None:
    refused = await api.post("/v1/otp", json={"phone": 5}, headers={"Accept-Language": language})
    assert refused.json()["errors"] == [{"pointer": "/phone", "message": message}]


@pytest.mark.parametrize(
    ("language", "detail"), [("zh-CN", "这不是回执。"), ("en-GB, zh;q=0.5", "This is not a receipt.")]
)
async def test_why_something_is_refused(api: Api, language: str, detail: str) -> None:
    body, spoken = {"receipt": "a.b.c"}, {"Accept-Language": language}
    refused = await api.post("/v1/receipts/checks", json=body, headers=spoken)
    assert slug_of(refused) == "receipt-invalid"
    assert refused.json()["detail"] == detail


def test_a_provider_and_what_the_decoder_says_are_worded_as_well() -> None:
    assert word_fault("WeChat did not answer in time.", english=False) == "微信没有及时应答。"
    assert word_fault("The identity authority does not answer.", english=False) == "身份核验机构没有应答。"
    message = "The question is not as OpenID4VP 1.0 has it: Object missing required field `nonce` - at `$.x`"
    assert word_fault(message, english=False) == "请求不符合 OpenID4VP 1.0：缺少必填项 nonce。（`$.x`）"


@pytest.mark.parametrize(("length", "is_worded"), [(300, True), (20_000, False)])
def test_what_a_client_chose_the_length_of_holds_nobody_up(length: int, *, is_worded: bool) -> None:
    """The longer took more than a minute, in which this process answered nobody."""
    name = "x: " * length
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode({name: 1}), type=_Everything)
    worded = word_fault(str(refused.value), english=False)
    assert worded == (f"没有 {name} 这一项。" if is_worded else UNKNOWN)
