"""Annotated copies in PostgreSQL: one statement a function. What is printed is stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge
from app.wallet.copy_model import StoredCopy

INSERT_COPY = """
INSERT INTO licence_copies (holder_id, copy_id, holder_kind, licence_id, type_id, issued_by, subject_no, sealed_order,
                            issued_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def insert_copy(db: Connection, copy: StoredCopy) -> None:
    """One that nobody has printed yet."""
    await db.execute(
        INSERT_COPY,
        copy.holder_id,
        copy.copy_id,
        copy.holder_kind,
        copy.licence_id,
        copy.type_id,
        copy.issued_by,
        copy.subject_no,
        copy.sealed_order,
        copy.issued_at,
        copy.expires_at,
    )


INSERT_LOOKUP = """
INSERT INTO licence_copy_lookups (copy_id, holder_id, token_hash, token_expires_at, expires_at)
VALUES ($1, $2, $3, $4, $5)
"""


async def insert_lookup(db: Connection, copy: StoredCopy, *, token_hash: bytes, token_expires_at: datetime) -> None:
    """From the copy to its holder, and what downloads it."""
    await db.execute(INSERT_LOOKUP, copy.copy_id, copy.holder_id, token_hash, token_expires_at, copy.expires_at)


FIND_DOWNLOAD = """
SELECT holder_id FROM licence_copy_lookups
WHERE copy_id = $1 AND token_hash = $2 AND spent_at IS NULL AND token_expires_at > $3
"""


async def find_download(db: Executor, copy_id: UUID, token_hash: bytes, now: datetime) -> UUID | None:
    """Whose copy the token could download at this moment; None where it could not."""
    holder_id: UUID | None = await db.fetchval(FIND_DOWNLOAD, copy_id, token_hash, now)
    return holder_id


CLAIM_DOWNLOAD = """
UPDATE licence_copy_lookups SET spent_at = $3
WHERE copy_id = $1 AND token_hash = $2 AND spent_at IS NULL AND token_expires_at > $3 RETURNING 1
"""


async def claim_download(db: Connection, copy_id: UUID, token_hash: bytes, now: datetime) -> bool:
    """True for whoever comes first with the token, in time."""
    return await db.fetchval(CLAIM_DOWNLOAD, copy_id, token_hash, now) is not None


GET_HOLDER = "SELECT holder_id FROM licence_copy_lookups WHERE copy_id = $1"


async def get_holder(db: Executor, copy_id: UUID) -> UUID | None:
    holder_id: UUID | None = await db.fetchval(GET_HOLDER, copy_id)
    return holder_id


GET_COPY = """
SELECT holder_id, copy_id, holder_kind, licence_id, type_id, issued_by, subject_no, sealed_order, issued_at,
       expires_at, sealed_print, digest, printed_at, checks, checked_at, revoked_at
FROM licence_copies WHERE holder_id = $1 AND copy_id = $2
"""


async def get_copy(db: Executor, holder_id: UUID, copy_id: UUID) -> StoredCopy | None:
    row = await db.fetchrow(GET_COPY, holder_id, copy_id)
    return StoredCopy.of(row) if row else None


LIST_COPIES = """
SELECT holder_id, copy_id, holder_kind, licence_id, type_id, issued_by, subject_no, sealed_order, issued_at,
       expires_at, sealed_print, digest, printed_at, checks, checked_at, revoked_at
FROM licence_copies
WHERE holder_id = $1 AND copy_id < $2 AND ($3::uuid[] IS NULL OR licence_id = ANY($3)) ORDER BY copy_id DESC LIMIT $4
"""


async def list_copies(
    db: Executor, holder_id: UUID, *, before: UUID, of_licences: Sequence[UUID] | None, limit: int
) -> list[StoredCopy]:
    """The newest first, those before this one; `of_licences`: of these alone."""
    rows = await db.fetch(LIST_COPIES, holder_id, before, of_licences, limit)
    return [StoredCopy.of(row) for row in rows]


MARK_PRINTED = """
UPDATE licence_copies SET sealed_print = $3, digest = $4, printed_at = $5 WHERE holder_id = $1 AND copy_id = $2
"""


async def mark_printed(
    db: Connection, holder_id: UUID, copy_id: UUID, *, sealed_print: bytes, digest: bytes, now: datetime
) -> None:
    await db.execute(MARK_PRINTED, holder_id, copy_id, sealed_print, digest, now)


COUNT_CHECK = "UPDATE licence_copies SET checks = checks + 1, checked_at = $3 WHERE holder_id = $1 AND copy_id = $2"


async def count_check(db: Executor, holder_id: UUID, copy_id: UUID, now: datetime) -> None:
    """Somebody had it checked: its holder sees how often."""
    await db.execute(COUNT_CHECK, holder_id, copy_id, now)


REVOKE_COPY = """
UPDATE licence_copies SET revoked_at = $3 WHERE holder_id = $1 AND copy_id = $2 AND revoked_at IS NULL RETURNING 1
"""


async def claim_revoking(db: Connection, holder_id: UUID, copy_id: UUID, now: datetime) -> bool:
    """False where it was revoked before."""
    return await db.fetchval(REVOKE_COPY, holder_id, copy_id, now) is not None


LIST_GOOD_FROM = """
SELECT subject_no, greatest(papers_valid_from, to_timestamp(0)) AS good_from FROM subjects
WHERE subject_no = ANY($1::bigint[]) AND ended_at IS NULL AND suspended_at IS NULL
"""


async def list_good_from(db: Executor, subject_nos: Sequence[int]) -> list[Record]:
    """Since when what a subject's holder did for long is good, of those that neither ended nor rest."""
    return await db.fetch(LIST_GOOD_FROM, list(subject_nos))


EXPORT_COPIES = """
SELECT copy_id, licence_id, type_id, sealed_order, issued_at, expires_at, printed_at, checks, checked_at, revoked_at
FROM licence_copies WHERE holder_id = $1 ORDER BY copy_id
"""


async def list_for_export(db: Executor, holder_id: UUID) -> list[Record]:
    return await db.fetch(EXPORT_COPIES, holder_id)


DELETE_COPIES = "DELETE FROM licence_copies WHERE holder_id = $1"
DELETE_LOOKUPS = "DELETE FROM licence_copy_lookups WHERE holder_id = $1"


async def delete_copies(db: Connection, holder_id: UUID) -> None:
    await db.execute(DELETE_COPIES, holder_id, timeout=UPKEEP_SECONDS)
    await db.execute(DELETE_LOOKUPS, holder_id, timeout=UPKEEP_SECONDS)


PURGE_COPIES = write_purge("licence_copies", "holder_id, copy_id", "expires_at < $1", by="expires_at")
PURGE_LOOKUPS = write_purge("licence_copy_lookups", "copy_id", "expires_at < $1", by="expires_at")


async def purge(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_COPIES, before)
    await purge_pages(db, PURGE_LOOKUPS, before)
