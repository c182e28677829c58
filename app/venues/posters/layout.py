"""What stands where on the poster: millimetres on an A4 page, from the top left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from app.printing.lettering import measure, wrap
from app.printing.shapes import ACCENT, HEIGHT, INK, SOFT, WIDTH, Line

MARGIN = 18.0
_INNER = WIDTH - 2 * MARGIN
_NAME_SIZES = (18.0, 15.0, 12.5, 10.5, 8.0, 6.5)
_NAME_TOP, _NAME_HEIGHT = 40.0, 39.0
_LEADING = 1.2
CODE_SIDE = 52.0
CODES_TOP = 212.0


class PosterText(msgspec.Struct, frozen=True):
    """What a poster says of its venue."""

    name: str
    address: str
    purpose_zh: str
    purpose_en: str
    fields: Sequence[str]
    checks_person: bool
    link: str


_ALWAYS = ("码是否有效", "whether the code is valid")
_SHOWN = {
    "kind": ("码的种类（个人、企业、亲友）", "the kind of code (personal, enterprise, care)"),
    "masked_name": ("姓氏，名字隐去（如“王**”）", "the surname, the rest as stars (such as 王**)"),
}
_NEVER = ("看不到您的身份证号、手机号和住址", "never your ID number, phone number or address")
_PERSON = ("工作人员可能请您出示证件，核对是否本人", "Staff may ask for a document, to see that it is you")


def lay_out(said: PosterText, *, has_mini_program: bool) -> Iterator[Line]:
    """Every line of the poster."""
    yield Line("随行", MARGIN + 19, 27.5, 9.0, ACCENT)
    yield Line("Suixing", MARGIN + 40, 27.5, 7.0, SOFT)
    yield from _lay_name(said)
    yield from _lay_purpose(said, 98.0)
    yield from _lay_shown(said, 137.0)
    yield from _lay_codes(said, has_mini_program=has_mini_program)


def _lay_name(said: PosterText) -> Iterator[Line]:
    """As large as it fits its place, which no registered name is too long for."""
    size = next(
        (one for one in _NAME_SIZES if len(wrap(said.name, _INNER, one)) * one * _LEADING <= _NAME_HEIGHT),
        _NAME_SIZES[-1],
    )
    y = _NAME_TOP
    for text in wrap(said.name, _INNER, size):
        y += size * _LEADING
        yield Line(text, MARGIN, y, size, INK)
    y += 9.0
    for text in wrap(said.address, _INNER, 4.6)[:1]:
        yield Line(text, MARGIN, y, 4.6, SOFT)


def _lay_purpose(said: PosterText, y: float) -> Iterator[Line]:
    yield Line("本场所登记的用途 · Registered purpose", MARGIN, y, 5.2, SOFT)
    yield Line(said.purpose_zh, MARGIN, y + 15, 13.0, ACCENT)
    yield Line(said.purpose_en, MARGIN, y + 24, 6.4, ACCENT)


def _lay_shown(said: PosterText, y: float) -> Iterator[Line]:
    yield Line("扫码时，本场所看到", MARGIN, y, 7.0, INK)
    yield Line("A scan shows this venue", MARGIN + measure("扫码时，本场所看到  ", 7.0), y, 5.2, SOFT)
    shown = [_ALWAYS, *(_SHOWN[field] for field in said.fields if field in _SHOWN)]
    y += 9.5
    for chinese, english in shown:
        yield Line(f"· {chinese}", MARGIN, y, 5.8, INK)
        yield Line(english, MARGIN + 3.5, y + 5.6, 4.3, SOFT)
        y += 12.4
    for chinese, english in [_NEVER, *([_PERSON] if said.checks_person else [])]:
        yield Line(chinese, MARGIN, y + 1.0, 5.2, ACCENT)
        yield Line(english, MARGIN, y + 6.0, 4.1, SOFT)
        y += 11.4


def _lay_codes(said: PosterText, *, has_mini_program: bool) -> Iterator[Line]:
    below = CODES_TOP + CODE_SIDE
    yield Line("查看本场所的登记信息", MARGIN, below + 6.5, 4.6, INK)
    yield Line("What this venue is registered for", MARGIN, below + 11.5, 3.9, SOFT)
    beside = MARGIN + CODE_SIDE + 8
    if has_mini_program:
        right = WIDTH - MARGIN - CODE_SIDE
        yield Line("微信扫一扫，打开随行", right, below + 6.5, 4.6, INK)
        yield Line("Open Suixing in WeChat", right, below + 11.5, 3.9, SOFT)
    steps = (
        ("1  打开随行，出示服务码", "Open Suixing, show your code"),
        ("2  工作人员扫码", "Staff scan it"),
        ("3  您会立即收到通知", "You are told at once"),
    )
    for number, (chinese, english) in enumerate(steps):
        y = CODES_TOP + 10 + number * 16.5
        yield Line(chinese, beside, y, 4.6 if has_mini_program else 6.6, INK)
        yield Line(english, beside + (6 if has_mini_program else 8.5), y + 5.6, 3.7 if has_mini_program else 4.6, SOFT)
    yield Line(said.link, MARGIN, HEIGHT - 9.5, 3.2, SOFT)
