"""So many of something in a span of time, for whoever does it: an address, a resident, a member of staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Executor
from app.errors import TooManyRequestsError
from app.people import store
from app.sealing import Vault

HOUR = timedelta(hours=1)
"""The span of the limits that are set by the hour."""


async def require_quota(db: Executor, vault: Vault, whose: str, most: int, span: timedelta, now: datetime) -> None:
    """Takes one of so many; raises TooManyRequestsError with the seconds until the next. `whose` names what is done as
    well, and is stored as a blind index alone.
    """
    free_at = await store.claim_quota(db, vault.index("quota", whose), most, span, now)
    if free_at is not None:
        raise TooManyRequestsError(int((free_at - now).total_seconds()) + 1)
