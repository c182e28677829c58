"""A log of its own for each test: rows are written as a scan writes them, and tampered with by SQL."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.audit import FindingKind, Head, Report, RingSigner, commit_batch, erase_accesses, verify_log
from app.database import Pool, transaction
from app.identifiers import new_id
from codes import KeyRing

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COLUMNS = (
    "subject_no", "expires_at", "access_id", "cti", "kind", "issued_at", "recorded_at", "venue_id", "scanner_id",
    "purpose", "fields", "salt", "request_key", "staff_id", "form", "scanned_at",
)  # fmt: skip

_CHANGES = {
    "bigint": "{} + 1000",
    "integer": "{} + 1000",
    "bytea": "set_byte({0}, 0, 255 - get_byte({0}, 0))",
    "text": "concat({}, 'x')",
    "text[]": "{} || ARRAY['masked_name']",
    "uuid": "md5(concat({}))::uuid",
    "timestamp with time zone": "{} + interval '1 microsecond'",
}
_LEAF_KIND = "CASE kind WHEN 'access' THEN 'erasure' ELSE 'access' END"


def make_access(at: datetime, subject_no: int | None = None, **given: Any) -> dict[str, Any]:
    """A row of `accesses`; anything can be said otherwise."""
    row: dict[str, Any] = {
        "subject_no": random.getrandbits(62) if subject_no is None else subject_no,
        "expires_at": at + MINUTE,
        "access_id": new_id(),
        "cti": os.urandom(24),
        "kind": "personal",
        "issued_at": at,
        "recorded_at": at,
        "venue_id": new_id(),
        "scanner_id": new_id(),
        "purpose": "library-entry",
        "fields": ["kind"],
        "salt": os.urandom(16),
        "request_key": os.urandom(32),
        "staff_id": uuid4(),
        "form": "phone",
        "scanned_at": at,
    }
    return row | given


@dataclass
class Chain:
    """A deployment's log, its keys, its witness, and the time."""

    pool: Pool
    ring: KeyRing
    witness: Path
    now: datetime = field(default=START)

    async def write(self, rows: Iterable[dict[str, Any]]) -> list[UUID]:
        """Accesses as they come to be, without their scans."""
        records = [tuple(row[column] for column in COLUMNS) for row in rows]
        async with self.pool.acquire() as db:
            await db.copy_records_to_table("accesses", records=records, columns=COLUMNS, timeout=60)
        return [record[COLUMNS.index("access_id")] for record in records]

    async def scan(self, count: int = 1, *, subject_no: int | None = None, **given: Any) -> list[UUID]:
        """That many accesses, recorded now."""
        return await self.write([make_access(self.now, subject_no, **given) for _ in range(count)])

    async def commit(self) -> list[Head]:
        """A minute goes by, and the worker comes."""
        self.now += MINUTE
        return await commit_batch(self.pool, self.ring, now=self.now, witness=self.witness)

    async def fill(self, *counts: int) -> list[list[UUID]]:
        """A batch of each of these sizes."""
        made = []
        for count in counts:
            made.append(await self.scan(count))
            await self.commit()
        return made

    async def erase(self, subject_no: int) -> int:
        async with transaction(self.pool) as db:
            return await erase_accesses(db, self.ring, subject_no, self.now)

    async def verify(self, **given: Any) -> Report:
        """A moment after the last commit."""
        now = self.now + timedelta(seconds=1)
        return await verify_log(self.pool, RingSigner(self.ring, now), self.witness, now, **given)

    async def find(self) -> set[FindingKind]:
        """The kinds of what a verification finds."""
        return {finding.kind for finding in (await self.verify()).findings}

    async def find_about(self, kind: FindingKind) -> set[UUID | int | None]:
        """What the findings of a kind name: the entry, or else the batch."""
        return {f.entry_id or f.batch_no for f in (await self.verify()).findings if f.kind is kind}

    async def tamper(self, statement: str, *given: Any) -> None:
        """What somebody does who has the database, and nothing else."""
        await self.pool.execute(statement, *given)


async def list_changes(chain: Chain, table: str) -> list[tuple[str, str]]:
    """Each column of the table as it is in the catalogue, and something else of its type."""
    rows = await chain.pool.fetch(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
        "WHERE attrelid = $1::text::regclass AND attnum > 0",
        table,
    )
    changes = {name: _CHANGES[of_type].format(name) for name, of_type in rows}
    return list((changes | ({"kind": _LEAF_KIND} if table == "access_leaves" else {})).items())
