"""Committing: each minute the worker takes what was recorded since and puts it under the next head.

A scan writes its access and knows nothing of the log, so scans never wait for each other. What has no leaf yet is found
by its time, looking back over what was taken already: a transaction that committed late is taken late, not lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from app.audit import act_store, store
from app.audit.act_tree import PendingActs, take_acts
from app.audit.encoding import commit_to, encode_access, encode_erasure, encode_leaf, read_time
from app.audit.heads import is_signed, sign_head
from app.audit.merkle import find_root
from app.audit.model import EPOCH, NO_HEAD, Head, LeafKind, from_us, to_us
from app.audit.signing import RingSigner, Signer
from app.audit.witness import WitnessFile, witness_heads
from app.database import Connection, Pool, Record, transaction
from codes import KeyRing

log = structlog.get_logger()

LAG = timedelta(seconds=5)
"""Younger accesses are left for the next batch: by now a scan's transaction is done, so hardly any comes late."""
_HEARTBEAT_US = 30_000_000
"""An empty batch is made only where the last is older, so that two workers do not make twice as many."""
MOST_LEAVES = 100_000
"""Of a batch: what bounds the committer's memory when it has much to catch up with."""

_LOOK_BACK = timedelta(minutes=10)
_LOOK_FAR_BACK = timedelta(days=2)
"""Once an hour: for a server whose clock was wrong."""


class _Entries:
    """What goes into a batch, by subject and id: one leaf each, however often somebody put the row in."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, UUID], tuple[bytes, LeafKind]] = {}
        self.rows = 0
        self.last_us = 0

    def __len__(self) -> int:
        return len(self._found)

    async def take(self, pages: AsyncIterator[list[Record]], kind: LeafKind, encode: Callable[[Record], bytes]) -> None:
        identity, time = ("access_id", "recorded_at") if kind is LeafKind.ACCESS else ("erasure_id", "erased_at")
        async for page in pages:
            for row in page:
                self._found.setdefault((row["subject_no"], row[identity]), (commit_to(encode(row)), kind))
            self.rows += len(page)
            self.last_us = max(self.last_us, read_time(page[-1][time]))

    def add_acts(self, acts: PendingActs) -> None:
        """One entry for all of them: it names no subject, but the batch."""
        self._found[0, UUID(int=acts.batch_no)] = (acts.commitment, LeafKind.ACTS)

    def in_order(self) -> list[tuple[bytes, int, UUID, LeafKind]]:
        """By commitment, which is as good as random: a leaf's place says nothing of when or whom."""
        return sorted((commitment, *key, kind) for key, (commitment, kind) in self._found.items())


async def commit_batch(pool: Pool, ring: KeyRing, *, now: datetime, witness: Path, lag: timedelta = LAG) -> list[Head]:
    """Commits what is due and answers with the new heads: one as a rule, more while catching up.

    None where another worker is at it, or where nothing is due and the last head is fresh.
    """
    signer = RingSigner(ring, now)
    heads: list[Head] = []
    more = True
    while more:
        head, more = await _commit_next(pool, signer, until=now - lag, now=now)
        if head is not None:
            heads.append(head)
            log.info("audit.head", batch_no=head.batch_no, leaf_count=head.leaf_count, head=head.head.hex())
    await witness_heads(pool, WitnessFile(witness), signer, heads)
    return heads


async def _commit_next(pool: Pool, signer: Signer, *, until: datetime, now: datetime) -> tuple[Head | None, bool]:
    """One batch in one transaction, and whether there is more to commit."""
    async with transaction(pool) as db:
        if not await store.claim_turn(db):
            return None, False
        last = await store.get_newest_head(db)
        if last is not None and not is_signed(last, signer):
            log.error("audit.head-forged", batch_no=last.batch_no)  # the chain goes on, and shows it for ever
        entries, until, is_full = await _gather(db, last, until, now)
        acts = await take_acts(
            db, batch_no=last.batch_no + 1 if last else 1, since=_find_start(last, until, now), until=until
        )
        if acts is not None:
            entries.add_acts(acts)
        if not entries and last is not None and abs(to_us(now) - last.created_us) < _HEARTBEAT_US:
            return None, False
        # Sorting and hashing a large batch would hold up whatever else the worker has in hand.
        leaves, head = await asyncio.to_thread(_build, signer, entries, last, until, now)
        if not await store.insert_head(db, head):
            return None, False
        await store.copy_leaves(db, leaves)
        if acts is not None:
            await act_store.copy_act_leaves(db, acts.leaves)
    return head, is_full


async def _gather(db: Connection, last: Head | None, until: datetime, now: datetime) -> tuple[_Entries, datetime, bool]:
    """What was recorded before `until` and has no leaf; where some had to be left, until when it was taken."""
    since = _find_start(last, until, now)
    entries = _Entries()
    accesses = store.stream_pending_accesses(db, since=since, until=until, limit=MOST_LEAVES)
    await entries.take(accesses, LeafKind.ACCESS, encode_access)
    is_full = entries.rows == MOST_LEAVES
    if is_full:  # the oldest were taken; those of the last one's very time may still be among the rest
        until = from_us(entries.last_us)
    erasures = store.stream_pending_erasures(db, since=since, until=until, limit=MOST_LEAVES)
    await entries.take(erasures, LeafKind.ERASURE, encode_erasure)
    return entries, until, is_full


def _find_start(last: Head | None, until: datetime, now: datetime) -> datetime:
    """Some minutes before the last batch's end, once an hour some days; all there is before the first batch.

    A head that a clock running ahead dated into the future must not make those after it pass over what is recorded now.
    """
    if last is None:
        return EPOCH
    done = from_us(max(0, min(last.until_us, to_us(until))))
    is_new_hour = to_us(now.replace(minute=0, second=0, microsecond=0)) > last.created_us
    return done - (_LOOK_FAR_BACK if is_new_hour else _LOOK_BACK)


def _build(
    signer: Signer, entries: _Entries, last: Head | None, until: datetime, now: datetime
) -> tuple[list[store.Leaf], Head]:
    ordered = entries.in_order()
    head = sign_head(
        signer,
        batch_no=last.batch_no + 1 if last else 1,
        until_at=until,
        leaf_count=len(ordered),
        root=find_root([encode_leaf(kind.value, subject, entry, one) for one, subject, entry, kind in ordered]),
        previous_head=last.head if last else NO_HEAD,
        now=now,
    )
    leaves: list[store.Leaf] = [
        (subject_no, entry_id, kind.value, head.batch_no, position, commitment)
        for position, (commitment, subject_no, entry_id, kind) in enumerate(ordered)
    ]
    return leaves, head
