"""Reconciling: what scanners scanned without a network is told later, in any order, twice or half, and counts once.

An entry first gets its place in the scanner's journal, then its code is claimed by one statement on its subject's
shard, and then what became of it is written down. Whatever is cut off in between is done again by the next upload, with
the same outcome; nothing that was answered ever changes. Claims are made in the order of the journal.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Pool
from app.identifiers import new_id
from app.venues import journal_store as store
from app.venues.entry_judging import Claim, Lists, Refused, Scanned, judge_entries, read_past
from app.venues.errors import CodeAlreadyUsedError, CodeRevokedError
from app.venues.journal_order import Sent, Times, find_fresh
from app.venues.journal_store import JournalRow
from app.venues.journals import (
    BEGINNING,
    SKEW_SAID,
    Entry,
    EntryResult,
    find_digest,
    find_skew,
    is_signed,
    read_time,
    write_signed,
)
from app.venues.model import Scanner
from app.venues.scanning import ScanningRoom, claim_key, open_handle
from codes import FORMS, CodeRefusedError, TrustList, base64url

KEPT = timedelta(days=90)
"""How long it is known what became of an entry: far beyond the window in which entries are taken."""
SIGNATURE_INVALID, FORKED = "journal-signature-invalid", "journal-forked"
_AT_ONCE = 4
"""Claims under way at once, on as many of the pool's connections."""
_SALT_BYTES = 16
_NOTICE_LIFE = timedelta(days=30)


class Upload(msgspec.Struct, frozen=True):
    """What a scanner sends at once, and when by its clock."""

    sent_at: datetime
    entries: Sequence[Entry]


class _Settled(msgspec.Struct, frozen=True):
    """What became of an entry just now."""

    result: str
    slug: str | None = None
    warnings: Sequence[str] = ()


_OUTCOMES = {
    "accepted": _Settled("accepted"),
    "answered": _Settled("duplicate"),
    "used": _Settled("conflict", CodeAlreadyUsedError.slug),
    "revoked": _Settled("refused", CodeRevokedError.slug),
    "unknown": _Settled("refused", CodeRevokedError.slug),
    "forked": _Settled("refused", FORKED),
}
"""What the statement's outcomes mean to the scanner."""


async def sync_scans(
    room: ScanningRoom, lists: Lists, scanner: Scanner, upload: Upload, *, window: timedelta, now: datetime
) -> list[EntryResult]:
    """What became of each entry, in the order in which they were sent."""
    sent = await asyncio.to_thread(_read, scanner, upload, find_skew(upload.sent_at, now))
    genuine = [one for one in sent if one is not None]
    held = await _reserve(room.pool, scanner, genuine, now) if genuine else []
    rows = {row.entry_id: row for row in held}
    waiting = {
        one.entry.entry_id: one
        for one in genuine
        if (row := rows.get(one.entry.entry_id)) is not None and row.digest == one.digest and row.result is None
    }
    settled: dict[int, _Settled] = {}
    if waiting:
        is_skewed = abs(upload.sent_at - now) > SKEW_SAID
        settled = await _settle(room, lists, scanner, _Work(list(waiting.values()), held, window, is_skewed, now))
        late = [one for one in waiting.values() if one.entry.sequence not in settled]
        if late:  # another upload of the same entries was faster
            rows |= {row.entry_id: row for row in await _read_held(room.pool, scanner, late)}
    return _answer(upload.entries, sent, rows, Times(held), settled)


class _Work(msgspec.Struct, frozen=True):
    """Entries that have their place and nothing else yet."""

    sent: Sequence[Sent]
    held: Sequence[JournalRow]
    window: timedelta
    is_skewed: bool
    now: datetime


def _read(scanner: Scanner, upload: Upload, skew: timedelta) -> list[Sent | None]:
    """Each with what it signed, and its time set right; None for what this scanner's key did not sign."""
    read: list[Sent | None] = []
    for number, entry in enumerate(upload.entries):
        said_at = read_time(entry.said_at, f"/scans/{number}/scanned_at")
        signed = write_signed(scanner.scanner_id, entry)
        is_genuine = is_signed(signed, entry.signature, scanner.key)
        read.append(Sent(entry, find_digest(signed), said_at, said_at - skew) if is_genuine else None)
    return read


