"""Names as cards bear them: Chinese ones with rare characters and the dot ·, and foreigners in Latin letters."""

from __future__ import annotations

import re
import unicodedata

from app.errors import InvalidError

LONGEST_NAME = 50
_LONGEST_TEXT = 4 * LONGEST_NAME
"""Before it is normalised; what is longer is no name however it is written."""

_DOT = "·"
_DOT_LOOK_ALIKES = "•‧・･⋅∙᛫ꞏ●．.。｡"
"""What keyboards and forms put for U+00B7. Between ideographs a full stop can mean nothing else."""

# CJK unified ideographs and their extensions A to I; 〇, which some bear; and the twelve of the compatibility block
# that are unified ideographs all the same (The Unicode Standard, section 18.1). NFC makes plain ones of the others.
_IDEOGRAPHS = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
    "\U00020000-\U0002a6df\U0002a700-\U0002ebef\U0002ebf0-\U0002ee5f\U00030000-\U0003134f\U00031350-\U000323af"
)
_CHINESE = re.compile(f"[{_IDEOGRAPHS}]+(?:{_DOT}[{_IDEOGRAPHS}]+)*")
_HAS_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")

_LATIN_LOOK_ALIKES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "，": ",", "\u00a0": " "}
)
_WIDE_LATIN = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)} | {0x3000: " "}
_LATIN_PARTS = re.compile(r"(?:, ?| |[-']| ?- ?)")

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PRIVATE = "Co"


def read_name(text: str, *, pointer: str = "/name") -> str:
    """The name that a person typed, in its normal form; raises InvalidError, which never repeats what was typed."""
    if len(text) > _LONGEST_TEXT:
        raise InvalidError(pointer, f"A name has {LONGEST_NAME} characters at most.")
    categories = {unicodedata.category(character) for character in text.strip()}
    if _PRIVATE in categories:
        raise InvalidError(pointer, "The name has a private-use character: write the rare character as Unicode has it.")
    if categories & _UNSEEN:
        raise InvalidError(pointer, "The name has a character that cannot be seen.")
    plain = unicodedata.normalize("NFC", text.strip())
    name = _read_chinese(plain, pointer) if _HAS_IDEOGRAPH.search(plain) else _read_latin(plain, pointer)
    if len(name) > LONGEST_NAME:
        raise InvalidError(pointer, f"A name has {LONGEST_NAME} characters at most.")
    return name


def _read_chinese(plain: str, pointer: str) -> str:
    name = plain.translate({ord(character): _DOT for character in _DOT_LOOK_ALIKES})
    if not _CHINESE.fullmatch(name):
        raise InvalidError(pointer, "A Chinese name has ideographs, with single dots (·) between them at most.")
    return name


def _read_latin(plain: str, pointer: str) -> str:
    name = " ".join(plain.translate(_WIDE_LATIN).translate(_LATIN_LOOK_ALIKES).split())
    parts = _LATIN_PARTS.split(name)
    if not all(part and all(_is_latin_letter(character) for character in part) for part in parts):
        raise InvalidError(
            pointer,
            "A name has ideographs, or Latin letters with spaces, hyphens, apostrophes and commas between them.",
        )
    return name


def _is_latin_letter(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")


def compare_form(name: str) -> str:
    """What two ways of writing one name have in common: foreigners' names in any case, with or without the comma."""
    return " ".join(re.split(r"[ ,]+", name.casefold())).strip()
