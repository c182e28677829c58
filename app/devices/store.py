"""What devices ask of others' tables: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import Executor

FIND_CONSENTS = """
SELECT kind FROM consents WHERE resident_id = $1 AND kind = ANY($2::text[]) AND withdrawn_at IS NULL
"""


async def find_consents(db: Executor, resident_id: UUID, kinds: Sequence[str]) -> set[str]:
    """Which of these the resident has given; all of them are given by a switch alone."""
    return {row["kind"] for row in await db.fetch(FIND_CONSENTS, resident_id, list(kinds))}
