from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.database import Pool, open_pool
from app.settings import Settings
from codes import KeyRing, create_key_ring
from tests.app.audit.harness import START, Chain
from tests.harness.servers import Servers

_LIST_TABLES = """
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"""


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("keys"), "31", START - timedelta(days=1), development=True)


@pytest.fixture(scope="session")
async def log_database(servers: Servers) -> AsyncGenerator[str]:
    """A database for one log after another, since a database has one log."""
    yield await servers.create_database(name := f"log_{uuid4().hex}")
    await servers.drop_database(name)


@pytest.fixture(scope="session")
async def _log_pool(settings: Settings, log_database: str) -> AsyncGenerator[Pool]:
    pool = await open_pool(settings, log_database, size=4)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
async def _tables(_log_pool: Pool) -> dict[str, bool]:
    """The tables as they were, and which of them the migrations filled."""
    names = [row["name"] for row in await _log_pool.fetch(_LIST_TABLES)]
    return {name: await _log_pool.fetchval(f"SELECT EXISTS (SELECT FROM {name})") for name in names}


@pytest.fixture
async def chain(_log_pool: Pool, _tables: dict[str, bool], ring: KeyRing, tmp_path: Path) -> AsyncGenerator[Chain]:
    """An empty log: what the test before left, whatever it did by hand, is taken away."""
    yield Chain(_log_pool, ring, tmp_path / "heads.jsonl")
    now_there = [row["name"] for row in await _log_pool.fetch(_LIST_TABLES)]
    assert _tables.keys() <= set(now_there), "a test took a table away"
    statements = [f"DROP TABLE {name}" for name in now_there if name not in _tables]
    statements += [f"DELETE FROM {name}" for name, filled in _tables.items() if not filled]
    await _log_pool.execute("; ".join(statements))


@pytest.fixture
async def large_chain(fresh_database: str, settings: Settings, ring: KeyRing, tmp_path: Path) -> AsyncGenerator[Chain]:
    """An empty log in a database that nobody uses after it: many rows that were deleted are in everybody's way."""
    pool = await open_pool(settings, fresh_database, size=4)
    yield Chain(pool, ring, tmp_path / "heads.jsonl")
    await pool.close()
