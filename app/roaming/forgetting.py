"""Forgetting in time: crossings that are old, and what was still under way when a consent ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Pool, transaction
from app.people.merging import list_merged_subjects
from app.roaming import store
from app.roaming.agreeing import end_roaming
from app.roaming.remembering import Memory

SETTLED = timedelta(minutes=1)
"""A report, or a notice that a worker holds, is over by then: what they left is erased for good. Longer than a worker
may hold a message that is not in its inbox yet (push/lane.py).
"""
_AT_ONCE = 200
_PAGE = 1000


async def settle_ends(pool: Pool, memory: Memory, now: datetime) -> int:
    """Erases once more what ended a while ago; what Valkey does not confirm comes again. Answers with how many."""
    settled = 0
    for end in await store.list_ends(pool, now - SETTLED, _AT_ONCE):
        if not await memory.forget(end["resident_id"], end["installation_ids"]):
            continue
        async with transaction(pool) as db:
            await store.delete_crossings(db, end["subject_no"], end["ended_at"])
            await store.delete_notices(db, end["subject_no"], end["ended_at"])
            await store.delete_messages(db, end["resident_id"], end["ended_at"])
            await store.delete_end(db, end["subject_no"], end["ended_at"])
        settled += 1
    return settled


async def forget_crossings(pool: Pool, now: datetime, *, kept: timedelta) -> None:
    """What is older says where somebody was, and serves nothing any more; where they came last is where they are."""
    while found := await store.list_followed(pool, now - kept, _PAGE):
        await store.delete_followed(pool, sorted(set(found)), now - kept)
        if len(found) < _PAGE:
            break


async def forget_merged_roamers(pool: Pool, now: datetime) -> None:
    """An account that became a part of another is nobody's any more; the other has agreed for itself, or has not."""
    for resident_id, subject_no in await list_merged_subjects(pool, now):
        async with transaction(pool) as db:
            if await store.has_roamed(db, subject_no):
                await end_roaming(db, subject_no, resident_id, now)
