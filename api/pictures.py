"""Reading codes out of a picture, within bounds that a hostile picture cannot stretch."""

from __future__ import annotations

import io
import warnings

import zxingcpp
from PIL import Image, UnidentifiedImageError

_MOST_PIXELS = 30_000_000
_LONGEST_SIDE = 2400
_FORMATS = ("PNG", "JPEG", "WEBP")


class PictureError(Exception):
    """Not a picture, not one of the formats, damaged, or with too many pixels."""


def _flatten(picture: Image.Image) -> Image.Image:
    """Greys, on white where the picture is transparent: a code saved without its ground would be black on black."""
    if not picture.has_transparency_data:
        return picture.convert("L")
    grey, opacity = picture.convert("LA").split()
    ground = Image.new("L", picture.size, "white")
    ground.paste(grey, mask=opacity)
    return ground


def read_codes(body: bytes) -> list[str]:
    """The texts of the QR codes in a picture; an empty list where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise PictureError
                picture.draft("L", (_LONGEST_SIDE, _LONGEST_SIDE))
                grey = _flatten(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombWarning) as error:
        raise PictureError from error
    except Image.DecompressionBombError as error:
        raise PictureError from error
    grey.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in found if code.text]
