"""What stands where on the page: millimetres on A4, from the top left. The type is large: many carriers are old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import msgspec

from app.printing.lettering import measure, wrap
from app.printing.shapes import ACCENT, INK, SOFT, WIDTH, Line
from codes import Kind

MARGIN = 12.0
FOLD = 148.5
"""Half of A4: above it is the card."""
CODE_SIDE, CODE_TOP = 92.0, 34.0
_BESIDE = MARGIN + CODE_SIDE + 9
_INNER = WIDTH - 2 * MARGIN
_BEIJING = timezone(timedelta(hours=8))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class PaperText(msgspec.Struct, frozen=True):
    """What a page says: the code, whose it is, and where to turn."""

    code: str
    kind: Kind
    masked_name: str | None
    number: str
    """By which the holder finds it in a list; a scanner has no use for it."""
    expires_at: datetime
    renew_at: datetime
    hotline: str
    address: str


def lay_out(said: PaperText) -> Iterator[Line]:
    """Every line of the page."""
    yield from _lay_head(said)
    yield from _lay_holder(said)
    yield from _lay_advice(said)


def _lay_head(said: PaperText) -> Iterator[Line]:
    yield Line("随行纸质码", MARGIN + 19, 22.0, 10.0, ACCENT)
    yield Line("Suixing code on paper", MARGIN + 19 + measure("随行纸质码  ", 10.0), 22.0, 6.2, SOFT)
    yield Line(f"编号 No. {said.number}", MARGIN, 141.5, 4.4, SOFT)


def _lay_holder(said: PaperText) -> Iterator[Line]:
    """Beside the code: what whoever scans it looks for."""
    name = said.masked_name or "—"
    yield Line("持码人 · Holder", _BESIDE, 40.0, 5.6, SOFT)
    yield Line(name, _BESIDE, 57.0, _fit(name, 15.0, WIDTH - MARGIN - _BESIDE), INK)
    if said.kind is Kind.CARE:
        yield Line("亲友代管 · kept by a relative", _BESIDE, 66.0, 5.2, SOFT)
    yield Line("有效期至 · Good until", _BESIDE, 77.0, 5.6, SOFT)
    yield Line(_day(said.expires_at, english=False), _BESIDE, 87.0, 8.6, INK)
    yield Line(_day(said.expires_at, english=True), _BESIDE, 94.5, 5.6, SOFT)
    yield Line("工作人员请核对", _BESIDE, 110.0, 9.2, ACCENT)
    yield Line("持码的是否为本人", _BESIDE, 119.0, 6.4, INK)
    yield Line("Staff: look at the person.", _BESIDE, 127.5, 5.8, ACCENT)
    yield Line("Is it the person named above?", _BESIDE, 134.5, 5.4, SOFT)


def _lay_advice(said: PaperText) -> Iterator[Line]:
    """Below the fold: for whoever carries it."""
    y = FOLD + 14.0
    for chinese, english in _advice(said):
        for text in wrap(chinese, _INNER, 7.4):
            yield Line(text, MARGIN, y, 7.4, INK)
            y += 9.6
        for text in wrap(english, _INNER, 5.2):
            yield Line(text, MARGIN, y - 1.2, 5.2, SOFT)
            y += 6.6
        y += 5.0


def _advice(said: PaperText) -> list[tuple[str, str]]:
    renewed_zh, renewed_en = _day(said.renew_at, english=False), _day(said.renew_at, english=True)
    return [
        (
            "1 出示上方的码，可反复使用。",
            "Show the code above; it can be shown again and again.",
        ),
        (
            f"2 丢失了？请马上挂失：拨打 {said.hotline}，或到办事窗口，或在手机上操作。",
            f"Lost it? Report it at once: call {said.hotline}, go to a window, or use the app: {said.address}",
        ),
        (
            f"3 {renewed_zh}起可换新码；换新后，这一张作废。",
            f"From {renewed_en} on, have the next one printed; this one ends then.",
        ),
        (
            "4 每次使用都有记录，本人可以查询。纸上没有身份证号、手机号和住址。",
            "Each use is kept for you to look at. There is no ID number, phone number or address on this paper.",
        ),
    ]


def _fit(text: str, size: float, width: float) -> float:
    """The size at which a line is no wider than its place."""
    return min(size, size * width / max(measure(text, size), 1.0))


def _day(at: datetime, *, english: bool) -> str:
    local = at.astimezone(_BEIJING)
    return (
        f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
        if english
        else f"{local:%Y}年{local.month}月{local.day}日"
    )
