"""The chain: batches in their order, each made of its leaves, signed, and joined to the one before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from app.audit import store
from app.audit.encoding import encode_leaf
from app.audit.heads import encode, heads_since, is_whole
from app.audit.merkle import RootBuilder
from app.audit.model import NO_HEAD, FindingKind, Head
from app.audit.report import Report, say_time
from app.audit.signing import Verifier
from app.database import Connection, Record

BEFORE_ALL = -(2**63)


class _Tally:
    """The leaves of one batch as they are now."""

    def __init__(self) -> None:
        self.tree = RootBuilder()
        self.last = -1
        self.missing = 0
        self.repeated = 0

    def add(self, row: Record) -> None:
        step = row["position"] - self.last
        self.missing += max(0, step - 1)
        self.repeated += step < 1
        self.last = row["position"]
        self.tree.add(encode_leaf(row["kind"], row["subject_no"], row["entry_id"], row["commitment"]))


class _Leaves:
    """All leaves in the trees' order, given out batch by batch."""

    def __init__(self, pages: AsyncIterator[list[Record]], report: Report) -> None:
        self._pages = pages
        self._report = report
        self._page: Sequence[Record] = ()
        self._at = 0
        self._done = 0

    async def _current(self) -> Record | None:
        if self._at == len(self._page):
            self._done += len(self._page)
            self._report.tell("leaves", self._done)
            page = await anext(self._pages, None)
            self._page, self._at = page or (), 0
        return self._page[self._at] if self._page else None

    async def next_batch(self) -> int | None:
        """Of the first leaf that was not given out."""
        row = await self._current()
        return row["batch_no"] if row else None

    async def take(self, batch_no: int) -> _Tally:
        tally = _Tally()
        while (row := await self._current()) is not None and row["batch_no"] == batch_no:
            tally.add(row)
            self._at += 1
        return tally


async def check_chain(
    db: Connection, verifier: Verifier, report: Report, *, first_batch: int | None, silence_us: int
) -> set[int]:
    """Answers with the batches whose leaves are not those that were committed."""
    leaves = _Leaves(store.stream_leaves(db, first_batch=floor_of(first_batch)), report)
    spoilt: set[int] = set()
    previous = await _before(db, first_batch)
    expected = first_batch or 1
    seen = floor_of(first_batch) - (first_batch is not None)
    while page := await heads_since(db, seen):
        for head in page:
            if head.batch_no > expected:
                _miss(report, expected, head.batch_no - 1)
                previous = None
            _check_head(head, previous, verifier, report)
            _note_silence(head, previous, silence_us, report)
            await _pass_over(leaves, head.batch_no, spoilt, report)
            if _check_leaves(head, await leaves.take(head.batch_no), report):
                spoilt.add(head.batch_no)
            previous, expected = head, max(expected, head.batch_no + 1)
            report.batches += 1
        seen = page[-1].batch_no
        report.tell("batches", report.batches)
    await _pass_over(leaves, None, spoilt, report)
    report.newest = previous
    return spoilt


def floor_of(first_batch: int | None) -> int:
    """The least batch number to read: without a start, even those that nobody would give."""
    return BEFORE_ALL if first_batch is None else first_batch


async def _before(db: Connection, first_batch: int | None) -> Head | None:
    """The head that the first one must name; the one before a later start is taken as it is."""
    if first_batch is None or first_batch <= 1:
        return None
    found = await store.list_heads(db, first_batch - 2, limit=1)
    return found[0] if found and found[0].batch_no == first_batch - 1 else None


def _miss(report: Report, first: int, last: int) -> None:
    detail = "it is gone" if first == last else f"it and all to batch {last} are gone"
    report.add(FindingKind.BATCH_REMOVED, detail, batch_no=first)


def _check_head(head: Head, previous: Head | None, verifier: Verifier, report: Report) -> None:
    if not is_whole(head):
        report.add(FindingKind.BATCH_CHANGED, "its columns do not make its head", batch_no=head.batch_no)
    elif not verifier.verify(head.kid, encode(head), head.signature):
        report.add(FindingKind.SIGNATURE_INVALID, "no federation key of ours signed it", batch_no=head.batch_no)
    named = previous.head if previous else NO_HEAD if head.batch_no == 1 else None
    if named is not None and head.previous_head != named:
        report.add(FindingKind.CHAIN_BROKEN, "it follows another head than the one before it", batch_no=head.batch_no)


def _note_silence(head: Head, previous: Head | None, silence_us: int, report: Report) -> None:
    """A worker that stood still is worth knowing of; what it missed, it took up afterwards."""
    if previous and head.created_us - previous.created_us > silence_us:
        report.note(f"silence: no head between {say_time(previous)} and {say_time(head)}, batch {head.batch_no}")


def _check_leaves(head: Head, tally: _Tally, report: Report) -> bool:
    """Whether something is wrong with them."""
    count = tally.tree.count
    if tally.repeated or count > head.leaf_count:
        detail = f"it has {count} leaves, {head.leaf_count} were committed"
        report.add(FindingKind.LEAF_ADDED, detail, batch_no=head.batch_no)
    elif tally.missing or count < head.leaf_count:
        detail = f"{head.leaf_count - count} of its {head.leaf_count} leaves are gone"
        report.add(FindingKind.LEAF_REMOVED, detail, batch_no=head.batch_no)
    elif tally.tree.root() != head.root:
        report.add(FindingKind.LEAF_CHANGED, "its leaves do not make its root", batch_no=head.batch_no)
    else:
        return False
    return True


async def _pass_over(leaves: _Leaves, until: int | None, spoilt: set[int], report: Report) -> None:
    """Leaves of batches that are not there; a gap between two batches was told already."""
    while (batch_no := await leaves.next_batch()) is not None and (until is None or batch_no < until):
        tally = await leaves.take(batch_no)
        spoilt.add(batch_no)
        if until is None or batch_no < 1:
            detail = f"{tally.tree.count} leaves name a batch that is not there"
            report.add(FindingKind.BATCH_REMOVED, detail, batch_no=batch_no)
