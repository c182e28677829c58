"""Pictures on licences: bounded, and truly what they say they are, since pages and copies draw them."""

from __future__ import annotations

import base64
import binascii
import io

from PIL import Image

MOST_BYTES = 100 * 1024
"""A portrait of an identity card has about 20 kB. Twice in base64, as a credential has it, this still goes into one."""
MOST_PIXELS = 2048
"""On either side."""
_MOST_TEXT = 4 * ((MOST_BYTES + 2) // 3)
_FORMATS = ("JPEG", "PNG")


def is_picture(text: str) -> bool:
    """Whether a base64 text is a whole JPEG or PNG of a size that a card has."""
    if len(text) > _MOST_TEXT:
        return False
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(data) <= MOST_BYTES and _can_be_drawn(data)


def _can_be_drawn(data: bytes) -> bool:
    """The size is read from the head before anything is unpacked, so that a small file that unpacks to a huge picture
    costs nothing.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if max(picture.size) > MOST_PIXELS:
                return False
            picture.draft("L", (1, 1))  # a JPEG is read to its end, and drawn as small as it can be
            picture.load()
    except Exception:  # noqa: BLE001  decoders raise whatever they stumble over; none of it is a picture
        return False
    return True
