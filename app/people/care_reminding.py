"""Telling both of a care relation that its end is near, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Pool, transaction
from app.people import care_store
from app.people.holding import tell_resident

REMINDED_BEFORE = timedelta(days=30)
_AT_ONCE = 200


async def remind_ending(pool: Pool, now: datetime) -> int:
    """Tells everybody whose relation ends within a month; answers with how many."""
    told = 0
    while rows := await care_store.list_ending(pool, now, now + REMINDED_BEFORE, _AT_ONCE):
        for row in rows:
            async with transaction(pool) as db:
                if await care_store.claim_reminder(db, row["resident_id"], row["binding_id"], now):
                    data = {"binding_id": row["binding_id"], "at": row["ends_at"]}
                    await tell_resident(db, row["resident_id"], "care.ending", data, now)
                    told += 1
    return told
