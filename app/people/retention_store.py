"""Forgetting sessions and installations that nobody uses any more: one statement a function."""

from __future__ import annotations

from datetime import datetime

from app.database import UPKEEP_SECONDS, Executor

PURGE_SESSIONS = """
DELETE FROM sessions WHERE created_at < $1 AND (ended_at < $1 OR expires_at < $1)
"""


async def purge_sessions(db: Executor, before: datetime) -> None:
    """Those that ended, or ran out, before then."""
    await db.execute(PURGE_SESSIONS, before, timeout=UPKEEP_SECONDS)


PURGE_INSTALLATIONS = """
DELETE FROM installations AS i WHERE i.created_at < $1 AND i.last_seen_at < $1 AND NOT EXISTS (
    SELECT 1 FROM sessions AS s
    WHERE s.resident_id = i.resident_id AND s.installation_id = i.installation_id AND s.ended_at IS NULL
      AND s.expires_at >= $1
)
"""


async def purge_installations(db: Executor, before: datetime) -> None:
    """Those that nobody logged in on since then; whoever comes back on one is a newcomer there, and untrusted."""
    await db.execute(PURGE_INSTALLATIONS, before, timeout=UPKEEP_SECONDS)
