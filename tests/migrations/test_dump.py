from __future__ import annotations

import asyncio
import difflib

import asyncpg

from app.embedded.binaries import find_postgres
from tests.migrations.dump import MONTHLY, SCHEMA, describe_schema


async def test_the_dump_is_current(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)
    try:
        described = await describe_schema(connection)
    finally:
        await connection.close()
    assert find_changes(SCHEMA.read_text("utf-8"), described) == [], "run `python -m tests.migrations.dump` and commit"


async def test_the_dump_leaves_nothing_out(fresh_database: str, empty_database: str) -> None:
    """pg_dump finds the same in a database made from the dump as in one made by the migrations."""
    connection = await asyncpg.connect(empty_database)
    try:
        await connection.execute(SCHEMA.read_text("utf-8"))
    finally:
        await connection.close()
    migrated, loaded = await _pg_dump(fresh_database), await _pg_dump(empty_database)
    assert "CREATE TABLE public.accesses (" in migrated
    assert find_changes(loaded, migrated) == []


def find_changes(before: str, after: str) -> list[str]:
    """The lines that differ, and no others: a schema is long."""
    changes = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in changes if not line.startswith(("---", "+++", "@@"))]


async def _pg_dump(database_url: str) -> str:
    process = await asyncio.create_subprocess_exec(
        find_postgres() / "pg_dump", "--schema-only", "--no-owner", "--restrict-key=none", f"--exclude-table={MONTHLY}",
        database_url, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()
