"""Brings a database's schema up to date: plain SQL files, forward only, each applied once however many servers start.

A file is `migrations/NNNN_name.sql` and runs in a transaction of its own. Its leading comments may ask for more:
`-- statement_timeout: 60s`, or `-- no transaction` for the one statement that PostgreSQL refuses inside one.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import asyncpg
import structlog

from app.database import Connection, Pool, transaction

log = structlog.get_logger()

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
"""Beside the packages, in a clone and in site-packages alike."""

OLDEST_POSTGRESQL = 15
LOCK_WAIT_SECONDS = 60.0
"""How long a server waits for another one that is migrating the same database."""

_LOCK_KEY = int.from_bytes(b"suixing")
_POLL_SECONDS = 0.1
_LOCK_TIMEOUT = "4s"
_STATEMENT_TIMEOUT = "5s"
_UPKEEP_TIMEOUT = "60s"
_MONTHS_AHEAD = 12

_NAME = re.compile(r"\d{4}_[a-z0-9_]+")
_LIMIT = re.compile(r"-- statement_timeout: (\d+(?:ms|s|min))")

_CREATE_LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version text PRIMARY KEY, checksum bytea NOT NULL, applied_at timestamptz NOT NULL
    )
"""
_HAS_LEDGER = "SELECT to_regclass('schema_migrations') IS NOT NULL"
_READ_LEDGER = "SELECT version, checksum FROM schema_migrations ORDER BY version"
_ENSURE_PARTITIONS = """
    SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN ensure_access_partitions($2, $3) END
"""
_ENTER = "INSERT INTO schema_migrations (version, checksum, applied_at) VALUES ($1, $2, statement_timestamp())"


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message says what stands in the way and what to do."""


@dataclass(frozen=True)
class Migration:
    """One file, and what its leading comments ask for."""

    version: str
    sql: str
    checksum: bytes
    statement_timeout: str
    in_transaction: bool


async def migrate(database_url: str, *, folder: Path = FOLDER, wait_seconds: float = LOCK_WAIT_SECONDS) -> list[str]:
    """Applies what is missing and answers with its versions; servers that start together take turns."""
    migrations = read_migrations(folder)
    async with _connect(database_url) as connection, _turn(connection, wait_seconds):
        await connection.execute(_CREATE_LEDGER)
        missing = find_missing(migrations, await _read_applied(connection))
        for migration in missing:
            await _apply(connection, migration)
        await _keep_up(connection)
    return [migration.version for migration in missing]


async def pending(database_url: str, *, folder: Path = FOLDER) -> list[str]:
    """The versions that `migrate` would apply; changes nothing."""
    migrations = read_migrations(folder)
    async with _connect(database_url) as connection:
        applied = await _read_applied(connection) if await connection.fetchval(_HAS_LEDGER) else {}
    return [migration.version for migration in find_missing(migrations, applied)]


def read_migrations(folder: Path) -> list[Migration]:
    """Every numbered file of the folder, in order."""
    migrations = [_read(path) for path in sorted(folder.glob("[0-9]*.sql"))]
    if not migrations:
        raise MigrationError(f"There are no migrations in {folder}: this installation is incomplete.")
    for earlier, later in pairwise(migrations):
        if earlier.version[:4] == later.version[:4]:
            raise MigrationError(f"{earlier.version} and {later.version} have one number: give the newer the next one.")
    return migrations


def _read(path: Path) -> Migration:
    if not _NAME.fullmatch(path.stem):
        raise MigrationError(f"{path.name} is no name of a migration: it must be like 0001_people.sql.")
    sql = path.read_text(encoding="utf-8")  # universal newlines: a checkout with CRLF has the same checksum
    head = re.match(r"(?:--.*\n|\s*\n)*", sql)
    comments = head[0].splitlines() if head else []
    limits = [limit[1] for comment in comments if (limit := _LIMIT.fullmatch(comment.strip()))]
    return Migration(
        version=path.stem,
        sql=sql,
        checksum=hashlib.sha256(sql.encode()).digest(),
        statement_timeout=limits[0] if limits else _STATEMENT_TIMEOUT,
        in_transaction="-- no transaction" not in (comment.strip() for comment in comments),
    )


def find_missing(migrations: Sequence[Migration], applied: Mapping[str, bytes]) -> list[Migration]:
    """What is still to be applied; raises where the files and the database do not tell one history."""
    here = {migration.version: migration for migration in migrations}
    newest_here = migrations[-1].version
    for version, checksum in applied.items():
        if version not in here:
            if version < newest_here:
                raise MigrationError(f"{version} was applied to this database and is not among the files: restore it.")
            # A newer server has migrated while this one is still being replaced; its changes work beside ours.
            log.warning("migrations.newer-schema", version=version)
        elif here[version].checksum != checksum:
            raise MigrationError(
                f"{version} was changed after it was applied: restore it, and put the change into a new file."
            )
    missing = [migration for migration in migrations if migration.version not in applied]
    newest_applied = max((version for version in applied if version in here), default="")
    if missing and missing[0].version < newest_applied:
        raise MigrationError(
            f"{missing[0].version} was added before {newest_applied}, which is applied: give it the next number."
        )
    return missing


@asynccontextmanager
async def _connect(database_url: str) -> AsyncGenerator[Connection]:
    try:
        connection: Connection = await asyncpg.connect(
            database_url,
            timeout=10,
            statement_cache_size=0,
            server_settings={
                "application_name": "suixing migrate",
                "timezone": "UTC",
                "client_min_messages": "warning",
            },
        )
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise MigrationError(f"PostgreSQL cannot be reached to migrate it: {_say(fault)}") from fault
    try:
        version = connection.get_server_version()
        if version.major < OLDEST_POSTGRESQL:
            raise MigrationError(
                f"This is PostgreSQL {version.major}; suixing needs {OLDEST_POSTGRESQL} or newer: upgrade the server."
            )
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _turn(connection: Connection, wait_seconds: float) -> AsyncGenerator[None]:
    """Holds the lock that one migrating process at a time may hold; it goes with the connection, whatever happens.

    Asks again and again rather than waiting inside PostgreSQL: a waiting statement holds a snapshot, for which
    CREATE INDEX CONCURRENTLY in the process whose turn it is would wait in return.
    """
    give_up_at = time.monotonic() + wait_seconds
    told = False
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK_KEY):
        if time.monotonic() >= give_up_at:
            raise MigrationError(
                f"Another process has been migrating this database for {wait_seconds:g} seconds: wait until it is "
                "done and start again, or end it if it hangs (application_name 'suixing migrate' in pg_stat_activity)."
            )
        if not told:
            log.info("migrations.waiting")
            told = True
        await asyncio.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock_all()")


async def _read_applied(connection: Connection) -> dict[str, bytes]:
    return {row["version"]: row["checksum"] for row in await connection.fetch(_READ_LEDGER)}


async def _apply(connection: Connection, migration: Migration) -> None:
    began = time.monotonic()
    try:
        if migration.in_transaction:
            async with connection.transaction():
                await _limit(connection, migration.statement_timeout)
                await connection.execute(migration.sql)
                await connection.execute(_ENTER, migration.version, migration.checksum)
        else:
            await _limit(connection, migration.statement_timeout, scope="SESSION")
            await connection.execute(migration.sql)
            await connection.execute(_ENTER, migration.version, migration.checksum)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as fault:
        raise MigrationError(_explain(migration, fault)) from fault
    log.info("migration.applied", version=migration.version, ms=round((time.monotonic() - began) * 1000))


async def _limit(connection: Connection, statement_timeout: str, *, scope: str = "LOCAL") -> None:
    """A migration runs beside a serving deployment: it must not queue for a lock, and requests behind it, for long."""
    await connection.execute(
        f"SET {scope} lock_timeout = '{_LOCK_TIMEOUT}'; SET {scope} statement_timeout = '{statement_timeout}'"
    )


def _explain(migration: Migration, fault: Exception) -> str:
    left = (
        "Nothing of it was applied" if migration.in_transaction else "It runs without a transaction; look what it left"
    )
    if isinstance(fault, asyncpg.LockNotAvailableError):
        return (
            f"{migration.version} did not get its lock within {_LOCK_TIMEOUT}: another transaction holds it. "
            f"{left}; run `suixing migrate` again when that transaction is over."
        )
    if isinstance(fault, asyncpg.QueryCanceledError):
        return (
            f"{migration.version} has a statement that took longer than {migration.statement_timeout}. {left}; "
            "split it, or let the file ask for more by `-- statement_timeout: 60s`."
        )
    return f"{migration.version} failed: {_say(fault)}. {left}."


async def _keep_up(connection: Connection) -> None:
    """What follows every start: new tables go where they belong on a cluster, and the coming months have partitions."""
    try:
        async with connection.transaction():
            await _limit(connection, _UPKEEP_TIMEOUT)
            await connection.execute("SELECT cluster.apply()")
            await _ensure_partitions(connection, datetime.now(UTC))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as fault:
        raise MigrationError(f"The schema is there, but not all that follows from it: {_say(fault)}.") from fault


async def ensure_partitions(pool: Pool, now: datetime) -> None:
    """Makes the partitions of the coming months; for the worker of a deployment that is not restarted for a year."""
    async with transaction(pool) as connection:
        await _limit(connection, _STATEMENT_TIMEOUT)
        await _ensure_partitions(connection, now)


async def _ensure_partitions(connection: Connection, now: datetime) -> None:
    """Does nothing while another process is at it."""
    await connection.execute(_ENSURE_PARTITIONS, _LOCK_KEY, now, _MONTHS_AHEAD)


def _say(fault: Exception) -> str:
    return str(fault).rstrip(".") or type(fault).__name__
