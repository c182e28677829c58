"""Addresses that nobody came back to: a session that simply runs out ends nothing by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Pool, transaction
from app.devices import store
from push.reaching import remove_addresses

_AT_ONCE = 500


async def forget_left_devices(pool: Pool, now: datetime, *, session_lifetime: timedelta) -> int:
    """Removes the addresses of installations whose sessions ran out; how many."""
    unseen_since, removed, gone = now - session_lifetime, 0, 1
    while gone and (left := await store.list_left(pool, unseen_since=unseen_since, now=now, limit=_AT_ONCE)):
        gone = 0
        for recipient, installation_id in left:
            async with transaction(pool) as db:
                # Whoever has just come back has registered anew.
                gone += await remove_addresses(
                    db, recipient, now=now, address_ids=[installation_id], registered_before=unseen_since
                )
        removed += gone
    return removed
