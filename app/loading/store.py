"""Where the loading of a file stands, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.database import Connection, Executor

BEGIN_IMPORT = """
INSERT INTO imports (file_hash, byte_offset, line_no, report_bytes, entered, refused, started_at)
VALUES ($1, 0, 0, 0, 0, 0, $2) ON CONFLICT DO NOTHING
"""
GET_IMPORT = """
SELECT byte_offset, line_no, report_bytes, entered, refused, finished_at IS NOT NULL AS finished FROM imports
WHERE file_hash = $1
"""


class Standing(msgspec.Struct, frozen=True):
    """Up to where a file has been imported."""

    byte_offset: int
    line_no: int
    report_bytes: int
    entered: int
    refused: int
    finished: bool


async def begin(db: Executor, file_hash: bytes, now: datetime) -> Standing:
    """Where this file's import stands: at its beginning, unless it was under way before."""
    await db.execute(BEGIN_IMPORT, file_hash, now)
    row = await db.fetchrow(GET_IMPORT, file_hash)
    assert row is not None  # noqa: S101  it was just put there
    return Standing(**row)


ADVANCE_IMPORT = """
UPDATE imports SET byte_offset = $3, line_no = $4, report_bytes = $5, entered = $6, refused = $7, finished_at = $8
WHERE file_hash = $1 AND byte_offset = $2 AND finished_at IS NULL RETURNING 1
"""


async def advance(
    db: Connection, file_hash: bytes, *, since: int, standing: Standing, finished_at: datetime | None
) -> bool:
    """False where another process imports the same file, and was faster."""
    return (
        await db.fetchval(
            ADVANCE_IMPORT,
            file_hash,
            since,
            standing.byte_offset,
            standing.line_no,
            standing.report_bytes,
            standing.entered,
            standing.refused,
            finished_at,
        )
        is not None
    )
