"""Unified social credit codes: every part is checked, and python-stdnum agrees on what it checks."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from app.enterprises.credit_codes import check_character, make_credit_code, organisation_check, read_credit_code
from app.errors import InvalidError
from app.provinces import PROVINCES

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KNOWN = ["91110000600037341L", "91110000802100433B", "91440300708461136T", "91100000100003962T"]
"""Of well-known companies, as their annual reports print them."""

divisions = st.builds(
    lambda province, rest: f"{province}{rest:04}", st.sampled_from(sorted(PROVINCES)), st.integers(0, 9999)
)
organisations = st.text(_ALPHABET, min_size=8, max_size=8).filter(lambda body: organisation_check(body) in _ALPHABET)
codes = st.builds(lambda body, division: make_credit_code(body, division=division), organisations, divisions)


def refuse(text: str) -> str:
    with pytest.raises(InvalidError) as refused:
        read_credit_code(text)
    assert refused.value.pointer == "/unified_social_credit_code"
    return refused.value.message


@pytest.mark.parametrize("code", KNOWN)
def test_real_codes_pass(code: str) -> None:
    read = read_credit_code(code)
    assert (read.text, read.authority, read.kind) == (code, "9", "1")
    assert (read.division, read.organisation_code) == (code[2:8], code[8:17])


@given(codes.map(lambda made: made.text))
def test_what_passes_here_passes_stdnum(text: str) -> None:
    assert uscc.validate(text) == text


@given(st.text(_ALPHABET, min_size=17, max_size=17))
def test_the_check_character_is_stdnums(body: str) -> None:
    assert check_character(body) == uscc.calc_check_digit(body)


@given(st.text("0123456789", min_size=8, max_size=8), st.text(_ALPHABET, min_size=10, max_size=10))
def test_what_stdnum_refuses_is_refused_here(digits: str, rest: str) -> None:
    assume(not uscc.is_valid(digits + rest))
    refuse(digits + rest)


@given(codes.map(lambda made: made.text), st.integers(0, 17), st.sampled_from(_ALPHABET))
def test_one_mistyped_character_is_noticed(text: str, place: int, character: str) -> None:
    assume(text[place] != character)
    refuse(text[:place] + character + text[place + 1 :])


@given(codes.map(lambda made: made.text), st.integers(0, 16))
def test_two_neighbours_that_change_places_are_noticed(text: str, place: int) -> None:
    assume(text[place] != text[place + 1])
    refuse(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = read_credit_code(text)
    except InvalidError:
        return
    assert read_credit_code(read.text) == read


@given(codes.map(lambda made: made.text))
def test_wide_and_small_letters_and_spaces_are_read(text: str) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in text)
    written = [wide, wide.lower(), text.lower(), f" {text[:8]} {text[8:17]}-{text[17]} "]
    assert {read_credit_code(one).text for one in written} == {text}


@given(codes, codes)
def test_one_code_is_one_company(first: object, second: object) -> None:
    assume(first != second)
    ids = {read_credit_code(one.text).company_id for one in (first, second, first)}  # type: ignore[attr-defined]
    assert len(ids) == 2


def craft(authority_and_kind: str, division: str, organisation: str) -> str:
    body = f"{authority_and_kind}{division}{organisation}"
    return body + check_character(body)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("9111000060003734", "18 characters"),
        ("91110000600037341LL", "18 characters"),
        ("", "18 characters"),
        ("9111000060003734IL", "without I, O"),
        ("91110000６０００３７３４１号", "without I, O"),
        ("91110000600037341K", "check character is wrong"),
        (craft("91", "110000", "600037342"), "17th"),
        (craft("9W", "110000", "600037341"), "first two"),
        (craft("Q1", "110000", "600037341"), "first two"),
        (craft("12", "990000", "600037341"), "division"),
        (craft("91", "100001", "600037341"), "division"),
        (craft("91", "11A000", "600037341"), "division"),
    ],
)
def test_each_part_is_checked(text: str, says: str) -> None:
    assert says in refuse(text)


@pytest.mark.parametrize(
    "start", ["11", "12", "13", "31", "35", "51", "52", "53", "71", "81", "92", "93", "A1", "N2", "Y1"]
)
def test_every_kind_of_entity_has_a_code(start: str) -> None:
    """Letters first, which python-stdnum takes for no code, are the army's, collectives' and others'."""
    code = read_credit_code(craft(start, "310101", "600037341"))
    assert code.authority + code.kind == start
    assert uscc.is_valid(code.text) is start[0].isdigit()
