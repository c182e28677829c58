"""Drawing a code: the `qrcode` library lays the modules out, and they are written here, by hand.

At a fixed mask, since the search for the best one is nine tenths of the library's time and readers do not notice: all
masks are undone alike (ISO/IEC 18004, 7.8). Level M, since glare takes more than level L can give back.
"""

from __future__ import annotations

import struct
import zlib

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4
"""Modules of white around a code (ISO/IEC 18004, 5.3.8)."""
_MASK = 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def qr_matrix(text: str) -> list[list[bool]]:
    """Rows of modules, True is black, without the quiet zone. Upper-case text is laid out as alphanumeric."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=_MASK, border=0)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]


def to_svg(text: str) -> str:
    """One path in a viewBox of one unit a module."""
    rows = qr_matrix(text)
    side = len(rows) + 2 * QUIET
    path = "".join(_row_path(row, y + QUIET) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>'
    )


def _row_path(row: list[bool], y: int) -> str:
    """A rectangle for each run of black modules."""
    runs: list[str] = []
    start = 0
    line = bytes(row) + b"\0"
    while (start := line.find(1, start)) >= 0:
        end = line.index(0, start)
        runs.append(f"M{start + QUIET} {y}h{end - start}v1h-{end - start}z")
        start = end
    return "".join(runs)


def to_png(text: str, scale: int = 8) -> bytes:
    """A PNG of one bit a pixel, `scale` pixels a module."""
    rows = qr_matrix(text)
    side = (len(rows) + 2 * QUIET) * scale
    blank = _scanline("1" * side)
    lines = [blank] * (QUIET * scale)
    for row in rows:
        pixels = "".join(("0" if module else "1") * scale for module in row)
        lines += [_scanline("1" * (QUIET * scale) + pixels + "1" * (QUIET * scale))] * scale
    lines += [blank] * (QUIET * scale)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(lines), 6)) + _chunk(b"IEND", b"")
    )


def _scanline(bits: str) -> bytes:
    """A filter byte of none, and the pixels, padded to a byte."""
    padded = bits + "1" * (-len(bits) % 8)
    return b"\0" + int(padded, 2).to_bytes(len(padded) // 8, "big")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
