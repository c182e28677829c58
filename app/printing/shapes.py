"""The shapes that printed pages share: lines of text, QR codes, the mark; and a page of them as PDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from fpdf import FPDF
from fpdf.svg import SVGObject

from app.printing.lettering import outline
from codes import qr_matrix

WIDTH, HEIGHT = 210.0, 297.0
"""A4, in millimetres."""
INK, SOFT, ACCENT, RULE = "#1c1e21", "#575a60", "#1f4c84", "#dcd9d1"


class Line(msgspec.Struct, frozen=True):
    """One line of text on its baseline."""

    text: str
    x: float
    y: float
    size: float
    colour: str


def draw_lines(lines: Iterable[Line], paths: Iterable[str] = ()) -> str:
    """Letters as outlines, one path for each colour; `paths` are drawn in ink among them."""
    by_colour: dict[str, list[str]] = {INK: list(paths)}
    for line in lines:
        by_colour.setdefault(line.colour, []).append(outline(line.text, line.x, line.y, line.size))
    return "".join(f'<path fill="{colour}" d="{"".join(drawn)}"/>' for colour, drawn in by_colour.items())


def draw_code(text: str, x: float, y: float, side: float) -> str:
    """A QR code's path, without a border of its own: the page is white around it."""
    return draw_matrix(qr_matrix(text), x, y, side)


def draw_matrix(rows: Sequence[Sequence[bool]], x: float, y: float, side: float) -> str:
    """The path of modules that are laid out already."""
    unit = side / len(rows)
    return "".join(
        f"M{x + start * unit:.3f} {y + row * unit:.3f}h{length * unit:.3f}v{unit:.3f}h-{length * unit:.3f}z"
        for row, modules in enumerate(rows)
        for start, length in _runs(modules)
    )


def _runs(modules: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where black begins in a row, and for how long: half as many shapes as modules."""
    start = 0
    for is_black, run in groupby(modules):
        length = len(list(run))
        if is_black:
            yield start, length
        start += length


def draw_mark(x: float, y: float, scale: float) -> str:
    """The project's mark, as the pages have it: one circle that goes along with another."""
    return (
        f'<g transform="translate({x} {y}) scale({scale})"><rect width="32" height="32" rx="9" fill="{ACCENT}"/>'
        '<circle cx="12.5" cy="16" r="5" fill="#ffffff"/>'
        '<path d="M15.8 10.2a6.5 6.5 0 1 1 0 11.6" fill="none" stroke="#ffffff" stroke-width="2.6"/></g>'
    )


def as_svg(shapes: str) -> str:
    """An A4 page, measured in millimetres."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:.0f}mm" height="{HEIGHT:.0f}mm" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}">'
    )
    return f'{head}<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{shapes}</svg>'


def open_pdf(shapes: str, title: str) -> FPDF:
    """One A4 page with the shapes on it, to which images can be added."""
    pdf = FPDF(format="A4")
    pdf.set_margin(0)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(title)
    pdf.set_lang("zh-CN")
    add_page(pdf, shapes)
    return pdf


def add_page(pdf: FPDF, shapes: str) -> None:
    """One more page, with these shapes on it."""
    pdf.add_page()
    drawn: Any = SVGObject(as_svg(shapes).encode())
    _, _, path = drawn.transform_to_page_viewport(pdf)
    pdf.draw_path(path, copy=False)  # thousands of outlines that nobody else holds: copying them is most of the work
