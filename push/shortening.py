"""Texts made to fit: without what no screen shows, and cut between whole characters."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import regex

ELLIPSIS = "…"
_CHARACTER = regex.compile(r"\X")
_BREAKS = regex.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_CONTROL = regex.compile(r"[^\P{Cc}\t\n]")


def count_units(text: str) -> int:
    """How long a text is by the count that gives most of all in use: an emoji may be two, as in Java and JavaScript."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def count_json_bytes(text: str) -> int:
    """How many bytes a text takes within JSON, escapes included."""
    return len(msgspec.json.encode(text)) - 2


def clean_line(text: str) -> str:
    """The text in one line, its spaces made single, without control characters and halves of characters."""
    return " ".join(_mend(text).split())


def clean_lines(text: str) -> str:
    """The same line by line, without empty ones."""
    lines = (" ".join(line.split()) for line in _mend(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _mend(text: str) -> str:
    if text.isprintable():
        return text
    # Halves that belong together become what they are halves of; a half alone is nothing.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _CONTROL.sub("", _BREAKS.sub("\n", whole))


def shorten(text: str, limit: int, count: Callable[[str], int] = count_units) -> str:
    """The text, or as many of its characters as fit with an ellipsis behind them; nothing where not even that fits.

    A character is what a reader takes for one: a family of emoji and a letter with its accents are cut as a whole.
    """
    if count(text) <= limit:
        return text
    left = limit - count(ELLIPSIS)
    if left < 0:
        return ""
    end = 0
    for found in _CHARACTER.finditer(text):
        left -= count(found[0])
        if left < 0:
            break
        end = found.end()
    return f"{text[:end].rstrip()}{ELLIPSIS}"
