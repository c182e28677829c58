"""What is decided about copies without asking anybody: how long one is good, what is written on it, how it stands."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta

from app.errors import InvalidError
from app.identity.numbers import end_of, today
from app.wallet.copy_model import CopyOrder, CopyState, StoredCopy

LONGEST_DAYS = 90
LONGEST_REQUESTER, LONGEST_PURPOSE = 100, 200
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Controls and formats. What Unicode has not assigned may be a character of a name, newer than the table here."""


def read_order(requester: str, purpose: str) -> CopyOrder:
    """For whom and for what, as it is printed: one line each, without anything that is not seen on paper.

    What is invisible could turn a line around, or part one word from another, where paper and page then differ.
    """
    return CopyOrder(
        _read_line("/requester", requester, LONGEST_REQUESTER), _read_line("/purpose", purpose, LONGEST_PURPOSE)
    )


def _read_line(pointer: str, text: str, longest: int) -> str:
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if any(unicodedata.category(character) in _UNSEEN for character in line):
        raise InvalidError(pointer, "It has characters that cannot be seen on paper: type it again by hand.")
    if not 0 < len(line) <= longest:
        raise InvalidError(pointer, f"Say it in 1 to {longest} characters.")
    return line


def last_moment(now: datetime, days: int, licence_until: date | None, binding_until: datetime | None) -> datetime:
    """When it is over: with the last of its days in Beijing's time, and never after what it rests on."""
    last_day = today(now) + timedelta(days=days)
    if licence_until is not None:
        last_day = min(last_day, licence_until)
    return end_of(last_day) if binding_until is None else min(end_of(last_day), binding_until)


def stands_at(copy: StoredCopy, now: datetime, *, good_from: datetime | None, licence_is_good: bool) -> CopyState:
    """How a copy stands; `good_from` is since when copies of its subject's are good, None where none is."""
    if copy.revoked_at is not None or good_from is None or copy.issued_at < good_from:
        return CopyState.REVOKED
    if copy.expires_at <= now:
        return CopyState.ENDED
    return CopyState.GOOD if licence_is_good else CopyState.LICENCE_NOT_GOOD
