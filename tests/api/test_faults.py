"""What is wrong with a value is said in the caller's language, whoever found it: the domain or the decoder."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.faults import FAULTS, UNKNOWN, word_fault
from api.faults.decoding import FAULTS as OF_DECODER
from api.problems import _without_value
from tests.api.harness import Api

_ROOT = Path(__file__).resolve().parents[2]
_CARRIED = {"error.detail", "message", "str(error)"}
"""Not sentences of InvalidError's callers: an address's refusal, which is translated too, and the decoder's own."""
_IMPORTING = _ROOT / "app" / "people" / "import_lines.py"
"""Its reader runs a command, which speaks English."""
_HOLE = re.compile(r"\{(\w+)\}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH_WORD = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")


def list_sources() -> Iterator[ast.Module]:
    for package in ("api", "app"):
        for file in sorted((_ROOT / package).rglob("*.py")):
            if file != _IMPORTING and "InvalidError(" in (text := file.read_text(encoding="utf-8")):
                yield ast.parse(text)


def fill_template(message: ast.expr) -> str | None:
    """The sentence with something in each place that varies; None for what is no sentence."""
    match message:
        case ast.Constant(value=str(said)):
            return said
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "12" for part in parts)
        case _:
            assert ast.unparse(message) in _CARRIED
            return None


def list_said() -> set[str]:
    """What the whole program says of a wrong value."""
    calls = (node for tree in list_sources() for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "InvalidError")
    return {said for call in named if (said := fill_template(call.args[1])) is not None}


def test_every_sentence_of_the_domain_has_its_chinese() -> None:
    said = list_said()
    assert len(said) > 100
    assert {one for one in said if word_fault(one, english=False) == UNKNOWN} == set()


def test_no_translation_is_left_over() -> None:
    said = list_said() | {"The address cannot be read.", "The address must begin with https://."}
    said |= {"The address has parts that it must not have.", "The address must have the name of a host."}
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
