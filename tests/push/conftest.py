from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from app.database import Pool, open_pool
from app.settings import Settings


@pytest.fixture
def channel() -> str:
    """A channel name of the test's own, so that tests sharing a database never take each other's notices."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture
async def fresh_pool(settings: Settings, fresh_database: str) -> AsyncGenerator[Pool]:
    """A pool on a database of the test's own, for what speaks of the outbox as a whole."""
    opened = await open_pool(settings, fresh_database)
    yield opened
    opened.terminate()
