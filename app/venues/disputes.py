"""Disputes: a resident says that a look was not them, and the desk answers. Whose look it was, it is not told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool, Record, transaction
from app.errors import NotFoundError
from app.people import store as people_store
from app.people.acting import record_office_act
from app.people.holding import tell_resident
from app.people.model import ResidentCaller, Role
from app.people.rules import require_own_eyes
from app.people.telling import tell
from app.sealing import Vault
from app.venues import dispute_store as store
from app.venues.errors import DisputeAnsweredError

_REASON = "reason"
_WORDS = "dispute answer"


class Dispute(msgspec.Struct, frozen=True):
    """An access that its resident says was not them."""

    access_id: UUID
    venue_id: UUID
    venue_name: str
    purpose: str
    form: str
    licence_type: str | None
    """Which kind of licence was looked at; None of a look at a code."""
    fields: list[str]
    """What was told, by the fields' names."""
    accessed_at: datetime
    disputed_at: datetime
    reason: str | None
    answered_at: datetime | None
    outcome: str | None
    words: str | None


async def list_disputes(
    pool: Pool, vault: Vault, caller: ResidentCaller, *, before: UUID | None, answered: bool, limit: int, now: datetime
) -> list[Dispute]:
    """For the desk: what waits for an answer, or has one; reading residents' words is an act."""
    async with transaction(pool) as db:
        rows = await store.list_disputed(db, before=before, answered=answered, limit=limit)
        await record_office_act(db, vault, caller, "disputes.read", role=Role.OPERATOR, now=now)
        return [await _open(db, vault, row) for row in rows]


async def list_own_disputes(
    pool: Pool, vault: Vault, caller: ResidentCaller, *, before: UUID | None, limit: int
) -> list[Dispute]:
    """The caller's own, with the desk's words."""
    require_own_eyes(caller)
    rows = await store.list_own(pool, caller.subject_no, before=before, limit=limit)
    return [await _open(pool, vault, row) for row in rows]


async def answer_dispute(
    pool: Pool, vault: Vault, caller: ResidentCaller, access_id: UUID, *, outcome: str, words: str, now: datetime
) -> None:
    """Answers once, and tells the resident; where the dispute is upheld, the venue's manager too."""
    async with transaction(pool) as db:
        row = await store.get_disputed(db, access_id)
        if row is None:
            raise NotFoundError
        if not await _keep_answer(db, vault, caller, row, outcome=outcome, words=words, now=now):
            raise DisputeAnsweredError
        await record_office_act(
            db,
            vault,
            caller,
            f"dispute.answered:{outcome}",
            role=Role.OPERATOR,
            object_id=access_id,
            reason=words,
            about=row["resident_id"],
            now=now,
        )
        data = {"access_id": access_id, "venue_id": row["venue_id"], "at": now}
        await tell(db, row["subject_no"], row["resident_id"], f"dispute.{outcome}", data, now)
        if outcome == "upheld":
            await store.count_upheld(db, row["venue_id"])
            about = {"venue_id": row["venue_id"], "at": row["recorded_at"]}
            await tell_resident(db, row["manager_id"], "venue.dispute-upheld", about, now)


async def take_up_dispute(db: Connection, vault: Vault, caller: ResidentCaller, access_id: UUID, now: datetime) -> int:
    """The subject of a disputed access, for what the desk is shown of the look itself; raises NotFoundError."""
    row = await store.get_disputed(db, access_id)
    if row is None:
        raise NotFoundError
    await record_office_act(db, vault, caller, "dispute.read", role=Role.OPERATOR, object_id=access_id, now=now)
    subject_no: int = row["subject_no"]
    return subject_no


async def _keep_answer(
    db: Connection, vault: Vault, caller: ResidentCaller, row: Record, *, outcome: str, words: str, now: datetime
) -> bool:
    resident = await people_store.get_resident(db, row["resident_id"])
    sealed = None
    if resident is not None:
        sealed = vault.open_data_key(resident.wrapped_key, resident.resident_id).seal(words, _WORDS)
    return await store.claim_answer(
        db,
        row["subject_no"],
        row["access_id"],
        outcome=outcome,
        sealed_words=sealed,
        answered_by=caller.resident_id,
        now=now,
    )


async def _open(db: Executor, vault: Vault, row: Record) -> Dispute:
    resident = await people_store.get_resident(db, row["resident_id"])
    key = vault.open_data_key(resident.wrapped_key, resident.resident_id) if resident else None

    def read(sealed: bytes | None, field: str) -> str | None:
        return key.open(sealed, field) if key and sealed else None

    return Dispute(
        access_id=row["access_id"],
        venue_id=row["venue_id"],
        venue_name=row["venue_name"],
        purpose=row["purpose"],
        form=row["form"],
        licence_type=row["licence_type"],
        fields=row["fields"],
        accessed_at=row["recorded_at"],
        disputed_at=row["marked_at"],
        reason=read(row["sealed_reason"], _REASON),
        answered_at=row["answered_at"],
        outcome=row["outcome"],
        words=read(row["sealed_words"], _WORDS),
    )
