"""What stands where on a copy: millimetres on A4, from the top left.

What the licence says fills the first page down to the annotation, and goes on on further pages where it is more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from app.identity.numbers import BEIJING
from app.licences.model import Bilingual
from app.printing.lettering import measure, spell, wrap
from app.printing.shapes import ACCENT, HEIGHT, INK, SOFT, WIDTH, Line

MARGIN = 16.0
BAND = 7.0
PHOTO_WIDTH, PHOTO_HEIGHT = 30.0, 40.0
PHOTO_LEFT, PHOTO_TOP = WIDTH - MARGIN - PHOTO_WIDTH, 47.0
NOTE_TOP = 196.0
"""From here on the first page has the annotation (加注信息)."""
CODE_SIDE, CODE_TOP = 66.0, NOTE_TOP + 9
_VALUES = 66.0
_FIRST_TOP, _NEXT_TOP = 49.0, 30.0
_BOTTOM = HEIGHT - 16
_BESIDE = MARGIN + CODE_SIDE + 10
_NOTE_HEIGHT = 70.0
_SIZE, _LEADING = 4.6, 1.36
_GAPS = (2.4, 1.4, 0.5)
_NOTE_SIZES = (4.4, 3.8, 3.2, 2.7, 2.2)
_SMALLEST = _NOTE_SIZES[-1]


class CopyField(msgspec.Struct, frozen=True):
    """One field of the licence."""

    label: Bilingual
    text: str


class CopyText(msgspec.Struct, frozen=True):
    """What a copy says."""

    code: str
    """What vouches for it, in the letters of Base32."""
    address: str
    """Where the code is checked, without it."""
    number: str
    type_name: Bilingual
    colour: str
    issuer: str
    identifier: str
    fields: Sequence[CopyField]
    photo: bytes | None
    requester: str
    purpose: str
    maker: str
    """Who made it (JZJZZZ of GB/T 36903), masked."""
    made_at: datetime
    """When (JZJZZSJ)."""
    expires_at: datetime
    """Until when it is good (JZJYXQJZSJ)."""

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return "CopyText()"


def lay_out(said: CopyText) -> list[list[Line]]:
    """The lines of each page; one page, where the fields can be brought nearer to one another for it."""
    for gap in _GAPS:
        pages = _lay_pages(said, gap)
        if len(pages) == 1:
            return pages
    return _lay_pages(said, _GAPS[0])


def _lay_pages(said: CopyText, gap: float) -> list[list[Line]]:
    first = [*_lay_head(said), *_lay_note(said), *_lay_check(said)]
    pages = [first]
    y, bottom = _FIRST_TOP, NOTE_TOP - 8
    for field in said.fields:
        for row in _lay_field(field, has_photo=said.photo is not None, y=y, is_first=len(pages) == 1):
            if y + row.height > bottom:
                pages.append(list(_lay_next_head(said, len(pages) + 1)))
                y, bottom = _NEXT_TOP, _BOTTOM
            pages[-1] += row.at(y)
            y += row.height
        y += gap
    return pages


class _Row(msgspec.Struct, frozen=True):
    """One line of a field's text, with the label beside its first."""

    height: float
    lines: list[Line]

    def at(self, y: float) -> list[Line]:
        return [msgspec.structs.replace(line, y=line.y + y) for line in self.lines]


def _lay_field(field: CopyField, *, has_photo: bool, y: float, is_first: bool) -> Iterator[_Row]:
    """Rows that stay beside the picture while there is one."""
    beside = has_photo and is_first and y < PHOTO_TOP + PHOTO_HEIGHT + 4
    width = (PHOTO_LEFT - 6 if beside else WIDTH - MARGIN) - _VALUES
    step = _SIZE * _LEADING
    texts = [line for part in spell(field.text).splitlines() for line in wrap(part, width, _SIZE)] or ["—"]
    for number, text in enumerate(texts):
        lines = [Line(text, _VALUES, _SIZE, _SIZE, INK)]
        if number == 0:
            lines.append(Line(field.label.zh, MARGIN, _SIZE, _fit(field.label.zh, 4.2, 46), SOFT))
            lines.append(Line(field.label.en, MARGIN, _SIZE + 3.8, _fit(field.label.en, 2.8, 46), SOFT))
        # The label has two lines: a value of one leaves it its place.
        yield _Row(max(step, 8.6) if len(texts) == 1 else step, lines)


