"""How often somebody may change where and of what they are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import transaction
from app.devices.model import DeviceDesk
from app.people.model import ResidentCaller
from app.people.quotas import require_quota
from app.people.standing import require_control

_DAY = timedelta(hours=24)


async def claim_change(desk: DeviceDesk, caller: ResidentCaller, what: str, most: int, now: datetime) -> None:
    """Takes one of so many a day from the caller's resident, where they may change anything.

    A thief who has the phone's number alone would otherwise use them up, and the owner could not remove a place.
    """
    async with transaction(desk.pool) as db:
        await require_control(db, caller, now)
        await require_quota(db, desk.vault, f"{what}:{caller.resident_id}", most, _DAY, now)
