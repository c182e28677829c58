"""Licence identifiers (电子证照标识, GB/T 36904): made, taken apart, and checked.

    1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S
    └ object id ─┘ └ kind ─────────────┘ └ issuer ────────┘ └ serial ─┘ └ version, check

The check is ISO 7064 MOD 37,36 over the four parts before it, joined. It finds every change of one character, and every
swap of two neighbours but of those that follow one another in the alphabet of 0 to 9 and A to Z, as 4 and 5 do: such
swaps it finds most of the time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec
from stdnum.iso7064 import mod_37_36

OBJECT_ID = "1.2.156.3005.2"
"""The arc of electronic licences, which each identifier begins with."""
LONGEST_IDENTIFIER = 128

_CREDIT_CODE = r"[0-9A-HJ-NP-RTUWXY]{18}"
_PARTS = 5
_CHARACTERS = 36
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STEPS: tuple[Mapping[str, int], ...] = tuple(
    {
        character: (((place or _CHARACTERS) * 2) % (_CHARACTERS + 1) + value) % _CHARACTERS
        for value, character in enumerate(_ALPHABET)
    }
    for place in range(_CHARACTERS)
)
"""What mod_37_36 works out for a character: looked up, since files have millions of identifiers."""
_HIGHEST_VERSION = 999


class IdentifierFault(StrEnum):
    """What is wrong with a text that should have been an identifier."""

    FORM = "identifier-malformed"
    """It does not begin as identifiers do, or has not their parts."""
    TYPE = "identifier-type-malformed"
    ISSUER = "identifier-issuer-malformed"
    SERIAL = "identifier-serial-malformed"
    VERSION = "identifier-version-malformed"
    CHECK = "identifier-check-wrong"
    """All parts are of their form, and something in them was changed."""


class IdentifierError(Exception):
    """The text is no identifier; `fault` says which part of it, and what was given is never repeated."""

    def __init__(self, fault: IdentifierFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class LicenceIdentifier(msgspec.Struct, frozen=True):
    """An identifier that passed its check, in its parts."""

    type_code: str
    """Of GB/T 36902: the credit code of the authority that defined the kind, and three digits."""
    issuer_code: str
    """The credit code of whoever issued this licence."""
    serial: str
    version: str
    """Three digits: a licence that is issued again is a new version."""
    check: str

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{OBJECT_ID}.{self.type_code}.{self.issuer_code}.{self.serial}.{self.version}.{self.check}"


_FORMS: tuple[tuple[re.Pattern[str], IdentifierFault], ...] = (
    (re.compile(_CREDIT_CODE + "[0-9]{3}"), IdentifierFault.TYPE),
    (re.compile(_CREDIT_CODE), IdentifierFault.ISSUER),
    (re.compile("[0-9A-Z]{1,64}"), IdentifierFault.SERIAL),
    (re.compile("[0-9]{3}"), IdentifierFault.VERSION),
    (re.compile("[0-9A-Z]"), IdentifierFault.CHECK),
)
_WHOLE = re.compile(re.escape(f"{OBJECT_ID}.") + r"\.".join(f"({form.pattern})" for form, _ in _FORMS))


def make_identifier(type_code: str, issuer_code: str, serial: str, version: int = 1) -> str:
    """The identifier with its check; raises IdentifierError where a part is not of its form."""
    if not 0 <= version <= _HIGHEST_VERSION:
        raise IdentifierError(IdentifierFault.VERSION)
    parts = (type_code, issuer_code, serial, f"{version:03}")
    _require_forms(parts)
    return LicenceIdentifier(*parts, mod_37_36.calc_check_digit("".join(parts))).text


def read_identifier(text: str) -> LicenceIdentifier:
    """The parts of an identifier that is right; raises IdentifierError."""
    whole = _WHOLE.fullmatch(text)
    if whole is None or len(text) > LONGEST_IDENTIFIER:
        raise IdentifierError(_find_fault(text))
    parts = whole.groups()
    if not _is_checked(parts):
        raise IdentifierError(IdentifierFault.CHECK)
    return LicenceIdentifier(*parts)


def _find_fault(text: str) -> IdentifierFault:
    parts = tuple(text[len(OBJECT_ID) + 1 :].split("."))
    if len(text) > LONGEST_IDENTIFIER or not text.startswith(f"{OBJECT_ID}.") or len(parts) != _PARTS:
        return IdentifierFault.FORM
    return next(fault for part, (form, fault) in zip(parts, _FORMS, strict=True) if form.fullmatch(part) is None)


def _is_checked(parts: tuple[str, ...]) -> bool:
    """As mod_37_36.is_valid has it; most licences of a file have kind and issuer in common."""
    return _follow(_follow_common(parts[0], parts[1]), "".join(parts[2:])) == 1


@lru_cache(maxsize=4096)
def _follow_common(type_code: str, issuer_code: str) -> int:
    return _follow(_CHARACTERS // 2, type_code + issuer_code)


def _follow(place: int, text: str) -> int:
    for character in text:
        place = _STEPS[place][character]
    return place


def _require_forms(parts: tuple[str, ...]) -> None:
    for part, (form, fault) in zip(parts, _FORMS, strict=False):
        if form.fullmatch(part) is None:
            raise IdentifierError(fault)
