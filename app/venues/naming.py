"""What venues are called, for those who show a visit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import Executor
from app.venues import store


async def get_venue_names(db: Executor, venue_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The registered name of each venue that is there."""
    return await store.get_venue_names(db, venue_ids)
