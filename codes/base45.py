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
_INVALID = 255
_VALUES = bytes(_ALPHABET.find(code) if code in _ALPHABET else _INVALID for code in range(256))
_CHARACTERS = _ALPHABET + bytes(256 - _BASE)

# Division by a constant: (n * multiplier) >> shift is n // divisor for every n that occurs (tests try them all).
_BY_SQUARE, _SHIFT_SQUARE = 66281, 27
_BY_BASE, _SHIFT_BASE = 2913, 17
_BYTE = 0xFF


def encode(data: bytes) -> str:
    """The text of `data`, upper case."""
    pairs = len(data) // 2
    lanes = bytearray(5 * pairs)
    lanes[3::5], lanes[4::5] = data[0 : 2 * pairs : 2], data[1 : 2 * pairs : 2]
    numbers, lowest = int.from_bytes(lanes, "big"), _low_bytes(pairs)
    third = (numbers * _BY_SQUARE >> _SHIFT_SQUARE) & lowest
    rest = numbers - third * _SQUARE
    second = (rest * _BY_BASE >> _SHIFT_BASE) & lowest
    first = rest - second * _BASE
    groups = (first << 16 | second << 8 | third).to_bytes(5 * pairs, "big")
    values = bytearray(3 * pairs)
    values[0::3], values[1::3], values[2::3] = groups[2::5], groups[3::5], groups[4::5]
    if len(data) % 2:
        values += bytes((data[-1] % _BASE, data[-1] // _BASE))
    return values.translate(_CHARACTERS).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of `text`; raises ValueError for any other text than `encode` makes."""
    values = text.encode("ascii").translate(_VALUES)
    groups, rest = divmod(len(values), 3)
    if rest == 1 or _INVALID in values:
        raise ValueError("not Base45")
    end = 3 * groups
    first, second, third = values[0:end:3], values[1:end:3], values[2:end:3]
    sums = (_in_lanes(first) + _BASE * _in_lanes(second) + _SQUARE * _in_lanes(third)).to_bytes(4 * groups, "big")
    last = values[-2] + _BASE * values[-1] if rest else 0
    if last > _BYTE or sums[1::4].count(0) != groups:
        raise ValueError("not Base45: a group is too large")
    data = bytearray(2 * groups)
    data[0::2], data[1::2] = sums[2::4], sums[3::4]
    if rest:
        data.append(last)
    return bytes(data)


def _in_lanes(values: bytes) -> int:
    """One integer that holds each value in four bytes of its own."""
    lanes = bytearray(4 * len(values))
    lanes[3::4] = values
    return int.from_bytes(lanes, "big")


@lru_cache(maxsize=8)
def _low_bytes(lanes: int) -> int:
    """The mask of each lane's lowest byte, in lanes of five."""
    return int.from_bytes(b"\0\0\0\0\xff" * lanes, "big")
