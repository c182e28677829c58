"""What the chained log has in PostgreSQL: one statement a function.

Times that are hashed are read as timestamptz_send gives them, exact and whatever they are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.audit.encoding import read_time
from app.audit.model import Head
from app.database import Connection, Executor, Record

if TYPE_CHECKING:
    from asyncpg.cursor import CursorFactory

    Leaf = tuple[int, UUID, str, int, int, bytes]

PAGE = 2000
"""Rows that are in memory at once when many are read: a page is hashed in some 20 ms, and others work in between."""

LONG_SECONDS = 3600.0
"""For statements of the worker and the verifier that read much; those of requests have the pool's few seconds."""

_LOCK_KEY = int.from_bytes(b"suxaudit")


async def pages(cursor: CursorFactory[Record]) -> AsyncIterator[list[Record]]:
    """What a cursor gives, a page at a time."""
    opened = await cursor
    while page := await opened.fetch(PAGE, timeout=LONG_SECONDS):
        yield page


LOCK = "SELECT pg_try_advisory_xact_lock($1)"


async def claim_turn(db: Connection) -> bool:
    """True for one committer at a time, until its transaction ends."""
    won: bool = await db.fetchval(LOCK, _LOCK_KEY)
    return won


# By accesses_by_time, then access_leaves_pkey: what a minute and the stretch looked back over hold, never the whole.
PENDING_ACCESSES = """
SELECT a.subject_no, a.access_id, a.salt, a.cti, a.kind, timestamptz_send(a.issued_at) AS issued_at,
       timestamptz_send(a.expires_at) AS expires_at, timestamptz_send(a.recorded_at) AS recorded_at, a.venue_id,
       a.scanner_id, a.purpose, a.fields, a.request_key, a.staff_id, a.form,
       timestamptz_send(a.scanned_at) AS scanned_at, a.licence_type, a.licence_id
FROM accesses AS a
WHERE a.recorded_at >= $1 AND a.recorded_at < $2
  AND NOT EXISTS (SELECT FROM access_leaves AS l WHERE l.subject_no = a.subject_no AND l.entry_id = a.access_id)
ORDER BY a.recorded_at LIMIT $3
"""


def stream_pending_accesses(
    db: Connection, *, since: datetime, until: datetime, limit: int
) -> AsyncIterator[list[Record]]:
    """Oldest first, a page at a time; inside a transaction."""
    return pages(db.cursor(PENDING_ACCESSES, since, until, limit, timeout=LONG_SECONDS))


PENDING_ERASURES = """
SELECT e.subject_no, e.erasure_id, e.salt, timestamptz_send(e.erased_at) AS erased_at, e.kid, e.signature
FROM access_erasures AS e
WHERE e.erased_at >= $1 AND e.erased_at < $2
  AND NOT EXISTS (SELECT FROM access_leaves AS l WHERE l.subject_no = e.subject_no AND l.entry_id = e.erasure_id)
ORDER BY e.erased_at LIMIT $3
"""


def stream_pending_erasures(
    db: Connection, *, since: datetime, until: datetime, limit: int
) -> AsyncIterator[list[Record]]:
    return pages(db.cursor(PENDING_ERASURES, since, until, limit, timeout=LONG_SECONDS))


async def copy_leaves(db: Connection, leaves: Iterable[Leaf]) -> None:
    await db.copy_records_to_table(
        "access_leaves",
        records=leaves,
        columns=["subject_no", "entry_id", "kind", "batch_no", "position", "commitment"],
        timeout=LONG_SECONDS,
    )


INSERT_HEAD = """
INSERT INTO access_batches (batch_no, until_at, created_at, leaf_count, root, previous_head, head, kid, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (batch_no) DO NOTHING RETURNING 1
"""


async def insert_head(db: Connection, head: Head) -> bool:
    """False where another committer was first."""
    return (
        await db.fetchval(
            INSERT_HEAD, head.batch_no, head.until_at, head.created_at, head.leaf_count, head.root, head.previous_head,
            head.head, head.kid, head.signature,
        )
        is not None
    )  # fmt: skip