def _lay_head(said: CopyText) -> Iterator[Line]:
    name, english = spell(said.type_name.zh), spell(said.type_name.en)
    width = WIDTH - 2 * MARGIN - 62
    yield Line(name, MARGIN, 24.0, _fit(name, 10.0, width), said.colour)
    yield Line(english, MARGIN, 31.5, _fit(english, 5.0, width), SOFT)
    issuer = f"{spell(said.issuer)} 签发"
    yield Line(issuer, MARGIN, 37.5, _fit(issuer, 4.0, width), SOFT)
    identifier = f"证照标识 Identifier {spell(said.identifier)}"
    yield Line(identifier, MARGIN, 42.0, _fit(identifier, 2.8, WIDTH - 2 * MARGIN), SOFT)
    for text, y, size, colour in (("电子证照加注件", 22.5, 7.0, ACCENT), ("Annotated copy", 28.5, 4.2, SOFT)):
        yield Line(text, WIDTH - MARGIN - measure(text, size), y, size, colour)
    number = f"副本编号 No. {said.number}"
    yield Line(number, WIDTH - MARGIN - measure(number, 3.2), 34.0, 3.2, SOFT)


def _lay_next_head(said: CopyText, number: int) -> Iterator[Line]:
    name = spell(said.type_name.zh)
    yield Line(name, MARGIN, 19.0, _fit(name, 6.0, 100), said.colour)
    text = f"副本编号 No. {said.number} · 第 {number} 页 page {number}"
    yield Line(text, WIDTH - MARGIN - measure(text, 3.2), 19.0, 3.2, SOFT)


def _lay_note(said: CopyText) -> Iterator[Line]:
    """The annotation: at the largest size at which all of it has its place beside the code."""
    yield Line("加注信息", MARGIN, NOTE_TOP + 4, 5.0, ACCENT)
    yield Line("Annotation", MARGIN + 24, NOTE_TOP + 4, 3.4, SOFT)
    width = WIDTH - MARGIN - _BESIDE
    laid = (list(_lay_notes(said, size, width)) for size in _NOTE_SIZES)
    yield from next(lines for lines in laid if lines[-1].y <= CODE_TOP + _NOTE_HEIGHT or lines[-1].size == _SMALLEST)


def _lay_notes(said: CopyText, size: float, width: float) -> Iterator[Line]:
    y = CODE_TOP
    for label, text in _notes(said):
        y += 3.0
        yield Line(label, _BESIDE, y, 2.9, SOFT)
        for line in wrap(spell(text), width, size):
            y += size * 1.24
            yield Line(line, _BESIDE, y, size, INK)
        y += size * 0.55


def _notes(said: CopyText) -> list[tuple[str, str]]:
    return [
        ("用证单位 Requester", said.requester),
        ("加注事由（用途） Purpose", said.purpose),
        ("有效期截止 Good until", _until(said.expires_at)),
        ("加注件制作者 Made by", said.maker),
        ("制作时间 Made at", f"{said.made_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"),
    ]


def _until(expires_at: datetime) -> str:
    """A day is good to its end: one that is over at midnight is named by the day before."""
    local = expires_at.astimezone(BEIJING)
    last = local - timedelta(seconds=1)
    return f"{last:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def _lay_check(said: CopyText) -> Iterator[Line]:
    """How whoever is handed the copy has it checked."""
    y = CODE_TOP + CODE_SIDE + 6
    address = said.address
    for text, size in (
        (f"核验：扫描二维码，或打开 {address}。仅供上述单位用于上述用途。", 3.5),
        (f"Check it: scan the code, or open {address}. For this requester and purpose alone.", 3.0),
    ):
        yield Line(text, MARGIN, y, _fit(text, size, WIDTH - 2 * MARGIN), SOFT)
        y += 5.0


def _fit(text: str, size: float, width: float) -> float:
    """The size at which a line is no wider than its place."""
    return min(size, size * width / max(measure(text, size), 1.0))
