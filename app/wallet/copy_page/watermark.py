"""The watermark: for whom and for what, aslant over all of a page, so that no part of it serves anything else."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from app.printing.lettering import font_file, spell

DOTS_AN_INCH = 110
_PAGE = (round(210 / 25.4 * DOTS_AN_INCH), round(297 / 25.4 * DOTS_AN_INCH))
_SIDE = 1900
"""A square that covers the page however it is turned."""
_ANGLE = 28
_SIZE = 25
_ROW, _BETWEEN = 96, 110
_MOST = 40
"""Of each; the annotation has the whole of it."""
_GREY = 70
_STRENGTH = 0.2
_ON_PICTURE = 90
"""Of 255: a face stays a face, and serves nothing else."""
_SMALLEST = 8


def draw_watermark(requester: str, purpose: str, number: str) -> bytes:
    """A PNG of a page's size, clear but for the words."""
    words = f"仅供 {_shorten(requester)} 用于 {_shorten(purpose)} · {number}"
    canvas = Image.new("L", (_SIDE, _SIDE), 0)
    pen, font = ImageDraw.Draw(canvas), _open_font(_SIZE)
    step = int(pen.textlength(words, font=font)) + _BETWEEN
    for row, y in enumerate(range(0, _SIDE, _ROW)):
        start = -(row * step * 2 // 5 % step)
        for x in range(start, _SIDE, step):
            pen.text((x, y), words, fill=255, font=font)
    turned = canvas.rotate(_ANGLE, Image.Resampling.BICUBIC)
    left, top = (_SIDE - _PAGE[0]) // 2, (_SIDE - _PAGE[1]) // 2
    strengths = [int(value * _STRENGTH) for value in range(256)]
    alpha: Image.Image = turned.crop((left, top, left + _PAGE[0], top + _PAGE[1])).point(strengths)  # pyright: ignore[reportUnknownMemberType]  Pillow says what it is half
    buffer = io.BytesIO()
    Image.merge("LA", (Image.new("L", _PAGE, _GREY), alpha)).save(buffer, "PNG")
    return buffer.getvalue()


def mark_picture(picture: Image.Image, requester: str, purpose: str) -> Image.Image:
    """The picture with the words in its own pixels: what lies over a page can be taken off its file."""
    words = f"{_shorten(requester)} {_shorten(purpose)} "
    side = picture.width + picture.height
    canvas = Image.new("L", (side, side), 0)
    size = max(_SMALLEST, picture.width // 13)
    pen, font = ImageDraw.Draw(canvas), _open_font(size)
    length = pen.textlength(words, font=font)
    line = words * (1 + int(2 * side / max(length, 1.0)))
    for row, y in enumerate(range(0, side, size * 3)):
        pen.text((-row * size * 4 % side - side, y), line, fill=_ON_PICTURE, font=font)
    turned = canvas.rotate(_ANGLE, Image.Resampling.BICUBIC)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    mask = turned.crop((left, top, left + picture.width, top + picture.height))
    return Image.composite(Image.new("RGB", picture.size, (_GREY,) * 3), picture, mask)


@cache
def _open_font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(), size)


def _shorten(text: str) -> str:
    spelt = spell(text)
    return spelt if len(spelt) <= _MOST else f"{spelt[: _MOST - 1]}…"
