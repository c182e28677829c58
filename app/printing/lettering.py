"""Text as outlines: Noto Sans SC, which is under the SIL Open Font License and covers rare characters of names."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pylopdf_fonts_zh_cn
from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

_FILE = "NotoSansSC-Regular.otf"
_UNKNOWN = ".notdef"


class _Font(msgspec.Struct, frozen=True):
    names: dict[int, str]
    glyphs: Any
    units: int


@cache
def _open_font() -> _Font:
    """Once a process: it takes a second, since most of it is a table of thirty thousand characters."""
    font: Any = TTFont(io.BytesIO(font_file().read_bytes()), lazy=True)
    return _Font(font.getBestCmap(), font.getGlyphSet(), font["head"].unitsPerEm)


def font_file() -> Path:
    """Where the font is, for what is drawn in pixels."""
    return Path(pylopdf_fonts_zh_cn.__file__).with_name(_FILE)


def spell(text: str) -> str:
    """The text, with each character that the font lacks as its number in Unicode.

    A box in its place would make two names one; by the number whoever reads it can look the character up.
    """
    names = _open_font().names
    return "".join(one if ord(one) in names else f"〔U+{ord(one):04X}〕" for one in text)


def measure(text: str, size: float) -> float:
    """How wide a line is."""
    font = _open_font()
    return sum(_width(font, character) for character in text) * size / font.units


def _width(font: _Font, character: str) -> float:
    width: float = font.glyphs[font.names.get(ord(character), _UNKNOWN)].width
    return width


def outline(text: str, x: float, y: float, size: float) -> str:
    """A line's outlines as SVG path commands, from `x` on the baseline `y`."""
    font = _open_font()
    scale = size / font.units
    commands: list[str] = []
    for character in text:
        glyph = font.glyphs[font.names.get(ord(character), _UNKNOWN)]
        pen: Any = SVGPathPen(font.glyphs, ntos=_write)
        glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
        commands.append(pen.getCommands())
        x += glyph.width * scale
    return "".join(commands)


def _write(number: float) -> str:
    """Hundredths of a millimetre are finer than print."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


_NEVER_FIRST = frozenset("，。、；：？！）」』》”’…·％")
"""Marks that a line of Chinese does not begin with: the character before comes along (GB/T 15834, 5.1)."""


def wrap(text: str, width: float, size: float) -> list[str]:
    """Lines that fit: broken at spaces where there are some, within a word where it is too long, as Chinese is."""
    lines: list[str] = []
    line: str = ""
    for character in text:
        if line and measure(line + character, size) > width:
            cut = _find_break(line, character)
            lines.append(line[:cut].rstrip())
            line = line[cut:]
        if line or character != " ":
            line += character
    return [*lines, line] if line else lines


def _find_break(line: str, character: str) -> int:
    """Where a full line is cut, so that what follows may begin the next one."""
    whole = len(line)
    if character in _NEVER_FIRST and whole > 1:
        return whole - 1
    return line.rfind(" ") + 1 or whole if character.isascii() and character != " " else whole
