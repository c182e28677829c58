"""Turning a venue down, and stopping one that scans; its manager is told in words."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Pool, transaction
from app.errors import NotFoundError
from app.people.acting import record_office_act
from app.people.holding import tell_resident
from app.people.model import ResidentCaller, Role
from app.sealing import Vault
from app.venues import journal_store, judging_store, store
from app.venues.errors import VenueJudgedError

_ACTS = {"rejected": "venue.rejected", "suspended": "venue.suspended"}
"""What the log of acts and the manager's message call it."""


async def reject_venue(
    pool: Pool, vault: Vault, caller: ResidentCaller, venue_id: UUID, *, words: str, now: datetime
) -> None:
    """Turns down a venue that waits for its approval."""
    await _judge(pool, vault, caller, venue_id, judgement="rejected", words=words, now=now)


async def suspend_venue(
    pool: Pool, vault: Vault, caller: ResidentCaller, venue_id: UUID, *, words: str, now: datetime
) -> None:
    """Stops an approved venue: its scanners are refused within seconds, until it is approved again."""
    await _judge(pool, vault, caller, venue_id, judgement="suspended", words=words, now=now)


async def _judge(
    pool: Pool, vault: Vault, caller: ResidentCaller, venue_id: UUID, *, judgement: str, words: str, now: datetime
) -> None:
    async with transaction(pool) as db:
        manager_id = await judging_store.judge_venue(
            db, venue_id, judgement=judgement, words=words, was_approved=judgement == "suspended", now=now
        )
        if manager_id is None:
            raise NotFoundError if await store.get_venue(db, venue_id) is None else VenueJudgedError
        await journal_store.note_standing(db, venue_id, now)
        act = _ACTS[judgement]
        await record_office_act(db, vault, caller, act, role=Role.OPERATOR, object_id=venue_id, reason=words, now=now)
        await tell_resident(db, manager_id, act, {"venue_id": venue_id, "at": now}, now)
