"""Papers at a window: for whoever stands there, be they without a phone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.credentials.desk import CredentialDesk
from app.credentials.model import IssuedAs, IssuedPaper
from app.credentials.papers import PaperOrder, claim_window_printing, issue_paper, report_all_lost
from app.database import transaction
from app.people.acting import record_office_act
from app.people.model import ResidentCaller, Role
from app.people.presences import require_presence
from app.people.standing import hold_residents
from codes import KeyUse


async def issue_paper_at_window(
    desk: CredentialDesk, caller: ResidentCaller, presence_id: UUID, now: datetime
) -> IssuedPaper:
    """The own paper of the person who stands there. Raises what `require_presence` does, and TooManyRequestsError."""
    await claim_window_printing(desk, caller.resident_id, now)
    places = await desk.places.take(KeyUse.PAPER, 1, now)
    async with transaction(desk.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        await hold_residents(db, presence.resident_id)
        order = PaperOrder(presence.subject_no, caller.resident_id, IssuedAs.WINDOW)
        issued = await issue_paper(db, desk, order, places, now)
        await record_office_act(
            db, desk.vault, caller, "paper.issued", role=Role.WINDOW, object_id=presence.resident_id, now=now
        )
    return issued


async def report_lost_at_window(desk: CredentialDesk, caller: ResidentCaller, presence_id: UUID, now: datetime) -> int:
    """Ends every paper that shows the person who stands there; how many there were."""
    async with transaction(desk.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        ended = await report_all_lost(db, presence.resident_id, now)
        await record_office_act(
            db, desk.vault, caller, "papers.lost", role=Role.WINDOW, object_id=presence.resident_id, now=now
        )
    return ended
