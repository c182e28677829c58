"""A copy as PDF: letters and code in vectors, the picture and the watermark over them in pixels."""

from __future__ import annotations

import io

import structlog
from fpdf import FPDF
from PIL import Image, UnidentifiedImageError

from app.printing.shapes import HEIGHT, RULE, WIDTH, Line, add_page, draw_lines, draw_matrix, open_pdf
from app.wallet.copy_page.layout import (
    BAND,
    CODE_SIDE,
    CODE_TOP,
    MARGIN,
    NOTE_TOP,
    PHOTO_HEIGHT,
    PHOTO_LEFT,
    PHOTO_TOP,
    PHOTO_WIDTH,
    CopyText,
    lay_out,
)
from app.wallet.copy_page.watermark import draw_watermark, mark_picture
from codes import long_qr_matrix

log = structlog.get_logger()

_TITLE = "电子证照加注件 · Annotated copy of a licence"
_MOST_PIXELS = 4000 * 4000
_PIXELS = (600, 800)


def draw_pdf(said: CopyText) -> bytes:
    """A4 pages, each under the watermark; the file's title names nobody."""
    pages = lay_out(said)
    watermark = draw_watermark(said.requester, said.purpose, said.number)
    pdf = open_pdf(_draw_first(said, pages[0]), _TITLE)
    photo = _read_photo(said.photo) if said.photo else None
    if photo is not None:
        _place_photo(pdf, mark_picture(photo, said.requester, said.purpose))
    _cover(pdf, watermark)
    for lines in pages[1:]:
        add_page(pdf, _draw_band(said) + draw_lines(lines))
        _cover(pdf, watermark)
    return bytes(pdf.output())


def _draw_first(said: CopyText, lines: list[Line]) -> str:
    code = draw_matrix(long_qr_matrix(f"{said.address}#", said.code), MARGIN, CODE_TOP, CODE_SIDE)
    inner = WIDTH - 2 * MARGIN
    rule = f'<rect x="{MARGIN}" y="{NOTE_TOP - 3}" width="{inner}" height="0.4" fill="{RULE}"/>'
    frame = ""
    if said.photo is not None:
        frame = f'<rect x="{PHOTO_LEFT}" y="{PHOTO_TOP}" width="{PHOTO_WIDTH}" height="{PHOTO_HEIGHT}" fill="{RULE}"/>'
    return _draw_band(said) + rule + frame + draw_lines(lines, [code])


def _draw_band(said: CopyText) -> str:
    """The kind's colour, which LicenceType holds to six digits."""
    return f'<rect width="{WIDTH}" height="{BAND}" fill="{said.colour}"/>'


def _cover(pdf: FPDF, watermark: bytes) -> None:
    pdf.image(io.BytesIO(watermark), x=0, y=0, w=WIDTH, h=HEIGHT)


def _read_photo(picture: bytes) -> Image.Image | None:
    """The picture, no larger than print needs; None of what is none: the copy is printed without it."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError("too large a picture")  # noqa: TRY301  as good as none
            opened.thumbnail(_PIXELS)
            return opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        log.warning("copy.picture-unreadable")
        return None


def _place_photo(pdf: FPDF, photo: Image.Image) -> None:
    """Whole, in the middle of its place."""
    scale = min(PHOTO_WIDTH / photo.width, PHOTO_HEIGHT / photo.height)
    width, height = photo.width * scale, photo.height * scale
    left, top = PHOTO_LEFT + (PHOTO_WIDTH - width) / 2, PHOTO_TOP + (PHOTO_HEIGHT - height) / 2
    pdf.image(photo, x=left, y=top, w=width, h=height)
