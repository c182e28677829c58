"""Which lines to providers do not serve, as workers say it each time they say that they live."""

from __future__ import annotations

from datetime import datetime

from app.database import Executor

LIST_LASTING = "SELECT name, max(value) AS most FROM measurements WHERE name LIKE $1 AND at >= $2 GROUP BY name"


async def list_lasting(db: Executor, prefix: str, since: datetime) -> dict[str, float]:
    """What was put down under names that begin so, each at its highest."""
    return {row["name"]: row["most"] for row in await db.fetch(LIST_LASTING, f"{prefix}%", since)}
