"""Reading the log of acts, which is an act itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import Act, list_acts
from app.database import Pool, transaction
from app.people.acting import open_reason, record_office_act
from app.people.model import ResidentCaller
from app.sealing import Vault


class ReadAct(msgspec.Struct, frozen=True):
    """An act with its reason opened; None where none was given, or its resident was erased."""

    act: Act
    reason: str | None


class ActFilter(msgspec.Struct, frozen=True):
    """Which acts to read."""

    actor_id: UUID | None = None
    object_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def read_acts(
    pool: Pool,
    vault: Vault,
    caller: ResidentCaller,
    wanted: ActFilter,
    *,
    before: UUID | None,
    limit: int,
    now: datetime,
) -> list[ReadAct]:
    """A page of acts, newest first; whoever watches is watched too."""
    async with transaction(pool) as db:
        found = await list_acts(
            db,
            actor_id=wanted.actor_id,
            object_id=wanted.object_id,
            since=wanted.since,
            until=wanted.until,
            before=before,
            limit=limit,
        )
        await record_office_act(db, vault, caller, "acts.read", object_id=wanted.object_id, now=now)
        return [ReadAct(act, await open_reason(db, vault, act.sealed_reason, act.sealed_for)) for act in found]
