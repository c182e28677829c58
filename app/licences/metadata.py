"""What a registry tells of a licence (电子证照元数据, GB/T 36903), read by its kind.

The standard's own elements bear the initials of their Chinese names (`ZZBS` 证照标识, the identifier); what a kind has
besides begins with `KZ_` (扩展, extension). A kind's fields say which element each is read from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache

import msgspec

from app.licences.identifiers import IdentifierError, read_identifier
from app.licences.images import is_picture
from app.licences.model import Content, FieldKind, LicenceType, Standing
from app.licences.rules import is_trusted_issuer

ELEMENTS = frozenset(
    {
        "ZZMC",  # name of the licence
        "ZZLXDM",  # code of its kind
        "ZZBH",  # its number
        "ZZBS",  # its identifier
        "ZZBFJG",  # issuer
        "ZZBFJGDM",  # the issuer's credit code
        "ZZBFRQ",  # issued on
        "CZZT",  # holder
        "CZZTDM",  # the holder's code
        "CZZTDMLX",  # what kind of code that is
        "ZZYXQQSRQ",  # valid from
        "ZZYXQJZRQ",  # valid until
    }
)
"""What the standard itself names; a registry may tell all of them of any licence."""
LONGEST_TEXT = 500
LONGEST_LINES = 5000

_STANDINGS: Mapping[str, Standing] = {
    "10": Standing.VALID,
    "01": Standing.REISSUED,
    "02": Standing.EXPIRED,
    "03": Standing.CANCELLED,
    "04": Standing.REVOKED,
    "05": Standing.WITHDRAWN,
    "09": Standing.OTHER,
}
_DATES = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2})|(\d{4})年(\d{1,2})月(\d{1,2})日")
_YEARS = range(1850, 2300)
_FOR_EVER = frozenset({"长期", "永久", "无固定期限", "99991231", "9999-12-31"})
"""What registries write for a licence without a last day."""
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Controls, and what turns text round or nobody sees; a line's end may stand in a field of lines alone."""


class MetadataFault(StrEnum):
    """What is wrong with an element that a registry told."""

    MISSING = "missing"
    TOO_LONG = "too-long"
    NOT_TEXT = "not-text"
    """It has controls in it, or what nobody sees."""
    NOT_A_DATE = "not-a-date"
    NOT_AN_IMAGE = "not-an-image"
    """No JPEG or PNG in base64 of a size that a card has."""
    IDENTIFIER = "identifier-wrong"
    OTHER_TYPE = "type-differs"
    """The element or the identifier names another kind of licence."""
    OTHER_ISSUER = "issuer-differs"
    """The identifier names another issuer than the element."""
    UNTRUSTED_ISSUER = "issuer-untrusted"
    PERIOD = "period-reversed"
    ENDLESS = "end-missing"
    """Of a kind that always has a last day, one that is told as valid and without it: it would be good for ever."""


class MetadataError(Exception):
    """What was told is no licence of its kind; `pointer` (RFC 6901) says where, and nothing of it is repeated."""

    def __init__(self, element: str, fault: MetadataFault) -> None:
        super().__init__(f"/{element}: {fault.value}")
        self.pointer = f"/{element}"
        self.fault = fault


class Metadata(msgspec.Struct, frozen=True):
    """A licence as a registry told it, but for how it stands."""

    content: Content
    valid_from: date | None
    valid_until: date | None


class MetadataReader:
    """Reads licences of one kind; a file has millions of them."""

    def __init__(self, kind: LicenceType) -> None:
        self.kind = kind
        self._fields = [(field.id, field.source, _READERS[field.kind], field.required) for field in kind.fields]

    def read(self, told: Mapping[str, str]) -> Metadata:
        """A licence out of what was told of it; raises MetadataError at the first thing that is wrong."""
        identifier, issuer_code = _read_identity(self.kind, told)
        fields = self._read_fields(told)
        valid_from, valid_until = _read_period(self.kind, told)
        content = Content(
            identifier=identifier,
            number=fields[self.kind.number_field],
            issuer_name=_require_text(told, "ZZBFJG"),
            issuer_code=issuer_code,
            issued_on=_read_date(told, "ZZBFRQ"),
            fields=fields,
        )
        return Metadata(content, valid_from, valid_until)

    def _read_fields(self, told: Mapping[str, str]) -> dict[str, str]:
        """Their texts as they are kept, without those of which nothing was told that the kind does not require."""
        fields: dict[str, str] = {}
        for name, source, read, is_required in self._fields:
            text = told.get(source)
            kept = None if text is None else read(text, source)
            if kept is not None:
                fields[name] = kept
            elif is_required:
                raise MetadataError(source, MetadataFault.MISSING)
        return fields


