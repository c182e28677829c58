"""Unified social credit codes (GB 32100-2015 with amendment 1): what every legal entity in the country is known by.

Eighteen characters without I, O, S, V and Z: the registering authority, the kind of entity as that authority divides
them, six digits of the division that registered it (GB/T 2260), the organisation code of nine (GB 11714), whose last
checks its own eight, and one that checks all seventeen before it.
"""

from __future__ import annotations

import unicodedata
from uuid import UUID, uuid5

import msgspec

from app.errors import InvalidError
from app.provinces import PROVINCES

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18
_LONGEST_TEXT = 64
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_MODULUS = len(_ALPHABET)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0123456789X"
_ORGANISATION_MODULUS = 11
_NATIONAL = "100000"
"""What the national authorities register themselves stands under no province."""

_KINDS = {
    "1": "1239",  # 机构编制: state organs, public institutions, mass organisations
    "2": "19",  # 外交
    "3": "123459",  # 司法行政: law firms, notaries, legal services, forensic institutes, arbitration
    "4": "19",  # 文化
    "5": "1239",  # 民政: associations, private non-enterprises, foundations
    "6": "129",  # 旅游
    "7": "129",  # 宗教
    "8": "19",  # 工会
    "9": "1239",  # 工商: companies, sole traders, farmers' cooperatives
    "A": "19",  # 中央军委改革和编制办公室
    "N": "1239",  # 农业: collective economic organisations of groups, villages, townships
    "Y": "1",  # 其他
}
"""The kinds of entity that each registering authority has."""

_NAMESPACE = UUID("8f0e7d1c-5a86-5d53-9a3a-2b7b4f2d6c10")


class CreditCode(msgspec.Struct, frozen=True):
    """A code that passes every check that needs no registry, and its parts."""

    text: str
    authority: str
    kind: str
    division: str
    organisation_code: str

    @property
    def company_id(self) -> UUID:
        """The id of its entity: the same wherever it is made, so that one code never is two companies."""
        return uuid5(_NAMESPACE, self.text)


def read_credit_code(text: str, *, pointer: str = "/unified_social_credit_code") -> CreditCode:
    """The code that a person typed, in wide or small letters, or with spaces; raises InvalidError."""
    code = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).upper().translate({ord(" "): None, ord("-"): None})
    if len(code) != _LENGTH:
        raise InvalidError(pointer, "A unified social credit code has 18 characters.")
    if any(character not in _ALPHABET for character in code):
        raise InvalidError(pointer, "A unified social credit code has digits, and letters without I, O, S, V and Z.")
    if code[-1] != check_character(code[:-1]):
        raise InvalidError(pointer, "The code's check character is wrong: a character was mistyped.")
    if code[16] != organisation_check(code[8:16]):
        raise InvalidError(pointer, "The organisation code's own check character (the 17th) is wrong.")
    if code[1] not in _KINDS.get(code[0], ""):
        raise InvalidError(pointer, "No authority registers what the first two characters say.")
    if not _is_division(code[2:8]):
        raise InvalidError(pointer, "Characters 3 to 8 are no administrative division.")
    return CreditCode(code, code[0], code[1], code[2:8], code[8:17])


def check_character(body: str) -> str:
    """Of the first seventeen characters (GB/T 17710: weights are powers of 3, modulo 31)."""
    total = sum(_ALPHABET.index(character) * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[-total % _MODULUS]


def organisation_check(body: str) -> str:
    """Of the first eight characters of an organisation code (GB 11714)."""
    values = map(_ORGANISATION_ALPHABET.index, body)
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return _ORGANISATION_CHECKS[-total % _ORGANISATION_MODULUS]


def _is_division(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit()):
        return False
    return digits == _NATIONAL or digits[:2] in PROVINCES


def make_credit_code(organisation: str, *, division: str, authority: str = "9", kind: str = "1") -> CreditCode:
    """A code with both checks right, of eight characters of an organisation: for what is invented."""
    body = f"{authority}{kind}{division}{organisation}{organisation_check(organisation)}"
    return read_credit_code(body + check_character(body))
