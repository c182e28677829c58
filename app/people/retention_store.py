"""Forgetting sessions and installations that nobody uses any more: one statement a function."""

from __future__ import annotations

from datetime import datetime

from app.database import Executor
from app.purging import purge_pages, write_purge

PURGE_SESSIONS = write_purge(
    "sessions", "resident_id, session_id", "created_at < $1 AND (ended_at < $1 OR expires_at < $1)"
)


async def purge_sessions(db: Executor, before: datetime) -> None:
    """Those that ended, or ran out, before then."""
    await purge_pages(db, PURGE_SESSIONS, before)


PURGE_INSTALLATIONS = write_purge(
    "installations",
    "resident_id, installation_id",
    """created_at < $1 AND last_seen_at < $1 AND NOT EXISTS (
    SELECT 1 FROM sessions AS s
    WHERE s.resident_id = {row}.resident_id AND s.installation_id = {row}.installation_id
      AND s.ended_at IS NULL AND s.expires_at >= $1
)""",
)


async def purge_installations(db: Executor, before: datetime) -> None:
    """Those that nobody logged in on since then; whoever comes back on one is a newcomer there, and untrusted."""
    await purge_pages(db, PURGE_INSTALLATIONS, before)
