from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import open_pool
from app.settings import Settings
from codes import KeyRing, create_key_ring
from tests.app.audit.harness import START, Chain


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("keys"), "31", START - timedelta(days=1), development=True)


@pytest.fixture
async def chain(fresh_database: str, settings: Settings, ring: KeyRing, tmp_path: Path) -> AsyncGenerator[Chain]:
    """An empty log in a database of its own, since a database has one log."""
    pool = await open_pool(settings, fresh_database, size=4)
    yield Chain(pool, ring, tmp_path / "heads.jsonl")
    await pool.close()