async def _reserve(pool: Pool, scanner: Scanner, genuine: Sequence[Sent], now: datetime) -> list[JournalRow]:
    """Gives those their place that can have one; answers with what is known of the journal around them."""
    held = await _read_held(pool, scanner, genuine)
    fresh = find_fresh(held, genuine)
    if not fresh:
        return held
    places = [
        store.NewEntry(one.entry.sequence, one.entry.entry_id, one.digest, one.previous, one.said_at, one.scanned_at)
        for one in fresh
    ]
    await store.reserve_entries(pool, scanner.scanner_id, places, now)
    return await _read_held(pool, scanner, genuine)


async def _read_held(pool: Pool, scanner: Scanner, sent: Sequence[Sent]) -> list[JournalRow]:
    numbers = {one.entry.sequence for one in sent}
    around = sorted({number + step for number in numbers for step in (-1, 0, 1)})
    ids = [one.entry.entry_id for one in sent]
    return await store.read_entries(pool, scanner.scanner_id, sequences=around, entry_ids=ids, above=min(numbers))


async def _settle(room: ScanningRoom, lists: Lists, scanner: Scanner, work: _Work) -> dict[int, _Settled]:
    """Judges, claims and writes down; answers, by sequence, with what this upload settled."""
    rows = {row.entry_id: row for row in work.held}
    ordered = sorted(work.sent, key=lambda one: one.entry.sequence)
    waiting = [rows[one.entry.entry_id] for one in ordered]
    scanned = [
        Scanned(one.entry.code, row.scanned_at, one.entry.outcome) for one, row in zip(ordered, waiting, strict=True)
    ]
    past = await read_past(room.pool, scanner, [one.at for one in scanned])
    verdicts = await judge_entries(lists, past, scanned, window=work.window, now=work.now)
    found: dict[int, _Settled] = {}
    claims: list[tuple[int, store.OfflineScanRow]] = []
    times = Times(work.held)
    for row, verdict in zip(waiting, verdicts, strict=True):
        made = _prepare(room, lists.current, scanner, verdict, row, is_borne_out=times.bear_out(row), now=work.now)
        if isinstance(made, _Settled):
            found[row.sequence] = made
        else:
            claims.append((row.sequence, made))
    found |= await _claim_all(room.pool, claims)
    return await _write_down(room.pool, scanner, found, is_skewed=work.is_skewed)


def _prepare(
    room: ScanningRoom,
    trust: TrustList,
    scanner: Scanner,
    verdict: Claim | Refused,
    row: JournalRow,
    *,
    is_borne_out: bool,
    now: datetime,
) -> store.OfflineScanRow | _Settled:
    """The claim that an entry makes, or what became of it without one."""
    if isinstance(verdict, Refused):
        return _Settled("refused", verdict.slug) if verdict.slug else _Settled("noted")
    try:
        subject_no = open_handle(room.ring, trust, verdict.code)
    except CodeRevokedError:
        return _Settled("refused", CodeRevokedError.slug)
    except CodeRefusedError as refusal:  # another province's, which only its home can spend
        return _Settled("refused", refusal.slug)
    return _claim(scanner, subject_no, verdict, row, is_borne_out=is_borne_out, now=now)


