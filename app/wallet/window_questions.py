"""Windows' questions on residents' phones: which matter each is for, and how it ends once it is for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, transaction
from app.people.model import ResidentCaller
from app.people.presences import close_presence
from app.people.sessions import Doorkeeper
from app.wallet import material_store as store
from app.wallet import presentation_store
from app.wallet.matter_book import Matter, list_matters
from app.wallet.presentation_model import Presentation


async def take_back_questions(
    db: Connection, resident_id: UUID, now: datetime, *, presence_id: UUID | None = None
) -> None:
    """Takes back what windows asked of somebody and they have not answered, or what was asked in that presence alone.

    Without it a phone would put two questions after a window asked again, and the window wait for the other one.
    """
    for row in await store.list_unanswered(db, resident_id, now):
        if presence_id in {None, row["presence_id"]}:
            await presentation_store.claim_withdrawal(db, row["presentation_id"], now)


async def end_visit(door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, now: datetime) -> None:
    """The person leaves the window: the presence ends, and with it what their phone still asks them for it.

    Raises what close_presence does.
    """
    resident_id = await close_presence(door, caller, presence_id, now)
    if resident_id is not None:
        async with transaction(door.pool) as db:
            await take_back_questions(db, resident_id, now, presence_id=presence_id)


async def find_matters(db: Executor, questions: Sequence[Presentation]) -> Mapping[UUID, Matter]:
    """By the questions' ids, what windows asked them for; of a day ago and older nobody knows it any more."""
    windows = [one for one in questions if one.staff_id is not None and one.scanner_id is None and one.resident_id]
    if not windows:
        return {}
    residents = sorted({one.resident_id for one in windows if one.resident_id})
    rows = await store.list_asked_for(db, residents, [one.presentation_id for one in windows])
    book = {matter.id: matter for matter in await list_matters(db)} if rows else {}
    return {row["presentation_id"]: book[row["matter_id"]] for row in rows if row["matter_id"] in book}
