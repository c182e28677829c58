"""Matters, and what windows asked of somebody's materials, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record
from app.purging import purge_pages, write_purge
from app.wallet.material_model import AgreesBy, MaterialRequest

LIST_MATTERS = "SELECT matter_id, definition::text AS definition, withdrawn_at FROM matters"


async def list_matters(db: Executor) -> list[Record]:
    """What operators added, changed or took away."""
    return await db.fetch(LIST_MATTERS)


PUT_MATTER = """
INSERT INTO matters (matter_id, definition, changed_at) VALUES ($1, $2::text::jsonb, $3)
ON CONFLICT (matter_id) DO UPDATE
SET definition = excluded.definition, changed_at = excluded.changed_at, withdrawn_at = NULL
"""


async def put_matter(db: Executor, matter_id: str, definition: str, now: datetime) -> None:
    """Adds one, or takes a shipped one's place."""
    await db.execute(PUT_MATTER, matter_id, definition, now)


WITHDRAW_MATTER = """
INSERT INTO matters (matter_id, definition, changed_at, withdrawn_at) VALUES ($1, '{}', $2, $2)
ON CONFLICT (matter_id) DO UPDATE SET changed_at = $2, withdrawn_at = $2
"""


async def withdraw_matter(db: Executor, matter_id: str, now: datetime) -> None:
    """Windows do it no more, be it shipped."""
    await db.execute(WITHDRAW_MATTER, matter_id, now)


INSERT_REQUEST = """
INSERT INTO material_requests (resident_id, request_id, staff_id, presence_id, matter_id, asked, asked_at, expires_at,
                               presentation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_request(db: Connection, request: MaterialRequest) -> None:
    await db.execute(
        INSERT_REQUEST,
        request.resident_id,
        request.request_id,
        request.staff_id,
        request.presence_id,
        request.matter_id,
        request.to_stored(),
        request.asked_at,
        request.expires_at,
        request.presentation_id,
    )


GET_REQUEST = """
SELECT resident_id, request_id, staff_id, presence_id, matter_id, asked, asked_at, expires_at, presentation_id,
       handed_at, agreed_by
FROM material_requests WHERE resident_id = $1 AND request_id = $2
"""


async def get_request(db: Executor, resident_id: UUID, request_id: UUID) -> MaterialRequest | None:
    row = await db.fetchrow(GET_REQUEST, resident_id, request_id)
    return MaterialRequest.of(row) if row else None


MARK_HANDED = """
UPDATE material_requests SET handed_at = coalesce(handed_at, $3), agreed_by = coalesce(agreed_by, $4)
WHERE resident_id = $1 AND request_id = $2
"""


async def mark_handed(db: Connection, resident_id: UUID, request_id: UUID, agreed_by: AgreesBy, now: datetime) -> None:
    """Again changes nothing."""
    await db.execute(MARK_HANDED, resident_id, request_id, now, agreed_by.value)


LIST_UNANSWERED = """
SELECT presence_id, presentation_id FROM material_requests
WHERE resident_id = $1 AND presentation_id IS NOT NULL AND handed_at IS NULL AND expires_at > $2
"""


async def list_unanswered(db: Executor, resident_id: UUID, now: datetime) -> list[Record]:
    """Questions on somebody's phone of which nothing was handed over: presence_id, presentation_id."""
    return await db.fetch(LIST_UNANSWERED, resident_id, now)


LIST_ASKED_FOR = """
SELECT presentation_id, matter_id FROM material_requests
WHERE resident_id = ANY($1::uuid[]) AND presentation_id = ANY($2::uuid[])
"""


async def list_asked_for(db: Executor, resident_ids: Sequence[UUID], presentation_ids: Sequence[UUID]) -> list[Record]:
    """For which matter each question on a phone is: presentation_id, matter_id."""
    return await db.fetch(LIST_ASKED_FOR, list(resident_ids), list(presentation_ids))


PURGE_REQUESTS = write_purge("material_requests", "resident_id, request_id", "expires_at < $1", by="expires_at")


async def purge_requests(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_REQUESTS, before)


OPEN_WINDOW_VENUE = """
INSERT INTO venues (venue_id, name, purpose, adcode, address, manager_id, created_at, approved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (venue_id) DO NOTHING
"""


async def open_window_venue(
    db: Executor, venue_id: UUID, *, name: str, purpose: str, adcode: str, address: str, now: datetime
) -> None:
    """Where it is not there yet; nobody manages it."""
    await db.execute(OPEN_WINDOW_VENUE, venue_id, name, purpose, adcode, address, UUID(int=0), now)
