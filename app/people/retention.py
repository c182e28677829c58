"""How long it is kept where somebody logged in: as long as it may matter, and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Pool
from app.people import retention_store

SESSIONS_KEPT = timedelta(days=200)
"""Ended sessions are part of the security log, which is kept six months at least (Cybersecurity Law, article 21)."""
INSTALLATIONS_KEPT = timedelta(days=400)
"""Longer than any session can be refreshed without being used."""


async def forget_logins(pool: Pool, now: datetime) -> None:
    """Deletes sessions that ended long ago, and installations that nobody came back to."""
    await retention_store.purge_sessions(pool, now - SESSIONS_KEPT)
    await retention_store.purge_installations(pool, now - INSTALLATIONS_KEPT)
