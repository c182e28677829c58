"""What `suixing restored` changes: each statement goes over a whole table, once, while nothing serves."""

from __future__ import annotations

from datetime import datetime

from app.database import Connection

_LONG_SECONDS = 3600.0

LOCK_OUT = "SELECT pg_try_advisory_xact_lock(0x737578726573746f)"


async def claim_turn(db: Connection) -> bool:
    """False where the same command is under way elsewhere."""
    return bool(await db.fetchval(LOCK_OUT))


COUNT_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'suixing' AND pid <> pg_backend_pid()
"""


async def count_others(db: Connection) -> int:
    """Connections of servers and workers."""
    count: int = await db.fetchval(COUNT_OTHERS)
    return count


END_CODES = """
UPDATE subjects
SET codes_valid_from = greatest(codes_valid_from, $1), papers_valid_from = greatest(papers_valid_from, $1)
"""
CLOSE_LISTS = "UPDATE status_lists SET next_no = size WHERE next_no < size"
END_SESSIONS = "UPDATE sessions SET ended_at = $1, ended_for = 'closed' WHERE ended_at IS NULL"
FORGET_ADDRESSES = "DELETE FROM push_addresses"
FORGET_ADDRESS_LOOKUPS = "DELETE FROM push_address_lookups"
FORGET_CHALLENGES = "DELETE FROM otp_challenges"
FORGET_CEREMONIES = "DELETE FROM staff_ceremonies"
USE_UP_CHECKS = "UPDATE identity_checks SET used_at = $1 WHERE used_at IS NULL"
RELEASE_NOTICES = "UPDATE outbox SET leased_until = NULL WHERE settled_at IS NULL AND leased_until IS NOT NULL"
SETTLE_NOTICES = """
UPDATE outbox SET settled_at = $1, outcome = 'expired', reason = 'restored', sealed = NULL, leased_until = NULL
WHERE settled_at IS NULL AND channel <> 'inbox'
"""


async def end_codes(db: Connection, valid_from: datetime) -> int:
    """Ends every code and paper that was issued before then; how many subjects there are."""
    return _count(await db.execute(END_CODES, valid_from, timeout=_LONG_SECONDS))


async def close_lists(db: Connection) -> int:
    """No place of a list is handed out any more: it may have been since the backup, and whoever lost that thing would
    end another's.
    """
    return _count(await db.execute(CLOSE_LISTS, timeout=_LONG_SECONDS))


async def end_sessions(db: Connection, now: datetime) -> int:
    """With where they are reached: a phone may have changed hands since the backup. Each says so when it logs in."""
    await db.execute(FORGET_ADDRESSES, timeout=_LONG_SECONDS)
    await db.execute(FORGET_ADDRESS_LOOKUPS, timeout=_LONG_SECONDS)
    return _count(await db.execute(END_SESSIONS, now, timeout=_LONG_SECONDS))


async def use_up_proofs(db: Connection, now: datetime) -> int:
    """One-time passwords, passkey challenges and identity checks: each may have been used since the backup."""
    gone = _count(await db.execute(FORGET_CHALLENGES, timeout=_LONG_SECONDS))
    gone += _count(await db.execute(FORGET_CEREMONIES, timeout=_LONG_SECONDS))
    return gone + _count(await db.execute(USE_UP_CHECKS, now, timeout=_LONG_SECONDS))


async def settle_notices(db: Connection, now: datetime) -> int:
    """What was to leave the machine may have left it; what goes to the inbox was lost with it, and comes again."""
    await db.execute(RELEASE_NOTICES, timeout=_LONG_SECONDS)
    return _count(await db.execute(SETTLE_NOTICES, now, timeout=_LONG_SECONDS))


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
