"""What an export shows of roaming."""

from __future__ import annotations

from collections.abc import Mapping

from app.database import Executor
from app.roaming import store


async def list_for_export(db: Executor, subject_no: int) -> list[Mapping[str, object]]:
    """A resident's crossings, the latest first: all that is kept of where they were."""
    return [dict(row) for row in await store.list_crossings(db, subject_no)]
