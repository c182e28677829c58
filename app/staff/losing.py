"""The hotline and lost papers: who carries one may have no other way to say so than to call."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.credentials.papers import report_all_lost
from app.database import transaction
from app.people.acting import record_office_act
from app.people.model import ResidentCaller, Role
from app.people.sessions import Doorkeeper
from app.staff.desk import require_look


async def report_lost_for_caller(
    door: Doorkeeper, caller: ResidentCaller, look_id: UUID, *, reason: str, now: datetime
) -> int:
    """Ends every paper that shows the resident of a look, as they could themself; how many there were."""
    async with transaction(door.pool) as db:
        resident_id = await require_look(db, caller, look_id, now)
        ended = await report_all_lost(db, resident_id, now)
        await record_office_act(
            db,
            door.vault,
            caller,
            "papers.lost",
            role=Role.OPERATOR,
            object_id=resident_id,
            reason=reason,
            about=resident_id,
            now=now,
        )
    return ended
