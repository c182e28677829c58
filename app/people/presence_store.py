"""Who stands at a window, in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor
from app.people.window_model import StoredPresence
from app.purging import purge_pages, write_purge

INSERT_PRESENCE = """
INSERT INTO window_presences (staff_id, presence_id, resident_id, sealed_person, opened_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_presence(db: Connection, staff_id: UUID, presence: StoredPresence) -> None:
    await db.execute(
        INSERT_PRESENCE,
        staff_id,
        presence.presence_id,
        presence.resident_id,
        presence.sealed_person,
        presence.opened_at,
        presence.expires_at,
    )


GET_PRESENCE = """
SELECT presence_id, resident_id, sealed_person, opened_at, expires_at, closed_at FROM window_presences
WHERE staff_id = $1 AND presence_id = $2
"""


async def get_presence(db: Executor, staff_id: UUID, presence_id: UUID) -> StoredPresence | None:
    row = await db.fetchrow(GET_PRESENCE, staff_id, presence_id)
    return StoredPresence.of(row) if row else None


SHARE_PRESENCE = "SELECT 1 FROM window_presences WHERE staff_id = $1 AND presence_id = $2 FOR SHARE"


async def share_presence(db: Connection, staff_id: UUID, presence_id: UUID) -> None:
    """Lets nobody close the presence until the transaction ends."""
    await db.execute(SHARE_PRESENCE, staff_id, presence_id)


NAME_RESIDENT = """
UPDATE window_presences SET resident_id = $3, sealed_person = NULL
WHERE staff_id = $1 AND presence_id = $2 AND resident_id IS NULL RETURNING 1
"""


async def claim_registration(db: Connection, staff_id: UUID, presence_id: UUID, resident_id: UUID) -> bool:
    """False where the person was registered already."""
    return await db.fetchval(NAME_RESIDENT, staff_id, presence_id, resident_id) is not None


CLOSE_PRESENCE = """
UPDATE window_presences SET closed_at = $3, expires_at = least(expires_at, $3)
WHERE staff_id = $1 AND presence_id = $2 AND closed_at IS NULL AND expires_at > $3 RETURNING 1
"""


async def claim_closing(db: Connection, staff_id: UUID, presence_id: UUID, now: datetime) -> bool:
    """False where it is over already."""
    return await db.fetchval(CLOSE_PRESENCE, staff_id, presence_id, now) is not None


CLOSE_PRESENCES_OF = """
UPDATE window_presences SET closed_at = $2, expires_at = $2
WHERE resident_id = $1 AND closed_at IS NULL AND expires_at > $2
"""


async def close_presences_of(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Ends every presence of a resident, before whomever they stand."""
    await db.execute(CLOSE_PRESENCES_OF, resident_id, now, timeout=UPKEEP_SECONDS)


HAS_LOGIN = "SELECT EXISTS (SELECT FROM logins WHERE resident_id = $1)"


async def has_login(db: Executor, resident_id: UUID) -> bool:
    found: bool = await db.fetchval(HAS_LOGIN, resident_id)
    return found


PURGE_PRESENCES = write_purge("window_presences", "staff_id, presence_id", "expires_at < $1", by="expires_at")


async def purge_presences(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_PRESENCES, before)
