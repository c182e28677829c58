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
    _PoolBase = asyncpg.Pool[asyncpg.Record]
else:
    Connection = Pool = Record = Executor = Any
    _ConnectionBase = asyncpg.Connection
    _PoolBase = asyncpg.Pool

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
_IDLE_SECONDS = 300.0
"""After which a connection that nobody needs is closed, but for the last."""
_MOST_STATEMENTS = 50_000
"""Of one connection, which is then made anew: what its server process holds does not grow for ever."""
DECLINED = asyncpg.PostgresError
"""What PostgreSQL answers where it would not: a wrong password, a database or a table that is not there."""

STATEMENT_SECONDS = 5.0
"""How long a statement of a request may take, or the connection for a transaction, before it is given up."""
UPKEEP_SECONDS = 60.0
"""And one of the worker that forgets what is old, of which there may be much where no worker ran for a while."""


class _LeanConnection(_ConnectionBase):
    """Goes back to the pool without asyncpg's reset, a second round trip: nothing here sets session state."""

    def is_clean(self) -> bool:
        """Whether it is as good as new: nothing is open on it, and no statement is being given up."""
        protocol: Any = getattr(self, "_protocol")  # noqa: B009  the stubs have it not
        return not (self.is_closed() or self.is_in_transaction() or protocol._is_cancelling())  # noqa: SLF001  as above

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  as asyncpg has it
        """Ends a transaction that somebody left open, and nothing else."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)

    def get_reset_query(self) -> str:
        return ""


class _LeanPool(_PoolBase):
    """Takes a connection back without a task of its own.

    asyncpg starts one each time, lest the end of whoever gives it back interrupt what is still to be done with the
    connection: of a single statement's cost here, a third. Nearly always nothing is to be done.
    """

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  as asyncpg has it
        lent = connection._con  # noqa: SLF001  asyncpg has no word for a connection that is clean
        # asyncpg notes a statement at the loop's next turn, which the task brings before the span around it has ended.
        if lent is None or is_tracing() or not lent.is_clean():
            await super().release(connection, timeout=timeout)
        else:
            lent._on_release()  # noqa: SLF001  as asyncpg's own release does
            await connection._holder.release(None)  # noqa: SLF001  which waits for nothing


async def open_pool(settings: Settings, url: str, *, size: int | None = None) -> Pool:
    """Connects; JSON columns are read and written with msgspec."""
    return await _LeanPool(
        url,
        min_size=1,
        max_size=size or settings.pool_size,
        max_queries=_MOST_STATEMENTS,
        max_inactive_connection_lifetime=_IDLE_SECONDS,
        loop=None,
        record_class=asyncpg.Record,
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
