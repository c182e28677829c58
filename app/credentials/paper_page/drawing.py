"""The page as SVG, and as PDF from the same drawing."""

from __future__ import annotations

from app.credentials.paper_page.layout import CODE_SIDE, CODE_TOP, FOLD, MARGIN, PaperText, lay_out
from app.printing.shapes import ACCENT, RULE, WIDTH, as_svg, draw_code, draw_lines, draw_mark, open_pdf


def draw_svg(said: PaperText) -> bytes:
    """One A4 page."""
    return as_svg(_shapes(said)).encode()


def draw_pdf(said: PaperText) -> bytes:
    """One A4 page, in vectors; its title names nobody."""
    return bytes(open_pdf(_shapes(said), "随行纸质码 · Suixing code on paper").output())


def _shapes(said: PaperText) -> str:
    letters = draw_lines(lay_out(said), [draw_code(said.code, MARGIN, CODE_TOP, CODE_SIDE)])
    band = f'<rect width="{WIDTH}" height="4" fill="{ACCENT}"/>'
    fold = "".join(f'<rect x="{x}" y="{FOLD}" width="3" height="0.3" fill="{RULE}"/>' for x in range(0, int(WIDTH), 6))
    return band + draw_mark(MARGIN, 10.5, 0.45) + letters + fold
