"""What devices ask of others' tables: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Executor

FIND_CONSENTS = """
SELECT kind FROM consents WHERE resident_id = $1 AND kind = ANY($2::text[]) AND withdrawn_at IS NULL
"""


async def find_consents(db: Executor, resident_id: UUID, kinds: Sequence[str]) -> set[str]:
    """Which of these the resident has given; all of them are given by a switch alone."""
    return {row["kind"] for row in await db.fetch(FIND_CONSENTS, resident_id, list(kinds))}


LIST_LEFT = """
SELECT a.recipient, a.address_id FROM push_addresses AS a
WHERE a.seen_at < $1 AND NOT EXISTS (
    SELECT 1 FROM sessions AS s
    WHERE s.resident_id = a.recipient AND s.installation_id = a.address_id AND s.ended_at IS NULL AND s.expires_at > $2
)
ORDER BY a.seen_at LIMIT $3
"""


async def list_left(db: Executor, *, unseen_since: datetime, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(recipient, address_id) of those that were not used since then, and of whose installation no session lives."""
    rows = await db.fetch(LIST_LEFT, unseen_since, now, limit, timeout=UPKEEP_SECONDS)
    return [(row["recipient"], row["address_id"]) for row in rows]