def read_standing(code: str) -> Standing:
    """What the standard's state of a licence means here; a code that it has not is not `valid`."""
    return _STANDINGS.get(code, Standing.OTHER)


def _read_identity(kind: LicenceType, told: Mapping[str, str]) -> tuple[str, str]:
    """The identifier and the issuer's code, which say the same as the elements beside them."""
    text, issuer_code = _require_text(told, "ZZBS"), _require_text(told, "ZZBFJGDM")
    try:
        identifier = read_identifier(text)
    except IdentifierError:
        raise MetadataError("ZZBS", MetadataFault.IDENTIFIER) from None
    if identifier.issuer_code != issuer_code:
        raise MetadataError("ZZBS", MetadataFault.OTHER_ISSUER)
    if kind.code_certain:  # nothing rests on a code that is not certain
        if identifier.type_code != kind.code:
            raise MetadataError("ZZBS", MetadataFault.OTHER_TYPE)
        if told.get("ZZLXDM", kind.code) != kind.code:
            raise MetadataError("ZZLXDM", MetadataFault.OTHER_TYPE)
    if not is_trusted_issuer(kind, issuer_code):
        raise MetadataError("ZZBFJGDM", MetadataFault.UNTRUSTED_ISSUER)
    return text, issuer_code


def _read_period(kind: LicenceType, told: Mapping[str, str]) -> tuple[date | None, date | None]:
    """The first and the last day. One that is good no more needs no last day: what has become of it is to be seen."""
    valid_from, valid_until = _read_date(told, "ZZYXQQSRQ"), _read_last_day(told)
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise MetadataError("ZZYXQJZRQ", MetadataFault.PERIOD)
    if valid_until is None and kind.validity == "dated" and read_standing(told.get("ZZZTDM", "")) is Standing.VALID:
        raise MetadataError("ZZYXQJZRQ", MetadataFault.ENDLESS)
    return valid_from, valid_until


def _require_text(told: Mapping[str, str], element: str) -> str:
    text = _read_text(told.get(element, ""), element)
    if text is None:
        raise MetadataError(element, MetadataFault.MISSING)
    return text


def _read_text(told: str, element: str) -> str | None:
    text = told.strip()
    if len(text) > LONGEST_TEXT:
        raise MetadataError(element, MetadataFault.TOO_LONG)
    if not text.isprintable() and ("\n" in text or _UNSEEN.search(text)):  # most texts need no closer look
        raise MetadataError(element, MetadataFault.NOT_TEXT)
    return text or None


def _read_lines(told: str, element: str) -> str | None:
    text = told.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_LINES:
        raise MetadataError(element, MetadataFault.TOO_LONG)
    if _UNSEEN.search(text):
        raise MetadataError(element, MetadataFault.NOT_TEXT)
    return text or None


def _read_image(told: str, element: str) -> str | None:
    text = "".join(told.split())
    if text and not is_picture(text):
        raise MetadataError(element, MetadataFault.NOT_AN_IMAGE)
    return text or None


def _read_day(told: str, element: str) -> str | None:
    day = _parse_told_date(told, element)
    return None if day is None else day.isoformat()


_READERS: Mapping[FieldKind, Callable[[str, str], str | None]] = {
    FieldKind.TEXT: _read_text,
    FieldKind.LINES: _read_lines,
    FieldKind.DATE: _read_day,
    FieldKind.IMAGE: _read_image,
}
"""What is kept of a field's text, by the field's kind; given the text and its element. Each raises MetadataError."""


def _read_last_day(told: Mapping[str, str]) -> date | None:
    """None where the licence has none, be it that registries say so in words."""
    if told.get("ZZYXQJZRQ", "").strip() in _FOR_EVER:
        return None
    return _read_date(told, "ZZYXQJZRQ")


def _read_date(told: Mapping[str, str], element: str) -> date | None:
    return _parse_told_date(told.get(element, ""), element)


def _parse_told_date(told: str, element: str) -> date | None:
    """As ISO 8601 has dates, in either of its forms, or as they are written in Chinese."""
    text = told.strip()
    if not text:
        return None
    try:
        return _parse_date(text)
    except ValueError:
        raise MetadataError(element, MetadataFault.NOT_A_DATE) from None


@lru_cache(maxsize=65536)
def _parse_date(text: str) -> date:
    """Remembered: days come again and again in a registry's file. Raises ValueError."""
    match = _DATES.fullmatch(text)
    if match is None:
        raise ValueError
    year, month, day = (int(part) for part in match.groups() if part is not None)
    read = date(year, month, day)
    if read.year not in _YEARS:
        raise ValueError
    return read
