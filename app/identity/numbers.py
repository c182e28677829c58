"""Citizen ID numbers (GB 11643) and the cards that follow their form.

Eighteen characters: six of a region, a birth date, three of a sequence (odd for men) and a check of ISO 7064 MOD 11-2.
Besides the resident ID card there are the residence permits of people from Hong Kong (810000), Macao (820000) and
Taiwan (830000), and since 2023-12-01 the foreigners' permanent residence card, whose region is a 9, a province and
three digits of a nationality (ISO 3166-1 numeric).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from operator import mul

import msgspec

from app.errors import InvalidError
from app.identity.model import AgeBand
from app.provinces import PROVINCES

BEIJING = timezone(timedelta(hours=8))
"""Whose calendar day decides an age; not every machine has the time zone database."""

_LENGTH = 18
_OLD_LENGTH = 15
_LONGEST_TEXT = 64
_EARLIEST = date(1850, 1, 1)
_CHILD_UNTIL = 14
_ADULT_FROM = 18
_UNKNOWN_NATIONALITY = "000"
_MAINLAND = frozenset(PROVINCES) - {"71", "81", "82"}
_WEIGHTS = tuple(2 ** (_LENGTH - 1 - at) % 11 for at in range(_LENGTH - 1))
"""Of ISO 7064 MOD 11-2, digit by digit."""
_WEIGHT_OF_ZEROS = sum(_WEIGHTS) * ord("0")
_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "X", ord("x"): "X"}


class NumberKind(StrEnum):
    """Whose card it is."""

    RESIDENT = "resident"
    HONG_KONG = "hk"
    MACAO = "mo"
    TAIWAN = "tw"
    FOREIGNER = "foreigner"


_PERMITS = {"810000": NumberKind.HONG_KONG, "820000": NumberKind.MACAO, "830000": NumberKind.TAIWAN}


class Sex(StrEnum):
    """As the sequence says it."""

    MALE = "male"
    FEMALE = "female"


class IdNumber(msgspec.Struct, frozen=True):
    """A number that passes every check that needs no register."""

    text: str
    """Eighteen characters in ASCII, the X in upper case."""
    kind: NumberKind
    region: str
    birth_date: date
    sex: Sex


def read_id_number(text: str, now: datetime, *, pointer: str = "/id_number") -> IdNumber:
    """The number that a person typed; raises InvalidError, which never repeats what was typed."""
    number = text[:_LONGEST_TEXT].strip()
    if not (number.isascii() and number.isdigit()):
        number = number.translate(_WIDE)
    if len(number) == _OLD_LENGTH and number.isascii() and number.isdigit():
        raise InvalidError(pointer, "Numbers of 15 digits ended in 2013: give the 18 characters of the present card.")
    if len(number) != _LENGTH or not _is_written_rightly(number):
        raise InvalidError(pointer, "An ID number has 17 digits, and a digit or X at the end.")
    if number[-1] != _work_out_check(number):
        raise InvalidError(pointer, "The ID number's check character is wrong: a digit was mistyped.")
    return IdNumber(
        text=number,
        kind=_read_kind(number, pointer),
        region=number[:6],
        birth_date=_read_birth_date(number, now, pointer),
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
    )


def _is_written_rightly(number: str) -> bool:
    return number.isascii() and number[:-1].isdigit() and (number[-1].isdigit() or number[-1] == "X")


def _work_out_check(number: str) -> str:
    """Its check character by the digits before it; files have millions of numbers."""
    total = sum(map(mul, _WEIGHTS, number.encode())) - _WEIGHT_OF_ZEROS
    return "0123456789X"[(1 - total) % 11]


def _read_kind(number: str, pointer: str) -> NumberKind:
    permit = _PERMITS.get(number[:6])
    if permit is not None:
        return permit
    if number[0] == "9":
        if number[1:3] in PROVINCES and number[3:6] != _UNKNOWN_NATIONALITY:
            return NumberKind.FOREIGNER
    elif number[:2] in _MAINLAND:
        return NumberKind.RESIDENT
    raise InvalidError(pointer, "The ID number's region is not known.")


def _read_birth_date(number: str, now: datetime, pointer: str) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidError(pointer, "The ID number's birth date is not a day of the calendar.") from None
    if not _EARLIEST <= born <= today(now):
        raise InvalidError(pointer, "The ID number's birth date is too long ago, or ahead of today.")
    return born


def today(now: datetime) -> date:
    """The calendar day in Beijing."""
    return now.astimezone(BEIJING).date()


def end_of(day: date) -> datetime:
    """When a day is over in Beijing."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def age_at(birth_date: date, day: date) -> int:
    """Whole years on that day. Whoever was born on 29 February is a year older on 1 March of a common year."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def age_band_at(birth_date: date, day: date) -> AgeBand:
    """What that age decides."""
    age = age_at(birth_date, day)
    if age < _CHILD_UNTIL:
        return AgeBand.CHILD
    return AgeBand.ADULT if age >= _ADULT_FROM else AgeBand.MINOR


def mask_id_number(number: str) -> str:
    """Three characters, stars, four characters, as is common use."""
    return f"{number[:3]}{'*' * 11}{number[-4:]}"
