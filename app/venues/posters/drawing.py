"""The poster as SVG, and as PDF from the same drawing."""

from __future__ import annotations

import base64
import io

from PIL import Image

from app.printing.shapes import ACCENT, RULE, WIDTH, as_svg, draw_code, draw_lines, draw_mark, open_pdf
from app.venues.posters.layout import CODE_SIDE, CODES_TOP, MARGIN, PosterText, lay_out

_RIGHT = WIDTH - MARGIN - CODE_SIDE


def draw_svg(said: PosterText, mini_program: bytes | None) -> bytes:
    """The poster; `mini_program` is the image of the mini-program's code, where there is one."""
    image = ""
    if mini_program is not None:
        picture = base64.b64encode(_as_png(mini_program)).decode()
        image = (
            f'<image x="{_RIGHT}" y="{CODES_TOP}" width="{CODE_SIDE}" height="{CODE_SIDE}" '
            f'href="data:image/png;base64,{picture}"/>'
        )
    return as_svg(_shapes(said, has_mini_program=mini_program is not None) + image).encode()


def draw_pdf(said: PosterText, mini_program: bytes | None) -> bytes:
    """One A4 page, in vectors but for the mini-program's code."""
    pdf = open_pdf(_shapes(said, has_mini_program=mini_program is not None), f"{said.name} · {said.purpose_zh}")
    if mini_program is not None:
        pdf.image(io.BytesIO(_as_png(mini_program)), x=_RIGHT, y=CODES_TOP, w=CODE_SIDE, h=CODE_SIDE)
    return bytes(pdf.output())


def _shapes(said: PosterText, *, has_mini_program: bool) -> str:
    """All that is drawn in vectors: the mark, the rules, the letters, the code of the link."""
    code = draw_code(said.link, MARGIN, CODES_TOP, CODE_SIDE)
    letters = draw_lines(lay_out(said, has_mini_program=has_mini_program), [code])
    band = f'<rect width="{WIDTH}" height="5" fill="{ACCENT}"/>'
    rules = "".join(
        f'<rect x="{MARGIN}" y="{y}" width="{WIDTH - 2 * MARGIN}" height="0.4" fill="{RULE}"/>'
        for y in (36.0, CODES_TOP - 8)
    )
    return band + rules + draw_mark(MARGIN, 15.0, 0.5) + letters


def _as_png(image: bytes) -> bytes:
    """WeChat answers with JPEG or PNG: one of them is enough for those who draw."""
    with Image.open(io.BytesIO(image)) as opened:
        buffer = io.BytesIO()
        opened.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
