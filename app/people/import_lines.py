"""A line of an import: read, held to the rules, and sealed, before any database is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from phonenumbers import PhoneMetadata

from app.errors import InvalidError
from app.identifiers import new_id
from app.identity.names import read_name
from app.identity.numbers import read_id_number
from app.loading.files import Refusal
from app.loading.running import Prepared
from app.people.registering import new_subject_no
from app.people.rules import normalise_phone
from app.sealing import Vault

LONGEST_LINE = 4096
_LAST_KNOWN = ("name", "id_number", "verified_at")


class LineIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One resident. Who was proven has all of the last three, by whoever proved it; who was not has none of them."""

    phone: str
    name: str | None = None
    id_number: str | None = None
    verified_at: datetime | None = None


def _compile_mobile() -> re.Pattern[str]:
    """The library's own rule of a mobile number of the mainland."""
    metadata = PhoneMetadata.metadata_for_region("CN")
    if metadata is None or metadata.mobile is None or not metadata.mobile.national_number_pattern:
        raise RuntimeError("phonenumbers knows no mobile numbers of the mainland")
    return re.compile(metadata.mobile.national_number_pattern, re.ASCII)


_MAINLAND_MOBILE = _compile_mobile()
_decode = msgspec.json.Decoder(LineIn).decode


def prepare_lines(
    vault: Vault, file_hash: bytes, lines: Sequence[tuple[int, bytes]], now: datetime
) -> Prepared[list[tuple[Any, ...]]]:
    """Rows for the staging table of the lines that are good."""
    rows: list[tuple[Any, ...]] = []
    refusals: list[Refusal] = []
    for line_no, text in lines:
        try:
            rows.append(_seal(vault, file_hash, line_no, _check(text, now)))
        except InvalidError as error:
            refusals.append(Refusal(line_no, "invalid-request", error.pointer))
    return Prepared(rows, refusals)


def _check(text: bytes, now: datetime) -> LineIn:
    if len(text) > LONGEST_LINE:
        raise InvalidError("", "The line is too long.")
    try:
        line = _decode(text)
    except msgspec.ValidationError as error:
        raise InvalidError(_find_pointer(str(error)), "A field is missing, unknown or of another kind.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidError("", "The line is no JSON object.") from None
    phone = read_phone(line.phone)
    given = [name for name in _LAST_KNOWN if getattr(line, name) is not None]
    if not given:
        return LineIn(phone)
    for name in _LAST_KNOWN:
        if name not in given:
            raise InvalidError(f"/{name}", "Name, ID number and time of proof go together.")
    if line.verified_at is None or line.verified_at.tzinfo is None or line.verified_at > now:
        raise InvalidError("/verified_at", "This must be a time that has passed, with its zone.")
    return LineIn(phone, read_name(line.name or ""), read_id_number(line.id_number or "", now).text, line.verified_at)


def read_phone(text: str) -> str:
    """As `normalise_phone` has it, which takes longest of all that is done to a line; most are in its form already."""
    if text.startswith("+86") and _MAINLAND_MOBILE.fullmatch(text, 3):
        return text
    return normalise_phone(text)


def _find_pointer(message: str) -> str:
    """Where msgspec found the fault: it ends with "at `$.phone`" where it was in a field."""
    _, found, path = message.rpartition("`$.")
    return f"/{path.rstrip('`')}" if found else ""


def _seal(vault: Vault, file_hash: bytes, line_no: int, line: LineIn) -> tuple[Any, ...]:
    resident_id = new_id()
    key, wrapped = vault.create_data_key(resident_id)
    return (
        file_hash,
        line_no,
        resident_id,
        new_subject_no(),
        wrapped,
        key.seal(line.phone, "phone"),
        key.seal(line.phone, "phone"),
        key.seal(line.name, "name") if line.name else None,
        key.seal(line.id_number, "id_number") if line.id_number else None,
        line.verified_at,
        vault.indexes("phone", line.phone),
        vault.indexes("identity", line.id_number) if line.id_number else [],
    )
