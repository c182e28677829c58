"""What the log of acts has in PostgreSQL: one statement a function. Times that are hashed are read as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.audit.model import Act
from app.audit.store import LONG_SECONDS, pages
from app.database import Connection, Executor, Record

if TYPE_CHECKING:
    ActLeaf = tuple[UUID, UUID, int, int, bytes]

INSERT_ACT = """
INSERT INTO acts (actor_id, act_id, act, object_id, happened_at, role, request_id, sealed_reason, sealed_for, salt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def insert_act(
    db: Connection,
    actor_id: UUID,
    act_id: UUID,
    *,
    act: str,
    object_id: UUID | None,
    now: datetime,
    role: str | None,
    request_id: UUID | None,
    sealed_reason: bytes | None,
    sealed_for: UUID | None,
    salt: bytes,
) -> None:
    await db.execute(
        INSERT_ACT, actor_id, act_id, act, object_id, now, role, request_id, sealed_reason, sealed_for, salt
    )


LIST_ACTS = """
SELECT a.actor_id, a.act_id, a.act, a.object_id, a.happened_at, a.role, a.request_id, a.sealed_reason, a.sealed_for,
       l.act_id IS NOT NULL AS is_committed
FROM acts AS a LEFT JOIN act_leaves AS l ON l.actor_id = a.actor_id AND l.act_id = a.act_id
WHERE ($1::uuid IS NULL OR a.actor_id = $1) AND ($2::uuid IS NULL OR a.object_id = $2)
  AND ($3::timestamptz IS NULL OR a.happened_at >= $3) AND ($4::timestamptz IS NULL OR a.happened_at < $4)
  AND ($5::uuid IS NULL OR a.act_id < $5)
ORDER BY a.act_id DESC LIMIT $6
"""


async def list_acts(
    db: Executor,
    *,
    actor_id: UUID | None,
    object_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
    before: UUID | None,
    limit: int,
) -> list[Act]:
    rows = await db.fetch(LIST_ACTS, actor_id, object_id, since, until, before, limit)
    return [Act(**row) for row in rows]


PENDING_ACTS = """
SELECT a.actor_id, a.act_id, a.act, a.object_id, timestamptz_send(a.happened_at) AS happened_at, a.role, a.request_id,
       a.sealed_reason, a.sealed_for, a.salt
FROM acts AS a
WHERE a.happened_at >= $1 AND a.happened_at < $2
  AND NOT EXISTS (SELECT FROM act_leaves AS l WHERE l.actor_id = a.actor_id AND l.act_id = a.act_id)
ORDER BY a.happened_at
"""


def stream_pending_acts(db: Connection, *, since: datetime, until: datetime) -> AsyncIterator[list[Record]]:
    """Oldest first, a page at a time; inside a transaction."""
    return pages(db.cursor(PENDING_ACTS, since, until, timeout=LONG_SECONDS))


HAS_ACT_LEAVES = "SELECT EXISTS (SELECT FROM act_leaves)"


async def has_act_leaves(db: Connection) -> bool:
    """Whether acts were ever committed: the first time, all there are are taken."""
    found: bool = await db.fetchval(HAS_ACT_LEAVES)
    return found


async def copy_act_leaves(db: Connection, leaves: Iterable[ActLeaf]) -> None:
    await db.copy_records_to_table(
        "act_leaves",
        records=leaves,
        columns=["actor_id", "act_id", "batch_no", "position", "commitment"],
        timeout=LONG_SECONDS,
    )


LIST_ACT_COMMITMENTS = """
SELECT l.batch_no, l.commitment FROM access_leaves AS l WHERE l.kind = 'acts' AND l.batch_no >= $1 ORDER BY l.batch_no
"""


def stream_act_commitments(db: Connection, *, first_batch: int) -> AsyncIterator[list[Record]]:
    """Every leaf of the batches' own trees that stands for acts."""
    return pages(db.cursor(LIST_ACT_COMMITMENTS, first_batch, timeout=LONG_SECONDS))


STREAM_ACT_LEAVES = """
SELECT l.batch_no, l.position, l.actor_id AS leaf_actor_id, l.act_id AS leaf_act_id, l.commitment, a.actor_id, a.act_id,
       a.act, a.object_id, timestamptz_send(a.happened_at) AS happened_at, a.role, a.request_id, a.sealed_reason,
       a.sealed_for, a.salt
FROM act_leaves AS l LEFT JOIN acts AS a ON a.actor_id = l.actor_id AND a.act_id = l.act_id
WHERE l.batch_no >= $1 ORDER BY l.batch_no, l.position
"""


def stream_act_leaves(db: Connection, *, first_batch: int) -> AsyncIterator[list[Record]]:
    """Every leaf of an act with its act, in the order of the trees."""
    return pages(db.cursor(STREAM_ACT_LEAVES, first_batch, timeout=LONG_SECONDS))


UNCOMMITTED_ACTS = """
SELECT a.act_id, timestamptz_send(a.happened_at) AS happened_at FROM acts AS a
WHERE ($1::timestamptz IS NULL OR a.happened_at >= $1)
  AND NOT EXISTS (SELECT FROM act_leaves AS l WHERE l.actor_id = a.actor_id AND l.act_id = a.act_id)
"""


def stream_uncommitted_acts(db: Connection, *, since: datetime | None) -> AsyncIterator[list[Record]]:
    return pages(db.cursor(UNCOMMITTED_ACTS, since, timeout=LONG_SECONDS))
