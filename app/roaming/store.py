"""What roaming has in PostgreSQL: who agreed to it, and their crossings. One statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.pushing.topics import ARRIVED

READ_ROAMER = """
SELECT r.resident_id, r.in_background, c.to_province, c.crossed_at, c.told_at FROM roamers AS r
LEFT JOIN crossings AS c ON c.subject_no = r.subject_no
WHERE r.subject_no = $1 ORDER BY c.crossed_at DESC, c.crossing_id DESC LIMIT 100
"""


async def read_roamer(db: Executor, subject_no: int) -> list[Record]:
    """A row at least where consent stands, and the latest crossings, the last first."""
    return await db.fetch(READ_ROAMER, subject_no)


class CrossingRow(msgspec.Struct, frozen=True):
    """The parameters of record_crossing, in their order."""

    subject_no: int
    crossing_id: UUID
    from_province: str
    to_province: str
    crossed_at: datetime
    seen_by: str
    in_background: bool
    is_told: bool
    quiet_since: datetime
    now: datetime
    notice_id: UUID
    notice_expires_at: datetime


RECORD_CROSSING = "SELECT record_crossing($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


async def record_crossing(db: Executor, row: CrossingRow) -> str:
    """In autocommit, on one shard: told, recorded, known (somebody was first), or no-consent."""
    outcome: str = await db.fetchval(RECORD_CROSSING, *msgspec.structs.astuple(row))
    return outcome


INSERT_ROAMER = """
INSERT INTO roamers (subject_no, resident_id, in_background, since) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject_no) DO UPDATE SET in_background = excluded.in_background
"""


async def insert_roamer(
    db: Connection, subject_no: int, resident_id: UUID, *, in_background: bool, now: datetime
) -> None:
    await db.execute(INSERT_ROAMER, subject_no, resident_id, in_background, now)


SET_BACKGROUND = "UPDATE roamers SET in_background = $2 WHERE subject_no = $1"


async def set_background(db: Connection, subject_no: int, *, in_background: bool) -> None:
    """Holds the row, so that crossings under way are over, or wait."""
    await db.execute(SET_BACKGROUND, subject_no, in_background)


DELETE_ROAMER = "DELETE FROM roamers WHERE subject_no = $1"


async def delete_roamer(db: Connection, subject_no: int) -> None:
    """Waits for crossings under way; whatever comes later finds no consent."""
    await db.execute(DELETE_ROAMER, subject_no)


HAS_ROAMED = """
SELECT EXISTS (SELECT FROM roamers WHERE subject_no = $1) OR EXISTS (SELECT FROM crossings WHERE subject_no = $1)
"""


async def has_roamed(db: Executor, subject_no: int) -> bool:
    """Whether anything is held of them."""
    found: bool = await db.fetchval(HAS_ROAMED, subject_no)
    return found


DELETE_CROSSINGS = """
DELETE FROM crossings WHERE subject_no = $1 AND ($2::timestamptz IS NULL OR recorded_at <= $2)
"""
DELETE_NOTICES = """
DELETE FROM outbox WHERE routing_key = $1 AND topic = $2 AND ($3::timestamptz IS NULL OR created_at <= $3)
"""
DELETE_MESSAGES = """
DELETE FROM messages WHERE recipient = $1 AND topic = $2 AND ($3::timestamptz IS NULL OR created_at <= $3)
"""


async def delete_crossings(db: Connection, subject_no: int, until: datetime | None) -> None:
    """Those recorded up to then, or all."""
    await db.execute(DELETE_CROSSINGS, subject_no, until)


async def delete_notices(db: Connection, subject_no: int, until: datetime | None) -> None:
    """Likewise, delivered or not: their data say where somebody was."""
    await db.execute(DELETE_NOTICES, subject_no, ARRIVED, until)


async def delete_messages(db: Connection, resident_id: UUID, until: datetime | None) -> None:
    await db.execute(DELETE_MESSAGES, resident_id, ARRIVED, until)


LIST_INSTALLATIONS = "SELECT installation_id FROM installations WHERE resident_id = $1"


async def list_installations(db: Executor, resident_id: UUID) -> list[UUID]:
    return [row["installation_id"] for row in await db.fetch(LIST_INSTALLATIONS, resident_id)]


INSERT_END = """
INSERT INTO roaming_ends (subject_no, ended_at, resident_id, installation_ids) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject_no, ended_at) DO NOTHING
"""


async def insert_end(
    db: Connection, subject_no: int, resident_id: UUID, installation_ids: Sequence[UUID], now: datetime
) -> None:
    await db.execute(INSERT_END, subject_no, now, resident_id, list(installation_ids))


LIST_ENDS = """
SELECT subject_no, ended_at, resident_id, installation_ids FROM roaming_ends WHERE ended_at <= $1
ORDER BY ended_at LIMIT $2
"""


async def list_ends(db: Executor, before: datetime, limit: int) -> list[Record]:
    return await db.fetch(LIST_ENDS, before, limit)


DELETE_END = "DELETE FROM roaming_ends WHERE subject_no = $1 AND ended_at = $2"


async def delete_end(db: Connection, subject_no: int, ended_at: datetime) -> None:
    await db.execute(DELETE_END, subject_no, ended_at)


LIST_CROSSINGS = """
SELECT from_province, to_province, crossed_at, seen_by, told_at FROM crossings
WHERE subject_no = $1 ORDER BY crossed_at DESC
"""


async def list_crossings(db: Executor, subject_no: int) -> list[Record]:
    return await db.fetch(LIST_CROSSINGS, subject_no)


# By crossings_followed: the newest of each roamer is not in it.
LIST_FOLLOWED = """
SELECT subject_no FROM crossings WHERE is_followed AND recorded_at <= $1 ORDER BY recorded_at LIMIT $2
"""


async def list_followed(db: Executor, recorded_before: datetime, limit: int) -> list[int]:
    """Of whom there are old crossings that another came after."""
    rows = await db.fetch(LIST_FOLLOWED, recorded_before, limit, timeout=UPKEEP_SECONDS)
    return [row["subject_no"] for row in rows]


DELETE_FOLLOWED = "DELETE FROM crossings WHERE subject_no = ANY($1::bigint[]) AND is_followed AND recorded_at <= $2"


async def delete_followed(db: Executor, subject_nos: Sequence[int], recorded_before: datetime) -> None:
    await db.execute(DELETE_FOLLOWED, subject_nos, recorded_before, timeout=UPKEEP_SECONDS)
