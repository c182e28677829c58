"""The order of a journal: each entry has one place, and names the one before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.venues.journal_store import JournalRow
from app.venues.journals import BEGINNING, Entry
from codes import base64url

_STEADY = timedelta(seconds=30)
"""By which a clock that is set right may go back between two entries."""


class Sent(msgspec.Struct, frozen=True):
    """An entry that its scanner signed: what the next one names, and when it was."""

    entry: Entry
    digest: bytes
    said_at: datetime
    scanned_at: datetime
    """When it scanned, set right by how wrong its clock was at sending."""

    @property
    def previous(self) -> bytes:
        return base64url.decode(self.entry.previous)


class _Place(msgspec.Struct, frozen=True):
    entry_id: UUID
    digest: bytes
    previous: bytes


class Ledger:
    """What is known of a scanner's journal around some entries."""

    def __init__(self, held: Iterable[JournalRow]) -> None:
        self._places = {row.sequence: _Place(row.entry_id, row.digest, row.previous) for row in held}
        self._sequences = {place.entry_id: sequence for sequence, place in self._places.items()}

    def fits(self, sent: Sent) -> bool:
        """Whether its place and its id are free, or its own, and its neighbours and it name each other."""
        number, own = sent.entry.sequence, sent.entry.entry_id
        if self._sequences.get(own, number) != number:
            return False
        there = self._places.get(number)
        if there is not None:
            return there.entry_id == own and there.digest == sent.digest
        before, after = self._places.get(number - 1), self._places.get(number + 1)
        if number == 1:
            return sent.previous == BEGINNING and (after is None or after.previous == sent.digest)
        return (before is None or before.digest == sent.previous) and (after is None or after.previous == sent.digest)

    def has(self, sequence: int) -> bool:
        return sequence in self._places

    def add(self, sent: Sent) -> None:
        self._places[sent.entry.sequence] = _Place(sent.entry.entry_id, sent.digest, sent.previous)
        self._sequences[sent.entry.entry_id] = sent.entry.sequence


def find_fresh(held: Iterable[JournalRow], sent: Sequence[Sent]) -> list[Sent]:
    """Those that have no place yet and can have theirs, in their order: of two for one place the first sent."""
    ledger = Ledger(held)
    fresh: list[Sent] = []
    for one in sorted(sent, key=lambda one: one.entry.sequence):
        if not ledger.has(one.entry.sequence) and ledger.fits(one):
            ledger.add(one)
            fresh.append(one)
    return fresh


class Times:
    """When the entries of a journal were, as far as it is known: their order bears out what each says of itself."""

    def __init__(self, held: Iterable[JournalRow]) -> None:
        self._rows = sorted(held, key=lambda row: row.sequence)
        self._sequences = [row.sequence for row in self._rows]

    def bear_out(self, row: JournalRow) -> bool:
        """Whether the nearest known before it does not say a later time: then this one would be dated back."""
        number = bisect_left(self._sequences, row.sequence)
        return number == 0 or self._rows[number - 1].scanned_at <= row.scanned_at + _STEADY

    def has_gap(self, sequence: int) -> bool:
        """Whether the one before it is not here."""
        number = bisect_left(self._sequences, sequence)
        return sequence > 1 and (number == 0 or self._sequences[number - 1] != sequence - 1)