def _head(row: Record) -> Head:
    return Head(
        row["batch_no"], read_time(row["until_at"]), read_time(row["created_at"]), row["leaf_count"], row["root"],
        row["previous_head"], row["head"], row["kid"], row["signature"],
    )  # fmt: skip


NEWEST_HEAD = """
SELECT batch_no, timestamptz_send(until_at) AS until_at, timestamptz_send(created_at) AS created_at, leaf_count, root,
       previous_head, head, kid, signature
FROM access_batches ORDER BY batch_no DESC LIMIT 1
"""


async def get_newest_head(db: Executor) -> Head | None:
    row = await db.fetchrow(NEWEST_HEAD)
    return _head(row) if row else None


LIST_HEADS = """
SELECT batch_no, timestamptz_send(until_at) AS until_at, timestamptz_send(created_at) AS created_at, leaf_count, root,
       previous_head, head, kid, signature
FROM access_batches WHERE batch_no > $1 ORDER BY batch_no LIMIT $2
"""


async def list_heads(db: Executor, after: int, *, limit: int) -> list[Head]:
    return [_head(row) for row in await db.fetch(LIST_HEADS, after, limit)]


FIND_HEADS = "SELECT batch_no, head FROM access_batches WHERE batch_no = ANY($1::bigint[])"


async def find_heads(db: Executor, batch_nos: Sequence[int]) -> dict[int, bytes]:
    return {row["batch_no"]: row["head"] for row in await db.fetch(FIND_HEADS, list(batch_nos))}


HASTEN = "SET LOCAL cursor_tuple_fraction = 1"


async def hasten(db: Connection) -> None:
    """Plans this transaction's cursors for reading all there is, not for a quick first page."""
    await db.execute(HASTEN)


STREAM_LEAVES = """
SELECT batch_no, position, kind, subject_no, entry_id, commitment FROM access_leaves WHERE batch_no >= $1
ORDER BY batch_no, position
"""


def stream_leaves(db: Connection, *, first_batch: int) -> AsyncIterator[list[Record]]:
    """Every leaf in the order of the trees."""
    return pages(db.cursor(STREAM_LEAVES, first_batch, timeout=LONG_SECONDS))


COMMITTED_ACCESSES = """
SELECT l.batch_no, l.entry_id, l.commitment, l.subject_no, a.access_id, a.salt, a.cti, a.kind,
       timestamptz_send(a.issued_at) AS issued_at, timestamptz_send(a.expires_at) AS expires_at,
       timestamptz_send(a.recorded_at) AS recorded_at, a.venue_id, a.scanner_id, a.purpose, a.fields, a.request_key,
       a.staff_id, a.form, timestamptz_send(a.scanned_at) AS scanned_at, a.licence_type, a.licence_id,
       EXISTS (SELECT FROM access_erasures AS e WHERE e.subject_no = l.subject_no) AS is_erased
FROM access_leaves AS l LEFT JOIN accesses AS a ON a.subject_no = l.subject_no AND a.access_id = l.entry_id
WHERE l.kind = 'access' AND l.batch_no >= $1
"""


def stream_committed_accesses(db: Connection, *, first_batch: int) -> AsyncIterator[list[Record]]:
    """Every leaf of an access with its access, in whatever order is cheapest."""
    return pages(db.cursor(COMMITTED_ACCESSES, first_batch, timeout=LONG_SECONDS))


COMMITTED_ERASURES = """
SELECT l.batch_no, l.entry_id, l.commitment, l.subject_no, e.erasure_id, e.salt,
       timestamptz_send(e.erased_at) AS erased_at, e.kid, e.signature
FROM access_leaves AS l LEFT JOIN access_erasures AS e ON e.subject_no = l.subject_no AND e.erasure_id = l.entry_id
WHERE l.kind = 'erasure' AND l.batch_no >= $1
"""


