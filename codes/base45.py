"""Base45 (RFC 9285): bytes as the 45 characters that a QR code packs best.

Of our own, since it stands in the path of every code and every scan: the published package takes several times as long.
All groups are computed at once, each in its own lane of bytes of one large integer, wide enough that none carries into
the next. A text that `encode` would not make is refused, so no two texts mean the same bytes.
"""

from __future__ import annotations

from functools import lru_cache

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE = 45
_SQUARE = _BASE * _BASE
_BYTE = 0xFF
_INVALID = 0xFF
_VALUES = bytes(_ALPHABET.find(code) if code in _ALPHABET else _INVALID for code in range(256))
_CHARACTERS = _ALPHABET + bytes(256 - _BASE)

# Division by a constant, for every number that occurs (tests try them all):
# (n + 1) * 33140 >> 26 is n // 2025 for n < 65536, and n * 2913 >> 17 is n // 45 for n < 2025.
_BY_SQUARE, _SHIFT_SQUARE = 33140, 26
_BY_BASE, _SHIFT_BASE = 2913, 17


def encode(data: bytes) -> str:
    """The text of `data`, upper case."""
    pairs = len(data) // 2
    lanes = bytearray(4 * pairs)
    lanes[2::4], lanes[3::4] = data[0 : 2 * pairs : 2], data[1 : 2 * pairs : 2]
    numbers, ones, low = int.from_bytes(lanes, "big"), _in_each(1, pairs, 4), _in_each(_BYTE, pairs, 4)
    third = (numbers + ones) * _BY_SQUARE >> _SHIFT_SQUARE & low
    rest = numbers - third * _SQUARE
    second = rest * _BY_BASE >> _SHIFT_BASE & low
    first = rest - second * _BASE
    values = bytearray((first << 16 | second << 8 | third).to_bytes(4 * pairs, "big"))
    del values[0::4]
    if len(data) % 2:
        values += bytes((data[-1] % _BASE, data[-1] // _BASE))
    return values.translate(_CHARACTERS).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of `text`; raises ValueError for any other text than `encode` makes."""
    values = text.encode("ascii").translate(_VALUES)
    groups, rest = divmod(len(values), 3)
    if rest == 1 or _INVALID in values:
        raise ValueError("not Base45")
    lanes, low = int.from_bytes(values[: 3 * groups], "big"), _in_each(_BYTE, groups, 3)
    sums = (lanes >> 16 & low) + (lanes >> 8 & low) * _BASE + (lanes & low) * _SQUARE
    data = bytearray(sums.to_bytes(3 * groups, "big"))
    last = values[-2] + values[-1] * _BASE if rest else 0
    if last > _BYTE or data[0::3].count(0) != groups:
        raise ValueError("not Base45: a group is too large")
    del data[0::3]
    if rest:
        data.append(last)
    return bytes(data)


@lru_cache(maxsize=16)
def _in_each(value: int, lanes: int, width: int) -> int:
    """An integer with `value` in each of so many lanes of `width` bytes."""
    return int.from_bytes(value.to_bytes(width, "big") * lanes, "big")