def _claim(
    scanner: Scanner, subject_no: int, verdict: Claim, row: JournalRow, *, is_borne_out: bool, now: datetime
) -> store.OfflineScanRow:
    code = verdict.code
    return store.OfflineScanRow(
        subject_no=subject_no,
        # A paper is shown again and again: each entry of it is a showing of its own.
        cti=claim_key(code, row.entry_id.bytes),
        kind=code.kind.value,
        form=FORMS[code.use],
        issued_at=code.issued_at,
        certified_at=code.certified_at,
        expires_at=code.expires_at,
        list_no=code.status.list_no if code.status else None,
        place=code.status.index if code.status else None,
        access_id=row.entry_id,
        venue_id=scanner.venue_id,
        scanner_id=scanner.scanner_id,
        staff_id=verdict.staff_id,
        purpose=verdict.purpose,
        fields=verdict.fields,
        salt=os.urandom(_SALT_BYTES),
        scanned_at=row.scanned_at,
        is_borne_out=is_borne_out,
        now=now,
        notice_id=new_id(),
        second_notice_id=new_id(),
        notice_expires_at=now + _NOTICE_LIFE,
    )


async def _claim_all(pool: Pool, claims: Sequence[tuple[int, store.OfflineScanRow]]) -> dict[int, _Settled]:
    """Some at once, but those of one subject one after the other: the first of a journal is the first to claim."""
    by_subject: dict[int, list[tuple[int, store.OfflineScanRow]]] = defaultdict(list)
    for sequence, claim in claims:
        by_subject[claim.subject_no].append((sequence, claim))
    waiting = iter(by_subject.values())
    found: dict[int, _Settled] = {}

    async def work() -> None:
        for one_subjects in waiting:
            for sequence, claim in one_subjects:
                outcome, is_revoked_since = await store.record_offline_scan(pool, claim)
                settled = _OUTCOMES[outcome]
                if outcome == "accepted" and is_revoked_since:
                    settled = msgspec.structs.replace(settled, warnings=["revoked-since"])
                found[sequence] = settled

    # All are awaited, so that nothing goes on behind an answer; what was done of a failed upload is found again.
    ended = await asyncio.gather(*(work() for _ in range(_AT_ONCE)), return_exceptions=True)
    for failure in ended:
        if failure is not None:
            raise failure
    return found


async def _write_down(
    pool: Pool, scanner: Scanner, found: dict[int, _Settled], *, is_skewed: bool
) -> dict[int, _Settled]:
    """Settles what another upload has not settled meanwhile."""
    if is_skewed:
        found = {
            number: msgspec.structs.replace(one, warnings=["clock-skewed", *one.warnings])
            for number, one in found.items()
        }
    done = [(number, one.result, one.slug, one.warnings) for number, one in sorted(found.items())]
    mine = await store.settle_entries(pool, scanner.scanner_id, done)
    return {number: one for number, one in found.items() if number in mine}


def _answer(
    entries: Sequence[Entry],
    sent: Sequence[Sent | None],
    rows: Mapping[UUID, JournalRow],
    times: Times,
    settled: dict[int, _Settled],
) -> list[EntryResult]:
    answers: list[EntryResult] = []
    seen: set[int] = set()
    for entry, one in zip(entries, sent, strict=True):
        row = rows.get(entry.entry_id)
        if one is None:
            answers.append(EntryResult(entry.entry_id, "refused", SIGNATURE_INVALID))
            continue
        if row is None or row.digest != one.digest:
            answers.append(EntryResult(entry.entry_id, "refused", FORKED))
            continue
        is_first = row.sequence in settled and row.sequence not in seen
        seen.add(row.sequence)
        became = settled.get(row.sequence) or _Settled(row.result or "accepted", row.slug, row.warnings)
        result = "duplicate" if became.result == "accepted" and not is_first else became.result
        gap = ["sequence-gap"] if times.has_gap(row.sequence) else []
        answers.append(EntryResult(entry.entry_id, result, became.slug, [*became.warnings, *gap]))
    return answers


async def get_last_entry(pool: Pool, scanner: Scanner) -> tuple[int, str]:
    """The sequence of the last entry that is here, and what the next one names; 0 where none is."""
    row = await store.get_last_entry(pool, scanner.scanner_id)
    return (row["sequence"], base64url.encode(row["digest"])) if row else (0, base64url.encode(BEGINNING))


async def forget_journals(pool: Pool, now: datetime) -> None:
    """Deletes what became of entries that nobody will send again."""
    await store.purge_entries(pool, now - KEPT)
