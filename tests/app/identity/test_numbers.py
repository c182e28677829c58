from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from app.demo import invent_people
from app.errors import InvalidError
from app.identity.model import AgeBand
from app.identity.numbers import (
    IdNumber,
    NumberKind,
    Sex,
    age_at,
    age_band_at,
    mask_id_number,
    read_id_number,
    today,
)
from app.provinces import PROVINCES

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_MAINLAND = sorted(PROVINCES.keys() - {"71", "81", "82"})

REGIONS = st.one_of(
    st.builds(lambda province, rest: f"{province}{rest:04}", st.sampled_from(_MAINLAND), st.integers(0, 9999)),
    st.sampled_from(["810000", "820000", "830000"]),
    st.builds(
        lambda province, nation: f"9{province}{nation:03}", st.sampled_from(sorted(PROVINCES)), st.integers(1, 999)
    ),
)
BIRTHS = st.dates(date(1850, 1, 1), today(NOW))


def with_check(body: str) -> str:
    return body + mod_11_2.calc_check_digit(body)


NUMBERS = st.builds(
    lambda region, born, sequence: with_check(f"{region}{born.strftime('%Y').zfill(4)}{born:%m%d}{sequence:03}"),
    REGIONS,
    BIRTHS,
    st.integers(0, 999),
)


def is_refused(text: str) -> bool:
    try:
        read_id_number(text, NOW)
    except InvalidError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "kind", "born", "sex"),
    [
        ("11010519491231002X", NumberKind.RESIDENT, date(1949, 12, 31), Sex.FEMALE),
        ("810000199408230021", NumberKind.HONG_KONG, date(1994, 8, 23), Sex.FEMALE),
        ("830000199201300022", NumberKind.TAIWAN, date(1992, 1, 30), Sex.FEMALE),
        ("911124198108030024", NumberKind.FOREIGNER, date(1981, 8, 3), Sex.FEMALE),
        (with_check("82000019850401003"), NumberKind.MACAO, date(1985, 4, 1), Sex.MALE),
    ],
)
def test_cards_of_each_kind(text: str, kind: NumberKind, born: date, sex: Sex) -> None:
    assert read_id_number(text, NOW) == IdNumber(text, kind, text[:6], born, sex)


@pytest.mark.parametrize(
    "text",
    ["11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002ｘ", " 11010519491231002X\n"],
)
def test_other_ways_of_writing_it(text: str) -> None:
    assert read_id_number(text, NOW).text == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("110105491231002", "15 digits"),
        ("", "17 digits"),
        ("1101051949123100", "17 digits"),
        ("11010519491231002XX", "17 digits"),
        ("X10105194912310021", "17 digits"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "17 digits"),
        ("1²0105194912310021", "17 digits"),
        ("110105194912310021", "check character"),
        (with_check("71010519491231002"), "region"),
        (with_check("81010519491231002"), "region"),
        (with_check("81000119491231002"), "region"),
        (with_check("00010519491231002"), "region"),
        (with_check("98312419810803002"), "region"),
        (with_check("91100019810803002"), "region"),
        (with_check("11010519490229002"), "calendar"),
        (with_check("11010519491301002"), "calendar"),
        (with_check("11010500000101002"), "calendar"),
        (with_check("11010518491231002"), "too long ago"),
        (with_check("11010520261122002"), "ahead of today"),
        (with_check("11010529990101002"), "ahead of today"),
    ],
)
def test_what_cannot_be_says_why(text: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words) as refused:
        read_id_number(text, NOW, pointer="/here")
    assert refused.value.pointer == "/here"


def test_today_is_beijings() -> None:
    born_today = with_check("11010520261122002")
    evening_before = datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
    assert is_refused(born_today)
    with pytest.raises(InvalidError):
        read_id_number(born_today, evening_before)
    assert read_id_number(born_today, evening_before + timedelta(seconds=1)).birth_date == date(2026, 11, 22)


@given(NUMBERS)
def test_generated_ones_pass(number: str) -> None:
    assert read_id_number(number, NOW).text == number


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
@example("11010519491231002X", 17, "0")
def test_one_character_changed_is_refused(number: str, place: int, other: str) -> None:
    assume(number[place] != other)
    assert is_refused(number[:place] + other + number[place + 1 :])


@given(NUMBERS, st.integers(0, 16))
def test_two_neighbours_exchanged_are_refused(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    assert is_refused(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(st.text(max_size=40) | st.text("0123456789Xx０１Ｘ ", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    is_refused(text)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 11, 21), date(2026, 11, 20), 13),
        (date(2012, 11, 21), date(2026, 11, 21), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2026, 11, 21), date(2026, 11, 21), 0),
    ],
)
def test_ages_in_whole_years(born: date, day: date, age: int) -> None:
    assert age_at(born, day) == age


@pytest.mark.parametrize(
    ("years", "band"), [(13, AgeBand.CHILD), (14, AgeBand.MINOR), (17, AgeBand.MINOR), (18, AgeBand.ADULT)]
)
def test_what_an_age_decides(years: int, band: AgeBand) -> None:
    assert age_band_at(date(2026 - years, 11, 21), date(2026, 11, 21)) is band


@pytest.mark.parametrize("province", _MAINLAND)
def test_the_demos_people_have_such_numbers(province: str) -> None:
    assert {read_id_number(one.id_number, NOW).kind for one in invent_people(province)} == {NumberKind.RESIDENT}


def test_a_mask_tells_seven_characters() -> None:
    assert mask_id_number("11010519491231002X") == "110***********002X"
