"""The poster as SVG, and as PDF from the same drawing."""

from __future__ import annotations

import base64
import io
from typing import Any

from fpdf import FPDF
from fpdf.svg import SVGObject
from PIL import Image

from app.venues.posters.layout import (
    ACCENT,
    CODE_SIDE,
    CODES_TOP,
    HEIGHT,
    INK,
    MARGIN,
    RULE,
    WIDTH,
    PosterText,
    lay_out,
)
from app.venues.posters.lettering import outline
from codes import qr_matrix

_RIGHT = WIDTH - MARGIN - CODE_SIDE
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:.0f}mm" height="{HEIGHT:.0f}mm" '
    f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}">'
)


def draw_svg(said: PosterText, mini_program: bytes | None) -> bytes:
    """The poster; `mini_program` is the image of the mini-program's code, where there is one."""
    image = ""
    if mini_program is not None:
        picture = base64.b64encode(_as_png(mini_program)).decode()
        image = (
            f'<image x="{_RIGHT}" y="{CODES_TOP}" width="{CODE_SIDE}" height="{CODE_SIDE}" '
            f'href="data:image/png;base64,{picture}"/>'
        )
    return f"{_HEAD}{_shapes(said, has_mini_program=mini_program is not None)}{image}</svg>".encode()


def draw_pdf(said: PosterText, mini_program: bytes | None) -> bytes:
    """One A4 page, in vectors but for the mini-program's code."""
    pdf = FPDF(format="A4")
    pdf.set_margin(0)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(f"{said.name} · {said.purpose_zh}")
    pdf.set_lang("zh-CN")
    pdf.add_page()
    drawing = f"{_HEAD}{_shapes(said, has_mini_program=mini_program is not None)}</svg>"
    drawn: Any = SVGObject(drawing.encode())
    drawn.draw_to_page(pdf)
    if mini_program is not None:
        pdf.image(io.BytesIO(_as_png(mini_program)), x=_RIGHT, y=CODES_TOP, w=CODE_SIDE, h=CODE_SIDE)
    return bytes(pdf.output())


def _shapes(said: PosterText, *, has_mini_program: bool) -> str:
    """All that is drawn in vectors: the mark, the rules, the letters, the code of the link."""
    by_colour: dict[str, list[str]] = {}
    for line in lay_out(said, has_mini_program=has_mini_program):
        by_colour.setdefault(line.colour, []).append(outline(line.text, line.x, line.y, line.size))
    by_colour.setdefault(INK, []).append(_code(said.link, MARGIN, CODES_TOP, CODE_SIDE))
    letters = "".join(f'<path fill="{colour}" d="{"".join(paths)}"/>' for colour, paths in by_colour.items())
    paper = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    band = f'<rect width="{WIDTH}" height="5" fill="{ACCENT}"/>'
    rules = "".join(
        f'<rect x="{MARGIN}" y="{y}" width="{WIDTH - 2 * MARGIN}" height="0.4" fill="{RULE}"/>'
        for y in (36.0, CODES_TOP - 8)
    )
    return paper + band + rules + _mark(MARGIN, 15.0, 0.5) + letters


def _mark(x: float, y: float, scale: float) -> str:
    """The project's mark, as the pages have it: one circle that goes along with another."""
    return (
        f'<g transform="translate({x} {y}) scale({scale})"><rect width="32" height="32" rx="9" fill="{ACCENT}"/>'
        '<circle cx="12.5" cy="16" r="5" fill="#ffffff"/>'
        '<path d="M15.8 10.2a6.5 6.5 0 1 1 0 11.6" fill="none" stroke="#ffffff" stroke-width="2.6"/></g>'
    )


def _code(text: str, x: float, y: float, side: float) -> str:
    """A QR code without a border of its own: the page is white around it."""
    rows = qr_matrix(text)
    unit = side / len(rows)
    return "".join(
        f"M{x + column * unit:.3f} {y + row * unit:.3f}h{unit:.3f}v{unit:.3f}h-{unit:.3f}z"
        for row, modules in enumerate(rows)
        for column, is_black in enumerate(modules)
        if is_black
    )


def _as_png(image: bytes) -> bytes:
    """WeChat answers with JPEG or PNG: one of them is enough for those who draw."""
    with Image.open(io.BytesIO(image)) as opened:
        buffer = io.BytesIO()
        opened.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
