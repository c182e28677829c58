"""A code on paper as it is printed: a card of A5 to fold or cut off, and below it what its holder should know."""

from __future__ import annotations

from app.credentials.paper_page.drawing import draw_pdf, draw_svg
from app.credentials.paper_page.layout import PaperText

__all__ = ["PaperText", "draw_pdf", "draw_svg"]
