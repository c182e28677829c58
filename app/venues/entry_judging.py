"""Judging an entry of a journal as of the moment when it was scanned: what may be decided without its subject."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import msgspec

from app.database import Pool, Record
from app.venues import journal_store as store
from app.venues.errors import CodeFormRefusedError, ShiftRequiredError, VenueNotApprovedError
from app.venues.journals import ACCEPTED, AHEAD, normalise_code
from app.venues.model import Scanner
from codes import CodeRefusedError, TrustList, VerifiedCode, takes_form, verify_any

TOO_OLD, FROM_FUTURE = "journal-too-old", "journal-from-future"
SCANNER_ENDED = "scanner-ended"
_ISSUER_UNKNOWN = "code-issuer-unknown"

AsOf: TypeAlias = Callable[[datetime], Awaitable[TrustList | None]]
"""The trust list that was published last at some time."""


class Lists(msgspec.Struct, frozen=True):
    """The trust list of now, and those of before: a key may have come to its end since a scan."""

    current: TrustList
    as_of: AsOf


class Scanned(msgspec.Struct, frozen=True):
    """What an entry says: which code, when, and how it ended there."""

    code: str
    at: datetime
    outcome: str


class Refused(msgspec.Struct, frozen=True):
    """It claims nothing; without a slug it was refused on the spot already, and is noted."""

    slug: str | None


class Claim(msgspec.Struct, frozen=True):
    """It was a scan, if its subject bears it out."""

    code: VerifiedCode
    purpose: str
    fields: list[str]
    staff_id: UUID | None


class Past(msgspec.Struct, frozen=True):
    """How a scanner and its venue stood over the time of some entries."""

    ending: store.Ending
    standings: Sequence[store.Standing]
    shifts: Sequence[Record]

    def find_standing(self, at: datetime) -> store.Standing | None:
        number = bisect_right(self.standings, at, key=lambda one: one.since_at)
        return self.standings[number - 1] if number else None

    def find_staff(self, at: datetime) -> UUID | None:
        """Who was signed in then."""
        found = [shift["staff_id"] for shift in self.shifts if shift["opened_at"] <= at < shift["until_at"]]
        return found[-1] if found else None

    def has_ended(self, at: datetime) -> bool:
        return at >= self.ending.expires_at or (self.ending.revoked_at is not None and at >= self.ending.revoked_at)


async def read_past(db: Pool, scanner: Scanner, times: Sequence[datetime]) -> Past:
    """What has to be known for entries of these times."""
    return Past(
        await store.require_ending(db, scanner.scanner_id),
        await store.list_standings(db, scanner.venue_id),
        await store.list_shifts(db, scanner.scanner_id, since=min(times), until=max(times)),
    )


async def judge_entries(
    lists: Lists, past: Past, scanned: Sequence[Scanned], *, window: timedelta, now: datetime
) -> list[Claim | Refused]:
    """In their order. Signatures are verified beside the event loop, since there may be many."""
    judged: list[Claim | Refused | None] = [_judge_without_code(past, one, window, now) for one in scanned]
    open_ones = [number for number, verdict in enumerate(judged) if verdict is None]
    codes = await _verify(lists, [scanned[number] for number in open_ones], now)
    for number, code in zip(open_ones, codes, strict=True):
        judged[number] = _judge_code(past, code, scanned[number].at)
    return [verdict for verdict in judged if verdict is not None]


def _judge_without_code(past: Past, one: Scanned, window: timedelta, now: datetime) -> Refused | None:
    if one.outcome != ACCEPTED:
        return Refused(None)
    standing = past.find_standing(one.at)
    faults = (
        (TOO_OLD, one.at < now - window),
        (FROM_FUTURE, one.at > now + AHEAD),
        (SCANNER_ENDED, past.has_ended(one.at)),
        (VenueNotApprovedError.slug, standing is None or not standing.is_approved),
        (ShiftRequiredError.slug, past.ending.requires_shift and past.find_staff(one.at) is None),
    )
    return next((Refused(slug) for slug, is_so in faults if is_so), None)


def _judge_code(past: Past, code: VerifiedCode | str, at: datetime) -> Claim | Refused:
    standing = past.find_standing(at)
    if isinstance(code, str) or standing is None:
        return Refused(code if isinstance(code, str) else VenueNotApprovedError.slug)
    if not takes_form(code.use, fields=standing.fields, strict=standing.strict):
        return Refused(CodeFormRefusedError.slug)
    # Nothing was answered: all that a scanner can read of a code by itself is its kind.
    fields = [field for field in standing.fields if field == "kind"]
    return Claim(code, standing.purpose, fields, past.find_staff(at))


async def _verify(lists: Lists, scanned: Sequence[Scanned], now: datetime) -> list[VerifiedCode | str]:
    """Each code as of when it was scanned, or the slug of what is wrong with it."""
    found = await asyncio.to_thread(lambda: [_verify_one(one, lists.current) for one in scanned])
    older: dict[datetime, TrustList | None] = {}
    for number, one in enumerate(scanned):
        if found[number] != _ISSUER_UNKNOWN:
            continue
        hour = one.at.replace(minute=0, second=0, microsecond=0)
        if hour not in older:
            older[hour] = await lists.as_of(hour)
        held = older[hour]
        if held is not None:
            found[number] = _verify_by_ended_key(one, held, now)
    return found


def _verify_one(one: Scanned, trust: TrustList) -> VerifiedCode | str:
    try:
        return verify_any(normalise_code(one.code), trust, one.at)
    except CodeRefusedError as refusal:
        return refusal.slug


def _verify_by_ended_key(one: Scanned, trust: TrustList, now: datetime) -> VerifiedCode | str:
    """By a list of then, and by a key of it that has come to its end since. One that would still be good and is on the
    list no more was withdrawn: whoever has it can date anything back.
    """
    code = _verify_one(one, trust)
    if isinstance(code, str):
        return code
    keys = trust.find(code.use, code.kid)
    return code if all(key.not_after <= now.timestamp() for key in keys) else _ISSUER_UNKNOWN
