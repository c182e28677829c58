"""How migrations are applied: from zero, once however many ask, with limits, and never half."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

import app.migrating
from app.database import Connection, open_pool
from app.migrating import FOLDER, MigrationError, ensure_partitions, migrate, pending, read_migrations
from app.settings import Settings
from tests.harness.folders import create_short_folder
from tests.harness.postgres import installed_postgres, running_postgres

_ALL = [migration.version for migration in read_migrations(FOLDER)]
_MIGRATE_WHEN_TOLD = """
import asyncio, sys
from app.logs import configure_logs
from app.migrating import migrate
configure_logs("warning")
print("ready", flush=True)
sys.stdin.readline()
print(*asyncio.run(migrate(sys.argv[1])), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the real files, to which a test adds its own."""
    copy = tmp_path / "migrations"
    shutil.copytree(FOLDER, copy)
    return copy


@asynccontextmanager
async def _connected(database_url: str) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def _fetch(database_url: str, query: str) -> object:
    async with _connected(database_url) as connection:
        return await connection.fetchval(query)


async def test_all_files_apply_from_zero_and_once(empty_database: str) -> None:
    assert await pending(empty_database) == _ALL
    assert await _fetch(empty_database, "SELECT to_regclass('schema_migrations')") is None
    assert await migrate(empty_database) == _ALL
    assert await pending(empty_database) == []
    assert await migrate(empty_database) == []
    assert await _fetch(empty_database, "SELECT count(*) FROM schema_migrations") == len(_ALL)


async def test_the_coming_months_have_partitions(empty_database: str) -> None:
    await migrate(empty_database)
    months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'accesses'::regclass"
    assert await _fetch(empty_database, months) == 13  # twelve months and the partition of what is beyond
    assert await _fetch(empty_database, "SELECT ensure_access_partitions(now(), 12)") == 0
    assert await _fetch(empty_database, "SELECT ensure_access_partitions(now() + interval '1 year', 1)") == 1


async def test_partitions_are_made_beside_running_scans(fresh_database: str, settings: Settings) -> None:
    next_year = datetime.now(UTC) + timedelta(days=370)
    pool = await open_pool(settings, fresh_database)
    async with _connected(fresh_database) as scanning, scanning.transaction():
        await scanning.execute("LOCK TABLE ONLY accesses IN ROW EXCLUSIVE MODE")
        await ensure_partitions(pool, next_year)
        await ensure_partitions(pool, next_year)
    async with _connected(fresh_database) as other:
        await other.execute(f"SELECT pg_advisory_lock({app.migrating._LOCK_KEY})")
        await ensure_partitions(
            pool, next_year + timedelta(days=40)
        )  # another is at it: nothing to do, nothing to wait for
    await pool.close()
    months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'accesses'::regclass"
    assert await _fetch(fresh_database, months) == 25
    keys = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'accesses_pkey'::regclass"
    assert await _fetch(fresh_database, keys) == 25


async def test_three_processes_at_once_migrate_once(empty_database: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MIGRATE_WHEN_TOLD, empty_database,
            cwd=FOLDER.parent, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(out.decode().split() for out, _ in answers) == [[], [], _ALL]


async def test_a_server_waits_for_its_turn_with_a_bound(fresh_database: str) -> None:
    async with _connected(fresh_database) as other:
        await other.execute(f"SELECT pg_advisory_lock({app.migrating._LOCK_KEY})")
        with pytest.raises(MigrationError, match=r"Another process has been migrating this database for 0\.3 seconds"):
            await migrate(fresh_database, wait_seconds=0.3)
    assert await migrate(fresh_database) == []


async def test_a_changed_file_is_refused_by_name(fresh_database: str, folder: Path) -> None:
    changed = folder / "0002_people.sql"
    changed.write_text(changed.read_text() + "-- one more word\n")
    for ask in (migrate, pending):
        with pytest.raises(MigrationError, match="0002_people was changed after it was applied"):
            await ask(fresh_database, folder=folder)


async def test_line_endings_are_no_change(fresh_database: str, folder: Path) -> None:
    for migration in read_migrations(folder):
        (folder / f"{migration.version}.sql").write_bytes(migration.sql.replace("\n", "\r\n").encode())
    assert await migrate(fresh_database, folder=folder) == []


async def test_a_missing_file_is_refused_by_name(fresh_database: str, folder: Path) -> None:
    (folder / "0002_people.sql").unlink()
    with pytest.raises(MigrationError, match="0002_people was applied to this database and is not among the files"):
        await migrate(fresh_database, folder=folder)


async def test_a_file_before_the_newest_applied_is_refused_by_name(fresh_database: str, folder: Path) -> None:
    (folder / "0000_late.sql").write_text("CREATE TABLE late ();")
    with pytest.raises(MigrationError, match="0000_late was added before"):
        await migrate(fresh_database, folder=folder)


async def test_a_newer_schema_is_tolerated_and_told(fresh_database: str, folder: Path) -> None:
    (folder / "9001_newer.sql").write_text("CREATE TABLE newer ();")
    assert await migrate(fresh_database, folder=folder) == ["9001_newer"]
    with capture_logs() as logs:
        assert await migrate(fresh_database) == []
    assert logs == [{"event": "migrations.newer-schema", "version": "9001_newer", "log_level": "warning"}]


@pytest.mark.parametrize("name", ["0006-people", "0006_People", "06_people"])
def test_a_name_that_is_none_is_refused(folder: Path, name: str) -> None:
    (folder / f"{name}.sql").touch()
    with pytest.raises(MigrationError, match=f"{name}.sql is no name"):
        read_migrations(folder)


def test_two_files_of_one_number_are_refused(folder: Path) -> None:
    (folder / "0002_persons.sql").touch()
    with pytest.raises(MigrationError, match="0002_people and 0002_persons have one number"):
        read_migrations(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="There are no migrations"):
        read_migrations(tmp_path)


async def test_a_migration_that_fails_leaves_nothing_half_done(fresh_database: str, folder: Path) -> None:
    (folder / "9001_good.sql").write_text("CREATE TABLE good ();")
    (folder / "9002_wrong.sql").write_text("CREATE TABLE half ();\nALTER TABLE missing ADD word text;")
    with pytest.raises(MigrationError, match=r'9002_wrong failed: relation "missing" does not exist\. Nothing of it'):
        await migrate(fresh_database, folder=folder)
    assert await _fetch(fresh_database, "SELECT to_regclass('good') IS NOT NULL AND to_regclass('half') IS NULL")
    assert await pending(fresh_database, folder=folder) == ["9002_wrong"]


async def test_a_migration_gives_up_when_it_cannot_get_its_lock(fresh_database: str, folder: Path) -> None:
    (folder / "9001_blocked.sql").write_text("CREATE TABLE half ();\nALTER TABLE residents ADD word text;")
    async with _connected(fresh_database) as other, other.transaction():
        await other.execute("LOCK TABLE residents IN ROW SHARE MODE")
        began = time.monotonic()
        with pytest.raises(
            MigrationError, match=r"9001_blocked did not get its lock within 4s.*Nothing of it was applied"
        ):
            await migrate(fresh_database, folder=folder)
        assert 3.9 < time.monotonic() - began < 60
    assert await _fetch(fresh_database, "SELECT to_regclass('half')") is None
    assert await migrate(fresh_database, folder=folder) == ["9001_blocked"]


async def test_a_file_chooses_how_long_its_statements_may_take(fresh_database: str, folder: Path) -> None:
    path = folder / "9001_slow.sql"
    path.write_text("-- Waits.\n\n-- statement_timeout: 100ms\nSELECT pg_sleep(0.3);")
    with pytest.raises(MigrationError, match="9001_slow has a statement that took longer than 100ms"):
        await migrate(fresh_database, folder=folder)
    path.write_text(
        "-- Waits.\n-- statement_timeout: 60s\nCREATE TABLE told AS SELECT current_setting('statement_timeout');"
    )
    await migrate(fresh_database, folder=folder)
    assert await _fetch(fresh_database, "TABLE told") == "1min"


def test_only_leading_comments_choose(folder: Path) -> None:
    (folder / "9001_plain.sql").write_text("SELECT 1;\n-- statement_timeout: 60s\n-- no transaction\n")
    plain = read_migrations(folder)[-1]
    assert (plain.statement_timeout, plain.in_transaction) == ("5s", True)


async def test_an_index_is_built_beside_waiting_servers(fresh_database: str, folder: Path) -> None:
    """CREATE INDEX CONCURRENTLY waits for every snapshot; a server that waits for its turn must not hold one."""
    (folder / "9001_index.sql").write_text(
        "-- no transaction\nCREATE INDEX CONCURRENTLY messages_by_topic ON messages (recipient, topic);"
    )
    (folder / "9002_after.sql").write_text("CREATE TABLE told AS SELECT current_setting('lock_timeout');")
    answers = await asyncio.gather(*(migrate(fresh_database, folder=folder) for _ in range(3)))
    assert sorted(answers) == [[], [], ["9001_index", "9002_after"]]
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'messages_by_topic'::regclass"
    assert await _fetch(fresh_database, valid) is True
    assert await _fetch(fresh_database, "TABLE told") == "4s"


async def test_a_database_that_is_away_is_said_plainly(fresh_database: str) -> None:
    nowhere = fresh_database.replace("fresh_", "nowhere_")
    with pytest.raises(MigrationError, match=r"PostgreSQL cannot be reached to migrate it: database .* does not exist"):
        await migrate(nowhere)
    with pytest.raises(MigrationError, match="PostgreSQL cannot be reached"):
        await migrate(f"postgresql://app@/app?host=/tmp/{uuid4()}")


async def test_an_old_postgresql_is_refused(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.migrating, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(MigrationError, match=r"This is PostgreSQL \d+; suixing needs 99 or newer"):
        await migrate(fresh_database)


async def test_the_oldest_postgresql_of_this_machine_takes_every_file() -> None:
    found = {major: binaries for major, binaries in installed_postgres().items() if major >= 15}
    if not found:
        pytest.skip("no PostgreSQL of its own on this machine: 18, the embedded one, is tried alone")
    server_folder = create_short_folder()
    with running_postgres(found[min(found)], server_folder) as database_url:
        assert await migrate(database_url) == _ALL
        assert await migrate(database_url) == []
    shutil.rmtree(server_folder)
