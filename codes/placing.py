"""Where a QR code of a version has each bit: asked of the `qrcode` library once, and remembered.

The library works out every module anew for every code, which is half of what a drawing costs. Here it is made to lay
out bits that spell their own numbers, so that its answer says where each bit goes; the rules of ISO/IEC 18004 stay with
the library.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Literal, cast

import qrcode
from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import QRData, create_data

_Mode = Literal[1, 2, 4]
_Place = Callable[[str], tuple[str, ...]]
_MASK = 2
_NOTHING = "0"


def draw_modules(text: str) -> list[str]:
    """The rows of a code without its quiet zone, a "1" for each black module; ValueError for a text that fits none."""
    data = QRData(text)
    version = _fit(data.mode, len(data))
    side, frame, place = _plan(version)
    bits = "".join([f"{byte:08b}" for byte in create_data(version, ERROR_CORRECT_M, [data])]) + _NOTHING
    modules = f"{int(''.join(place(bits)), 2) ^ frame:0{side * side}b}"
    return [modules[start : start + side] for start in range(0, side * side, side)]


@lru_cache(maxsize=64)
def _fit(mode: _Mode, length: int) -> int:
    """The smallest version, which mode and length alone decide."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(QRData(b"0" * length, mode))
    return int(code.best_fit())


@lru_cache(maxsize=8)
def _plan(version: int) -> tuple[int, int, _Place]:
    """Side; what is black where every bit is 0, as one number; and which bit each module takes, row by row."""
    count = 8 * sum(block.total_count for block in rs_blocks(version, ERROR_CORRECT_M))
    frame = _lay_out(version, "0" * count)
    digits = [
        frame ^ _lay_out(version, "".join(str(number >> digit & 1) for number in range(count)))
        for digit in range(count.bit_length())
    ]
    taken = frame ^ _lay_out(version, "1" * count)
    side = 17 + 4 * version
    places = [
        sum((number >> at & 1) << digit for digit, number in enumerate(digits)) if taken >> at & 1 else count
        for at in reversed(range(side * side))
    ]
    return side, frame, cast("_Place", itemgetter(*places))


def _lay_out(version: int, bits: str) -> int:
    """The modules, row by row, as the library lays out these codewords."""
    code = qrcode.QRCode(version, ERROR_CORRECT_M)
    code.data_cache = [int(bits[start : start + 8], 2) for start in range(0, len(bits), 8)]
    code.makeImpl(False, _MASK)
    return int("".join("1" if module else "0" for row in code.modules for module in row), 2)


def draw_long(*parts: str) -> list[list[bool]]:
    """The modules of a long code that is drawn once: planning its version would cost more than laying it out.

    Each part is packed by the mode that fits it (ISO/IEC 18004, 7.3), so that capitals are not paid as bytes.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=_MASK)
    for part in parts:
        code.add_data(part, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]
