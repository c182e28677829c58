"""What an import of residents has in PostgreSQL: its lines, by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.database import UPKEEP_SECONDS, Connection, Record

COLUMNS = (
    "file_hash", "line_no", "resident_id", "subject_no", "wrapped_key", "sealed_phone", "sealed_account", "sealed_name",
    "sealed_id_number", "verified_at", "phone_indexes", "identity_indexes",
)  # fmt: skip


async def copy_lines(db: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Puts a batch into the staging table."""
    await db.copy_records_to_table("import_lines", records=rows, columns=COLUMNS, timeout=UPKEEP_SECONDS)


ENTER_LINES = "SELECT line_no, slug FROM enter_import_lines($1, $2)"


async def enter_lines(db: Connection, file_hash: bytes, now: datetime) -> list[Record]:
    """Makes residents of the staged lines; answers (line_no, slug) of those that it refused."""
    return await db.fetch(ENTER_LINES, file_hash, now, timeout=UPKEEP_SECONDS)
