"""The chained log in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from app.audit.commitments import AccessRow, Head
from app.database import Connection, Executor, Record

CLAIM_COMMITTING = "SELECT pg_try_advisory_xact_lock(0x7375697861756474)"


async def claim_committing(db: Connection) -> bool:
    """False where another worker commits now; the batch's number would stop the second all the same."""
    claimed: bool = await db.fetchval(CLAIM_COMMITTING)
    return claimed


LAST_BATCH = "SELECT batch_no, until_at, head FROM access_batches ORDER BY batch_no DESC LIMIT 1"


async def get_last_batch(db: Executor) -> Record | None:
    return await db.fetchrow(LAST_BATCH)


# Ids are time-ordered, so the bound on access_id lets the index accesses_by_id find the latest alone.
UNCOMMITTED = """
SELECT a.subject_no, a.expires_at, a.access_id, a.cti, a.kind, a.issued_at, a.recorded_at, a.venue_id, a.scanner_id,
       a.purpose, a.fields, a.salt, a.request_key
FROM accesses AS a
WHERE a.access_id >= $1 AND a.recorded_at < $2 AND NOT EXISTS (
    SELECT FROM access_leaves AS l WHERE l.subject_no = a.subject_no AND l.access_id = a.access_id)
"""


async def stream_uncommitted(db: Connection, since_id: UUID, until_at: datetime) -> AsyncIterator[AccessRow]:
    async for row in db.cursor(UNCOMMITTED, since_id, until_at, prefetch=2000):
        yield AccessRow(**row)


async def copy_leaves(db: Connection, batch_no: int, leaves: Sequence[tuple[bytes, int, UUID]]) -> None:
    """Writes leaves of (commitment, subject_no, access_id) at their positions."""
    await db.copy_records_to_table(
        "access_leaves",
        records=(
            (subject_no, access_id, batch_no, position, commitment)
            for position, (commitment, subject_no, access_id) in enumerate(leaves)
        ),
        columns=("subject_no", "access_id", "batch_no", "position", "commitment"),
    )


INSERT_BATCH = """
INSERT INTO access_batches (batch_no, until_at, leaf_count, root, previous_head, head, kid, signature, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_batch(db: Connection, head: Head, *, kid: bytes, signature: bytes, now: datetime) -> None:
    await db.execute(
        INSERT_BATCH,
        head.batch_no,
        head.until_at,
        head.leaf_count,
        head.root,
        head.previous_head,
        head.hash,
        kid,
        signature,
        now,
    )


LIST_BATCHES = """
SELECT batch_no, until_at, leaf_count, root, previous_head, head, kid, signature, created_at FROM access_batches
ORDER BY batch_no
"""


async def stream_batches(db: Connection) -> AsyncIterator[Record]:
    async for row in db.cursor(LIST_BATCHES, prefetch=500):
        yield row


LEAVES_OF_BATCH = """
SELECT l.position, l.commitment, l.erased_at, l.subject_no, l.access_id, a.expires_at, a.cti, a.kind, a.issued_at,
       a.recorded_at, a.venue_id, a.scanner_id, a.purpose, a.fields, a.salt, a.request_key
FROM access_leaves AS l LEFT JOIN accesses AS a ON a.subject_no = l.subject_no AND a.access_id = l.access_id
WHERE l.batch_no = $1 ORDER BY l.position
"""


async def stream_leaves(db: Connection, batch_no: int) -> AsyncIterator[Record]:
    async for row in db.cursor(LEAVES_OF_BATCH, batch_no, prefetch=2000):
        yield row


MISSED = """
SELECT a.access_id FROM accesses AS a
WHERE a.recorded_at < $1 AND NOT EXISTS (
    SELECT FROM access_leaves AS l WHERE l.subject_no = a.subject_no AND l.access_id = a.access_id)
"""


async def stream_missed(db: Connection, before: datetime) -> AsyncIterator[UUID]:
    async for row in db.cursor(MISSED, before, prefetch=2000):
        yield row["access_id"]


STRAY_LEAVES = """
SELECT l.access_id FROM access_leaves AS l
WHERE NOT EXISTS (SELECT FROM access_batches AS b WHERE b.batch_no = l.batch_no)
"""


async def stream_stray_leaves(db: Connection) -> AsyncIterator[UUID]:
    async for row in db.cursor(STRAY_LEAVES, prefetch=2000):
        yield row["access_id"]


INSERT_ACT = """
INSERT INTO acts (actor_id, act_id, act, object_id, happened_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_act(
    db: Connection, actor_id: UUID, act_id: UUID, *, act: str, object_id: UUID | None, now: datetime
) -> None:
    await db.execute(INSERT_ACT, actor_id, act_id, act, object_id, now)
