"""How far workers have come with what they follow, in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.database import Connection, Executor


class Progress(NamedTuple):
    """Where a projection stands."""

    until_at: datetime
    """Everything before it is taken."""
    swept_at: datetime
    """When it last looked far back, for what was committed late."""


BEGIN_PROJECTION = """
INSERT INTO projections (projection, until_at, swept_at) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING
"""
TAKE_PROJECTION = "SELECT until_at, swept_at FROM projections WHERE projection = $1 FOR UPDATE SKIP LOCKED"


async def take_projection(db: Connection, name: str, since: datetime) -> Progress | None:
    """How far it has come, held until the transaction ends, and begun at `since` where there was none; None where
    another worker is at it.
    """
    await db.execute(BEGIN_PROJECTION, name, since)
    row = await db.fetchrow(TAKE_PROJECTION, name)
    return Progress(*row) if row else None


GET_PROJECTION = "SELECT until_at, swept_at FROM projections WHERE projection = $1"


async def get_projection(db: Executor, name: str) -> Progress | None:
    """The same for whoever only shows it; None where no worker has begun."""
    row = await db.fetchrow(GET_PROJECTION, name)
    return Progress(*row) if row else None


MOVE_PROJECTION = "UPDATE projections SET until_at = $2, swept_at = coalesce($3, swept_at) WHERE projection = $1"


async def move_projection(db: Connection, name: str, until: datetime, *, swept: datetime | None = None) -> None:
    """In the transaction that has what was taken up to there."""
    await db.execute(MOVE_PROJECTION, name, until, swept)
