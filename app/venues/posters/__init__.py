"""A venue's poster: what it is registered for and what a scan shows it, in type that is read from a few steps away.

    layout.py   what stands where on an A4 page        drawing.py  the page as SVG, and as PDF from it
Letters are drawn as outlines, so that no printer, viewer or copy shop needs the font.
"""

from __future__ import annotations

from app.venues.posters.drawing import draw_pdf, draw_svg
from app.venues.posters.layout import PosterText

__all__ = ["PosterText", "draw_pdf", "draw_svg"]
