"""Reading codes out of a picture, within bounds that a hostile picture cannot stretch."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import thread_time

import zxingcpp
from PIL import Image, UnidentifiedImageError

from app.errors import TooManyRequestsError
from app.limits import Limit

_MOST_PIXELS = 30_000_000
_LONGEST_SIDE = 1600
"""What a picture full of finder patterns costs grows with the fourth power of its side: 4 s at this one, 14 at 2400."""
_FORMATS = ("PNG", "JPEG", "WEBP")
Image.MAX_IMAGE_PIXELS = None  # Pillow's own bound warns, and warnings belong to no thread; ours is before any decoding
_MOST_IN_HAND = 2
_SECONDS_PER_SCAN = 0.05


class PictureError(Exception):
    """Not a picture, not one of the formats, damaged, or with too many pixels."""


class PictureDesk:
    """Holds each scanner to what it may ask of the processor and the memory: a picture may cost a thousand scans."""

    def __init__(self, limit: Limit, timer: Callable[[], float] = thread_time) -> None:
        self._limit = limit
        self._timer = timer
        self._in_hand: Counter[str] = Counter()

    @contextmanager
    def take(self, scanner: str, moment: float) -> Generator[None]:
        """Around the taking of a picture, from before its body is read; raises TooManyRequestsError."""
        if self._in_hand[scanner] >= _MOST_IN_HAND:
            raise TooManyRequestsError(1)
        self._limit.claim(scanner, moment)
        self._in_hand[scanner] += 1
        try:
            yield
        finally:
            self._in_hand[scanner] -= 1
            if not self._in_hand[scanner]:
                del self._in_hand[scanner]

    async def read(self, scanner: str, body: bytes, moment: float) -> list[str]:
        """Reads the picture in another thread; what it took of the processor is charged as scans."""
        seconds: list[float] = []

        def work() -> list[str]:
            begun = self._timer()
            try:
                return read_codes(body)
            finally:
                seconds.append(self._timer() - begun)

        try:
            return await asyncio.to_thread(work)
        finally:
            self._limit.charge(scanner, moment, int(sum(seconds) / _SECONDS_PER_SCAN))


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
        with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise PictureError
            picture.draft("L", (_LONGEST_SIDE, _LONGEST_SIDE))
            grey = _flatten(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise PictureError from error
    grey.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in found if code.text]
