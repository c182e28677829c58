"""The kinds of fields that WeChat's templates have, each with what it may hold.

A field's name begins with its kind: `thing1`, `time2`. Lengths are counted so that no count of WeChat's gives more.
https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import msgspec
import regex

from push.addresses import Locale
from push.shortening import clean_line, count_units, shorten

_BEIJING = timezone(timedelta(hours=8))
_DAY = r"\d{4}(?:年\d{1,2}月(?:\d{1,2}日)?|([-/.])\d{1,2}(?:\1\d{1,2})?)"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_NOT_HAN = regex.compile(r"[^\u4e00-\u9fff]")
_FIELD = re.compile(r"([a-z]+(?:_[a-z]+)?)[0-9]{1,3}")


class FieldKind(msgspec.Struct, frozen=True):
    """One kind: how long a value may be, and of what it is made."""

    longest: int
    pattern: regex.Pattern[str]
    about: str

    def takes(self, value: str) -> bool:
        """Whether WeChat shows this value in such a field."""
        return count_units(value) <= self.longest and self.pattern.fullmatch(value) is not None


def _kind(longest: int, pattern: str, about: str) -> FieldKind:
    return FieldKind(longest, regex.compile(pattern), about)


_TEXT = r"(?=.*\S)[^\p{Cc}\p{Cs}]+"
_NAME = r"(?=.*[\u4e00-\u9fff])[^\p{Cc}\p{Cs}0-9]{1,10}|[^\p{Cc}\p{Cs}0-9\u4e00-\u9fff]{1,20}"

KINDS: Mapping[str, FieldKind] = {
    "thing": _kind(20, _TEXT, "up to 20 characters"),
    "short_thing": _kind(5, _TEXT, "up to 5 characters"),
    "const": _kind(20, _TEXT, "one of the template's constants, up to 20 characters"),
    "enum": _kind(20, _TEXT, "one of the template's values"),
    "phrase": _kind(5, r"[\u4e00-\u9fff]+", "up to 5 Chinese characters"),
    "name": _kind(20, _NAME, "up to 10 characters with Chinese ones among them, else up to 20"),
    "letter": _kind(32, r"[A-Za-z]+", "up to 32 letters"),
    "number": _kind(32, r"-?\d+(?:\.\d+)?", "up to 32 digits, with a decimal point or not"),
    "symbol": _kind(5, r"[^\p{L}\p{N}\p{C}\s]+", "up to 5 symbols"),
    "character_string": _kind(32, r"[\x21-\x7e]+", "up to 32 digits, letters and symbols"),
    "time": _kind(64, rf"(?:{_DAY} ?)?{_CLOCK}", "a time, as 15:01 or 2019年10月1日 15:01"),
    "date": _kind(64, rf"{_DAY}(?: ?{_CLOCK})?", "a day, as 2019年10月1日, with a time or not"),
    "amount": _kind(16, r"[^\p{L}\p{N}\p{C}\s]?\d{1,10}(?:\.\d{1,2})?元?", "an amount, as ¥100.00 or 100元"),
    "phone_number": _kind(17, r"[0-9+\-() ]+", "up to 17 digits and symbols"),
    "car_number": _kind(8, r"[\u4e00-\u9fffA-Z0-9][A-Z0-9]{0,6}[\u4e00-\u9fffA-Z0-9]", "a car's number, as 粤A8Z888挂"),
}


def kind_of(name: str) -> FieldKind | None:
    """The kind of a template's field by its name; None where WeChat has no such kind."""
    found = _FIELD.fullmatch(name)
    return KINDS.get(found[1]) if found else None


def fit_text(text: str, longest: int) -> str:
    """Any text as a field of so many characters takes it; never empty, which would be refused."""
    return shorten(clean_line(text), longest) or "-"


def fit_phrase(text: str) -> str:
    """The Chinese characters of a text, as many as a phrase may have."""
    return _NOT_HAN.sub("", text)[: KINDS["phrase"].longest] or "通知"


def say_moment(at: datetime, locale: Locale) -> str:
    """A time as fields of times and of days take it; the whole country's is Beijing's."""
    local = at.astimezone(_BEIJING)
    if locale == "en":
        return f"{local.year:04}-{local:%m-%d %H:%M}"
    return f"{local.year:04}年{local.month}月{local.day}日 {local:%H:%M}"
