"""What an export shows of questions for licences and of credentials handed out, and leaving with them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.credentials import licence_store
from app.database import Connection, Executor
from app.venues.naming import get_venue_names
from app.wallet import presentation_store as store

_AT_ONCE = 500


async def list_requests_for_export(db: Executor, resident_id: UUID) -> list[Mapping[str, object]]:
    """Who asked a resident for what, and what became of it; what was told stands among the accesses."""
    ids = await store.list_of_resident(db, resident_id)
    rows: list[Mapping[str, object]] = []
    for start in range(0, len(ids), _AT_ONCE):
        found = await store.list_presentations(db, ids[start : start + _AT_ONCE])
        names = await get_venue_names(db, [one.venue_id for one in found])
        rows += [
            {
                "request_id": one.presentation_id,
                "venue": names.get(one.venue_id),
                "purpose": one.purpose,
                "asked": {query.licence_type: query.fields for query in one.queries},
                "asked_at": one.created_at,
                "state": one.state.value,
                "answered_at": one.answered_at,
            }
            for one in found
        ]
    return rows


async def list_credentials_for_export(db: Executor, resident_id: UUID) -> list[Mapping[str, object]]:
    """Each credential of a licence of theirs that lives, or did until lately; what one says is held nowhere."""
    return [dict(row) for row in await licence_store.list_of_holder(db, resident_id)]


async def forget_requests(db: Connection, resident_id: UUID) -> None:
    """Whatever a resident was asked, with what may lie there of it; as good the second time as the first."""
    await store.delete_presentations(db, await store.list_of_resident(db, resident_id))
    await store.delete_inbox(db, resident_id)
