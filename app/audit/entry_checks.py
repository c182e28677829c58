"""The entries: each leaf has its access or erasure as it was committed, and each of those has its leaf."""

from __future__ import annotations

from datetime import datetime

from app.audit import store
from app.audit.chain_checks import floor_of
from app.audit.encoding import commit_to, encode_access, encode_erasure, encode_erasure_order, read_time
from app.audit.model import FindingKind
from app.audit.report import Report
from app.audit.signing import Verifier
from app.database import Connection, Record

STRAGGLING_US = 60_000_000
"""How long before the newest head's time something may have been recorded and still wait for the next batch."""


def is_due(report: Report, recorded_us: int) -> bool:
    """Whether an entry of this time must have its leaf by now."""
    return report.newest is not None and recorded_us < report.newest.until_us - STRAGGLING_US


async def check_erasures(
    db: Connection, verifier: Verifier, report: Report, *, spoilt: set[int], first_batch: int | None
) -> set[int]:
    """Answers with the subjects whose erasure this deployment did not sign: theirs excuses nothing."""
    await _check_erasure_leaves(db, report, spoilt, first_batch)
    async for page in store.stream_left_over_accesses(db):
        for row in page:
            detail = "its subject's accesses were erased, and it is there"
            report.add(FindingKind.ERASURE_INCOMPLETE, detail, entry_id=row["access_id"])
    forged: set[int] = set()
    async for page in store.stream_erasures(db):
        for row in page:
            erased_us = read_time(row["erased_at"])
            order = encode_erasure_order(row["subject_no"], row["erasure_id"], erased_us)
            if not verifier.verify(row["kid"], order, row["signature"]):
                forged.add(row["subject_no"])
                detail = "no federation key of ours signed this erasure"
                report.add(FindingKind.SIGNATURE_INVALID, detail, entry_id=row["erasure_id"])
            elif not row["is_committed"] and is_due(report, erased_us):
                report.add(FindingKind.ERASURE_NOT_COMMITTED, "it has no leaf", entry_id=row["erasure_id"])
    return forged


async def _check_erasure_leaves(db: Connection, report: Report, spoilt: set[int], first_batch: int | None) -> None:
    async for page in store.stream_committed_erasures(db, first_batch=floor_of(first_batch)):
        for row in page:
            if row["erasure_id"] is None:
                _find(report, FindingKind.ERASURE_REMOVED, "its leaf is there, it is not", row)
            elif commit_to(encode_erasure(row)) != row["commitment"]:
                _find(report, *_what_changed(row, spoilt, FindingKind.ERASURE_CHANGED), row)


async def check_accesses(
    db: Connection, report: Report, *, spoilt: set[int], forged: set[int], first_batch: int | None
) -> None:
    """Each leaf of an access against its access."""
    async for page in store.stream_committed_accesses(db, first_batch=floor_of(first_batch)):
        for row in page:
            if row["access_id"] is None:
                if row["is_erased"] and row["subject_no"] not in forged:
                    report.erased += 1
                else:
                    _find(report, FindingKind.ACCESS_REMOVED, "its leaf is there, it is not", row)
            elif commit_to(encode_access(row)) != row["commitment"]:
                _find(report, *_what_changed(row, spoilt, FindingKind.ACCESS_CHANGED), row)
        report.accesses += len(page)
        report.tell("accesses", report.accesses)


def _what_changed(row: Record, spoilt: set[int], kind: FindingKind) -> tuple[FindingKind, str]:
    """Where the batch still makes its root, its leaves are those that were committed, and the entry is not."""
    if row["batch_no"] in spoilt:
        return FindingKind.LEAF_CHANGED, "it does not make its leaf, and the batch's leaves are not as committed"
    return kind, "it is not what was committed"


def _find(report: Report, kind: FindingKind, detail: str, row: Record) -> None:
    report.add(kind, detail, batch_no=row["batch_no"], entry_id=row["entry_id"])


async def check_pending(db: Connection, report: Report, *, since: datetime | None, latest_us: int) -> int | None:
    """What has no leaf is either waiting for its batch or was passed over; answers with when the oldest waiting was.

    What says that it was recorded after `latest_us` would wait for ever.
    """
    oldest: int | None = None
    async for page in store.stream_uncommitted_accesses(db, since=since):
        for row in page:
            recorded_us = read_time(row["recorded_at"])
            if is_due(report, recorded_us):
                report.add(FindingKind.ACCESS_NOT_COMMITTED, "it has no leaf", entry_id=row["access_id"])
            elif recorded_us > latest_us:
                report.add(FindingKind.ACCESS_NOT_COMMITTED, "its time is still to come", entry_id=row["access_id"])
            else:
                report.waiting += 1
                oldest = recorded_us if oldest is None else min(oldest, recorded_us)
    return oldest
