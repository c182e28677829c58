"""Base45 (RFC 9285): bytes as the 45 characters that a QR code packs best.

Of our own, since decoding stands in the path of every scan: the published package takes four times as long. Pairs of
bytes become three characters; the inverse is exact, so two texts never mean the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_PAIRS = [low + high for high in _ALPHABET for low in _ALPHABET]
"""The two low characters of each value below 45²."""
_INVALID = 255
_VALUES = bytes(_ALPHABET.find(chr(code)) % 256 if chr(code) in _ALPHABET else _INVALID for code in range(256))
_NOT_IN_ALPHABET = bytes(code for code in range(256) if _VALUES[code] == _INVALID)
_BASE = 45
_SQUARE = _BASE * _BASE


def encode(data: bytes) -> str:
    """The text of `data`, upper case."""
    whole = len(data) // 2
    words: Iterable[int] = struct.unpack(f">{whole}H", data[: 2 * whole])
    pairs, alphabet = _PAIRS, _ALPHABET
    text = "".join([pairs[word % _SQUARE] + alphabet[word // _SQUARE] for word in words])
    return text + _PAIRS[data[-1]] if len(data) % 2 else text


def decode(text: str) -> bytes:
    """The bytes of `text`; raises ValueError for any other text than `encode` makes."""
    raw = text.encode("ascii")
    rest = len(raw) % 3
    if rest == 1 or raw.translate(None, _NOT_IN_ALPHABET) != raw:
        raise ValueError("not Base45")
    values = raw.translate(_VALUES)
    last = b""
    if rest:
        number = values[-2] + _BASE * values[-1]
        last = number.to_bytes(1, "big") if number < 256 else _overflow()  # noqa: PLR2004  one byte
        values = values[:-2]
    words = [a + _BASE * b + _SQUARE * c for a, b, c in zip(values[::3], values[1::3], values[2::3], strict=True)]
    try:
        return struct.pack(f">{len(words)}H", *words) + last
    except struct.error:
        return _overflow()


def _overflow() -> bytes:
    raise ValueError("not Base45: a group is too large")