def stream_committed_erasures(db: Connection, *, first_batch: int) -> AsyncIterator[list[Record]]:
    return pages(db.cursor(COMMITTED_ERASURES, first_batch, timeout=LONG_SECONDS))


ALL_ERASURES = """
SELECT e.subject_no, e.erasure_id, timestamptz_send(e.erased_at) AS erased_at, e.kid, e.signature,
       EXISTS (SELECT FROM access_leaves AS l WHERE l.subject_no = e.subject_no AND l.entry_id = e.erasure_id
               AND l.kind = 'erasure') AS is_committed
FROM access_erasures AS e
"""


def stream_erasures(db: Connection) -> AsyncIterator[list[Record]]:
    return pages(db.cursor(ALL_ERASURES, timeout=LONG_SECONDS))


UNCOMMITTED_ACCESSES = """
SELECT a.access_id, timestamptz_send(a.recorded_at) AS recorded_at FROM accesses AS a
WHERE ($1::timestamptz IS NULL OR a.recorded_at >= $1) AND NOT EXISTS (
    SELECT FROM access_leaves AS l WHERE l.subject_no = a.subject_no AND l.entry_id = a.access_id AND l.kind = 'access')
"""


def stream_uncommitted_accesses(db: Connection, *, since: datetime | None) -> AsyncIterator[list[Record]]:
    return pages(db.cursor(UNCOMMITTED_ACCESSES, since, timeout=LONG_SECONDS))


LEFT_OVER_ACCESSES = """
SELECT a.access_id FROM access_erasures AS e JOIN accesses AS a ON a.subject_no = e.subject_no
"""


def stream_left_over_accesses(db: Connection) -> AsyncIterator[list[Record]]:
    """Accesses of subjects whose accesses were erased."""
    return pages(db.cursor(LEFT_OVER_ACCESSES, timeout=LONG_SECONDS))


GET_LEAF = """
SELECT batch_no, position, commitment FROM access_leaves WHERE subject_no = $1 AND entry_id = $2 AND kind = 'access'
"""


async def get_leaf(db: Executor, subject_no: int, access_id: UUID) -> Record | None:
    return await db.fetchrow(GET_LEAF, subject_no, access_id)


LIST_LEAVES = """
SELECT kind, subject_no, entry_id, commitment FROM access_leaves WHERE batch_no = $1 ORDER BY position
"""


async def list_leaves(db: Executor, batch_no: int) -> list[Record]:
    return await db.fetch(LIST_LEAVES, batch_no)


GET_ACCESS = """
SELECT subject_no, access_id, salt, cti, kind, timestamptz_send(issued_at) AS issued_at,
       timestamptz_send(expires_at) AS expires_at, timestamptz_send(recorded_at) AS recorded_at, venue_id, scanner_id,
       purpose, fields, request_key, staff_id, form, timestamptz_send(scanned_at) AS scanned_at, licence_type,
       licence_id
FROM accesses WHERE subject_no = $1 AND access_id = $2
"""


async def get_access(db: Executor, subject_no: int, access_id: UUID) -> Record | None:
    return await db.fetchrow(GET_ACCESS, subject_no, access_id)


INSERT_ERASURE = """
INSERT INTO access_erasures (subject_no, erasure_id, erased_at, salt, kid, signature) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_erasure(
    db: Connection, subject_no: int, erasure_id: UUID, *, salt: bytes, kid: bytes, signature: bytes, now: datetime
) -> None:
    await db.execute(INSERT_ERASURE, subject_no, erasure_id, now, salt, kid, signature)


DELETE_MARKS = "DELETE FROM access_marks WHERE subject_no = $1"


async def delete_marks(db: Connection, subject_no: int) -> None:
    await db.execute(DELETE_MARKS, subject_no, timeout=LONG_SECONDS)


DELETE_ACCESSES = "DELETE FROM accesses WHERE subject_no = $1"


async def delete_accesses(db: Connection, subject_no: int) -> int:
    answer = await db.execute(DELETE_ACCESSES, subject_no, timeout=LONG_SECONDS)
    return int(answer.rpartition(" ")[2])
