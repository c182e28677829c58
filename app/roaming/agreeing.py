"""What follows from the two consents to roaming: a row while they stand, and nothing that is left when they end.

Both functions belong into the transaction that changes the consent, which holds the resident.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Executor
from app.roaming import store
from app.roaming.remembering import Memory

LOCATION, BACKGROUND = "location", "location-background"
"""The kinds of consents that roaming rests on; without the first the second lets nobody do anything."""
_CLOCKS = timedelta(seconds=5)
"""By which servers' clocks may differ: what a worker delivers late of one that is ahead is of before the end, too."""


async def follow_consents(
    db: Connection, subject_no: int, resident_id: UUID, standing: Iterable[str], now: datetime
) -> None:
    """Notes which of the two stand after one was given."""
    kinds = set(standing)
    if LOCATION in kinds:
        await store.insert_roamer(db, subject_no, resident_id, in_background=BACKGROUND in kinds, now=now)


async def end_roaming(db: Connection, subject_no: int, resident_id: UUID, now: datetime) -> None:
    """The consent is withdrawn, or the account is over: crossings, their notices and messages go."""
    await store.delete_roamer(db, subject_no)
    await _erase(db, subject_no, resident_id, now)


async def end_background(db: Connection, subject_no: int, resident_id: UUID, now: datetime) -> None:
    """Positions are taken in use alone from now on. What was found meanwhile is erased: nobody knows any more which of
    it was found in the background.
    """
    await store.set_background(db, subject_no, in_background=False)
    await _erase(db, subject_no, resident_id, now)


async def _erase(db: Connection, subject_no: int, resident_id: UUID, now: datetime) -> None:
    """After the roamer's row was held, by which nothing is recorded now: whatever there is goes, however a clock has
    dated it. A last crossing that stayed without a consent would stay for ever.
    """
    await store.delete_crossings(db, subject_no, None)
    await store.delete_notices(db, subject_no, None)
    await store.delete_messages(db, resident_id, None)
    installations = await store.list_installations(db, resident_id)
    await store.insert_end(db, subject_no, resident_id, installations, now + _CLOCKS)


async def forget_places(db: Executor, memory: Memory, resident_id: UUID) -> None:
    """What Valkey remembers of a resident goes at once, after the transaction that ended the consent; where Valkey is
    away, the worker asks it again.
    """
    await memory.forget(resident_id, await store.list_installations(db, resident_id))
