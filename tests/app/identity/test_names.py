from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.identity.names import LONGEST_NAME, compare_form, read_name

_RANGES = [
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2EBEF),
    (0x30000, 0x3134F),
    (0x31350, 0x323AF),
]
IDEOGRAPHS = st.one_of(*(st.characters(min_codepoint=first, max_codepoint=last) for first, last in _RANGES))
PARTS = st.text(IDEOGRAPHS, min_size=1, max_size=8)
DOTS = "·•‧・･⋅∙●．.。｡"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("王小明", "王小明"),
        (" 王小明\t", "王小明"),
        ("一", "一"),
        ("阿布都·热合曼", "阿布都·热合曼"),
        ("古丽•买买提.吐尔逊", "古丽·买买提·吐尔逊"),
        ("㐀𠀀𪜀𫝀𫠠𬺰𰀀𱍐", "㐀𠀀𪜀𫝀𫠠𬺰𰀀𱍐"),
        ("王〇", "王〇"),
        ("\uf9f4明", "林明"),
        ("﨑", "﨑"),
        ("SMITH, JOHN", "SMITH, JOHN"),
        ("  Maria   de la Cruz ", "Maria de la Cruz"),
        ("Anne-Marie O’Brien", "Anne-Marie O'Brien"),
        ("Se\u0301an", "Séan"),
        ("ＪＯＨＮ　ＳＭＩＴＨ", "JOHN SMITH"),
        ("Nguyễn Văn Đức", "Nguyễn Văn Đức"),
    ],
)
def test_names_in_their_normal_form(typed: str, name: str) -> None:
    assert read_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "ideographs"),
        ("   ", "ideographs"),
        ("·王", "ideographs"),
        ("王·", "ideographs"),
        ("王··明", "ideographs"),
        ("王 明", "ideographs"),
        ("王A", "ideographs"),
        ("王1", "ideographs"),
        ("John1", "ideographs"),
        ("-John", "ideographs"),
        ("John,", "ideographs"),
        ("John--Paul", "ideographs"),
        ("Джон", "ideographs"),
        ("J\u0332ohn", "ideographs"),
        ("王\ue000", "private-use"),
        ("\U000f0000", "private-use"),
        ("王\u202e明", "seen"),
        ("王\u200b明", "seen"),
        ("Jo\x00hn", "seen"),
        ("\ud800", "seen"),
        ("王" * (LONGEST_NAME + 1), "50 characters"),
        ("x" * 10_000, "50 characters"),
    ],
)
def test_what_no_card_bears_says_why(typed: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words) as refused:
        read_name(typed, pointer="/here")
    assert refused.value.pointer == "/here"


@given(st.lists(PARTS, min_size=1, max_size=4), st.sampled_from(DOTS))
def test_any_dot_between_ideographs_is_the_same_name(parts: list[str], dot: str) -> None:
    name = read_name(dot.join(parts))
    assert name == unicodedata.normalize("NFC", "·".join(parts))
    assert read_name(name) == name


@given(st.text(max_size=60) | st.text("王明·•. -',AaÉ\ue000\u202e\u200d", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        name = read_name(text)
    except InvalidError:
        return
    assert read_name(name) == name
    assert 1 <= len(name) <= LONGEST_NAME
    assert compare_form(name) == compare_form(read_name(name))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SMITH, JOHN", "Smith John", True),
        ("Müller", "MÜLLER", True),
        ("王小明", "王小朋", False),
        ("阿布都·热合曼", "阿布都热合曼", False),
        ("Anne-Marie", "Anne Marie", False),
    ],
)
def test_names_compared(one: str, other: str, *, same: bool) -> None:
    assert (compare_form(read_name(one)) == compare_form(read_name(other))) is same
