"""A scanner's journal: what each entry signs, and how entries hang together. docs/journal.md has it for vendors."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import jwt
import msgspec

from app.errors import InvalidError
from app.venues.keys import ALGORITHMS, ScannerKey
from codes import base64url

_FORMAT = "suixing/journal/1"
BEGINNING = bytes(32)
"""What the first entry names as the one before it."""
ACCEPTED = "accepted"
"""The outcome of an entry that claims its code; every other one is a refusal's slug, and is noted."""
SKEW_UNNOTICED = timedelta(seconds=5)
"""A smaller difference between the clocks is the way of the request, and nothing is set right by it."""
SKEW_SAID = timedelta(seconds=30)
"""A larger one is said with each entry."""
AHEAD = timedelta(seconds=30)
"""By which a scan may lie ahead of the server's clock, as a code's time may."""
_ALGORITHMS = {name: jwt.get_algorithm_by_name(name) for name in ALGORITHMS}
_YEARS = range(1970, 2200)
"""A clock whose battery is empty begins with the first; between two of these every distance is a time again."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class Entry(msgspec.Struct, frozen=True):
    """One entry as a scanner sent it."""

    entry_id: UUID
    sequence: int
    previous: str
    code: str
    said_at: str
    """When it scanned by its own clock: the text itself, since it is what was signed."""
    outcome: str
    signature: str | None


class EntryResult(msgspec.Struct, frozen=True):
    """What became of an entry."""

    entry_id: UUID
    result: str
    """'accepted', 'duplicate', 'conflict', 'refused' or 'noted'."""
    slug: str | None = None
    warnings: list[str] = []


def read_time(text: str, pointer: str) -> datetime:
    """A time as a journal writes it, in UTC with milliseconds; raises InvalidError at `pointer`."""
    if _TIME.fullmatch(text):
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            if moment.year in _YEARS:
                return moment
    raise InvalidError(pointer, "The time must be as 2026-11-21T14:16:02.123Z: in UTC, with milliseconds.")


def normalise_code(text: str) -> str:
    """A code as it is signed: what scanners add to it or change in it, folded away."""
    return unicodedata.normalize("NFKC", text.strip()).upper()


def write_signed(scanner_id: UUID, entry: Entry) -> bytes:
    """The bytes that an entry signs, and whose hash the next one names."""
    lines = (
        _FORMAT,
        str(scanner_id),
        str(entry.sequence),
        entry.previous,
        str(entry.entry_id),
        entry.said_at,
        entry.outcome,
        entry.code,
    )
    return "\n".join(lines).encode()


def find_digest(signed: bytes) -> bytes:
    """What the next entry names."""
    return hashlib.sha256(signed).digest()


def is_signed(signed: bytes, signature: str | None, key: ScannerKey | None) -> bool:
    """Whether this scanner's registered key signed it; one without a key, in development alone, signs nothing."""
    if key is None or signature is None:
        return key is None and signature is None
    try:
        raw = base64url.decode(signature)
    except ValueError:
        return False
    return _ALGORITHMS[key.algorithm].verify(signed, key.verifying.key, raw)


def find_skew(sent_at: datetime, now: datetime) -> timedelta:
    """By how much the scanner's clock is ahead of the server's, as it says itself; nothing where it hardly is."""
    skew = sent_at - now
    return skew if abs(skew) > SKEW_UNNOTICED else timedelta()
