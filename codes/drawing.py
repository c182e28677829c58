"""Drawing a code: the `qrcode` library lays the modules out, and they are written here, by hand.

At a fixed mask, since the search for the best one is nine tenths of the library's time and readers do not notice: all
masks are undone alike (ISO/IEC 18004, 7.8). Level M, since glare takes more than level L can give back.
"""

from __future__ import annotations

import struct
import zlib

from codes.placing import draw_long, draw_modules

QUIET = 4
"""Modules of white around a code (ISO/IEC 18004, 5.3.8)."""
_BLACK, _WHITE = "1", "0"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT_DEPTH, _GREY = 1, 0
_LEVEL = 6


def qr_matrix(text: str) -> list[list[bool]]:
    """Rows of modules, True is black, without the quiet zone."""
    return [[module == _BLACK for module in row] for row in draw_modules(text)]


def long_qr_matrix(*parts: str) -> list[list[bool]]:
    """The same of a text whose parts are packed each by its own mode: for a long one, drawn once."""
    return draw_long(*parts)


def to_svg(text: str) -> str:
    """One path in a viewBox of one unit a module."""
    rows = draw_modules(text)
    side = len(rows) + 2 * QUIET
    path = "".join([_row_path(row, y) for y, row in enumerate(rows, QUIET)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>'
    )


def _row_path(row: str, y: int) -> str:
    """A rectangle for each run of black modules."""
    runs: list[str] = []
    row += _WHITE
    start = row.find(_BLACK)
    while start >= 0:
        end = row.index(_WHITE, start)
        runs.append(f"M{start + QUIET} {y}h{end - start}v1h-{end - start}z")
        start = row.find(_BLACK, end)
    return "".join(runs)


def to_png(text: str, scale: int = 8) -> bytes:
    """A PNG of one bit a pixel, `scale` pixels a module."""
    rows = draw_modules(text)
    side = (len(rows) + 2 * QUIET) * scale
    margin = _WHITE * QUIET
    blank = [_scanline(_WHITE * (len(rows) + 2 * QUIET), scale)] * (QUIET * scale)
    lines = blank.copy()
    for row in rows:
        lines += [_scanline(margin + row + margin, scale)] * scale
    lines += blank
    header = struct.pack(">IIBBBBB", side, side, _BIT_DEPTH, _GREY, 0, 0, 0)
    pixels = zlib.compress(b"".join(lines), _LEVEL)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _scanline(modules: str, scale: int) -> bytes:
    """A filter byte of none, and the pixels: in a PNG white is 1, and whole bytes are filled up with it."""
    pixels = "".join([("0" if module == _BLACK else "1") * scale for module in modules])
    padded = pixels + "1" * (-len(pixels) % 8)
    return b"\0" + int(padded, 2).to_bytes(len(padded) // 8, "big")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
