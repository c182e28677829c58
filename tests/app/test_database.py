from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

import app.database
from app.database import FAULTS, Pool, open_pool, transaction
from app.settings import Settings

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(_JSON)
@examples(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_json_is_read_as_it_was_written(pool: Pool, value: Any) -> None:
    assert await pool.fetchval("SELECT $1::jsonb", value) == value


async def test_json_takes_what_msgspec_takes(pool: Pool) -> None:
    subject, at = uuid4(), datetime(2026, 1, 1, tzinfo=UTC)
    read = await pool.fetchval("SELECT $1::jsonb", {"id": subject, "at": at})
    assert read == {"id": str(subject), "at": "2026-01-01T00:00:00Z"}


async def test_a_transaction_is_kept_or_undone_whole(pool: Pool) -> None:
    kept, undone = uuid4(), uuid4()
    insert = "INSERT INTO session_endings (session_id, ended_at) VALUES ($1, $2)"
    now = datetime.now(UTC)
    async with transaction(pool) as db:
        await db.execute(insert, kept, now)

    async def undo() -> None:
        async with transaction(pool) as db:
            await db.execute(insert, undone, now)
            await db.execute(insert, kept, now)

    with pytest.raises(asyncpg.UniqueViolationError):
        await undo()
    found = await pool.fetch(
        "SELECT session_id FROM session_endings WHERE session_id = ANY($1::uuid[])", [kept, undone]
    )
    assert [row["session_id"] for row in found] == [kept]


async def test_a_connection_goes_back_clean(settings: Settings, database_url: str) -> None:
    """Without asyncpg's reset, what somebody left open must still not reach the next one."""
    pool = await open_pool(settings, database_url, size=1)
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()
        busy = asyncio.create_task(connection.execute("SELECT pg_sleep(30)"))
        await asyncio.sleep(0.05)
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()


async def test_a_connection_goes_back_without_a_round_trip(settings: Settings, database_url: str, pool: Pool) -> None:
    single = await open_pool(settings, database_url, size=1)
    pid = await single.fetchval("SELECT pg_backend_pid()")
    last = await pool.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", pid)
    assert last == "SELECT pg_backend_pid()"
    await single.close()


async def test_a_connection_goes_back_without_a_task(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncpg's own way back, a task of its own, is for connections with something left to be done."""
    await pool.fetchval("SELECT 1")
    started: list[object] = []
    monkeypatch.setattr(asyncio, "shield", started.append)
    assert await pool.fetchval("SELECT 2") == 2
    async with pool.acquire() as connection, connection.transaction():
        assert await connection.fetchval("SELECT 3") == 3
    assert not started


async def test_a_statement_that_takes_too_long_is_given_up(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.database, "STATEMENT_SECONDS", 0.1)
    pool = await open_pool(settings, database_url, size=1)
    with pytest.raises(TimeoutError):
        await pool.fetchval("SELECT pg_sleep(30)")
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()


async def test_nobody_waits_for_a_connection_without_end(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = await open_pool(settings, database_url, size=1)
    monkeypatch.setattr(app.database, "STATEMENT_SECONDS", 0.1)
    async with pool.acquire():
        with pytest.raises(TimeoutError):
            await transaction(pool).__aenter__()
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()


async def test_a_server_that_may_only_be_read_raises_a_fault(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        with pytest.raises(FAULTS):
            await connection.execute("INSERT INTO session_endings VALUES ($1, $2)", uuid4(), datetime.now(UTC))


async def test_times_are_utc(pool: Pool) -> None:
    assert await pool.fetchval("SELECT current_setting('timezone')") == "UTC"
    assert await pool.fetchval("SELECT current_setting('application_name')") == "suixing"


async def test_behind_pgbouncer_no_statement_is_kept(database_url: str) -> None:
    pool = await open_pool(Settings(statement_cache=False), database_url, size=1)
    for _ in range(3):
        await pool.fetchval("SELECT $1::int", 1)
    assert await pool.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0
    await pool.close()


async def test_a_server_that_is_away_raises_a_fault(settings: Settings, fresh_database: str) -> None:
    with pytest.raises(FAULTS):
        await open_pool(settings, f"postgresql://app@/app?host=/tmp/{uuid4()}")
    pool = await open_pool(settings, fresh_database, size=1)
    with pytest.raises(FAULTS):
        await pool.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await pool.fetchval("SELECT 1") == 1, "the pool connects again by itself"
    with pytest.raises(asyncpg.UndefinedTableError) as wrong:
        await pool.execute("SELECT word FROM nowhere")
    assert not isinstance(wrong.value, FAULTS)
    await pool.close()
