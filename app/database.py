"""PostgreSQL holds the truth: one pool a process, and the few ways in which use cases speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from app.settings import Settings
from app.tracing import is_tracing, note_statement, span

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Record: TypeAlias = asyncpg.Record
    Executor: TypeAlias = Connection | Pool
    _ConnectionBase = asyncpg.Connection[asyncpg.Record]
else:
    Connection = Pool = Record = Executor = Any
    _ConnectionBase = asyncpg.Connection

FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What is raised while PostgreSQL is away, starting, full, too slow or no longer the primary, as against a statement
that is wrong.
"""

_ANSWER_SECONDS = 1.0
_CONNECT_SECONDS = 5.0
DECLINED = asyncpg.PostgresError
"""What PostgreSQL answers where it would not: a wrong password, a database or a table that is not there."""

STATEMENT_SECONDS = 5.0
"""How long a statement of a request may take, or the connection for a transaction, before it is given up."""
UPKEEP_SECONDS = 60.0
"""And one of the worker that forgets what is old, of which there may be much where no worker ran for a while."""


class _LeanConnection(_ConnectionBase):
    """Goes back to the pool without asyncpg's reset, a second round trip: nothing here sets session state."""

    def get_reset_query(self) -> str:
        return ""


async def open_pool(settings: Settings, url: str, *, size: int | None = None) -> Pool:
    """Connects; JSON columns are read and written with msgspec."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size or settings.pool_size,
        timeout=_CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        statement_cache_size=1024 if settings.statement_cache else 0,
        connection_class=_LeanConnection,
        init=_speak_json,
        server_settings={"application_name": "suixing", "timezone": "UTC"},
    )


async def _speak_json(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )
    if is_tracing():
        connection.add_query_logger(note_statement)


def is_pool(db: Executor) -> bool:
    """Whether statements go to whichever connection is free, each by itself, not into somebody's transaction."""
    return isinstance(db, asyncpg.Pool)


async def is_answering(pool: Pool) -> bool:
    """Whether PostgreSQL is there now, within a second."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return bool(await pool.fetchval("SELECT true"))
    except FAULTS:
        return False


@asynccontextmanager
async def transaction(db: Executor) -> AsyncGenerator[Connection]:
    """One connection, one transaction: committed at the end, or undone by whatever is raised.

    Within another transaction, given by its connection, it is a part of that one. A crowd does not wait for a
    connection without end: what is written then would bear a time long past, and who follows such times, as servers
    follow the ended sessions, would have looked already.
    """
    if not isinstance(db, asyncpg.Pool):
        async with db.transaction():
            yield db
        return
    with span("database.transaction"):
        async with db.acquire(timeout=STATEMENT_SECONDS) as connection, connection.transaction():
            yield connection
