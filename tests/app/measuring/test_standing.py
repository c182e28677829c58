"""Reading how everything stands, while connections are scarce."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.database import open_pool
from app.measuring.standing import read_standing
from app.recognition.publishing import HeldTrustList, publish_trust_list
from app.settings import Settings
from codes import create_key_ring

_DAY = timedelta(days=1)
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_GENEROUS_SECONDS = 20.0


async def test_one_connection_is_enough(settings: Settings, fresh_database: str, tmp_path: Path) -> None:
    """A desk on each of a pool's connections must not leave each of them waiting for another."""
    ring = create_key_ring(tmp_path / "keys", "31", _NOW - _DAY, development=True)
    pool = await open_pool(settings, fresh_database, size=1)
    await publish_trust_list(pool, ring, lifetime=_DAY, now=_NOW)
    trust = HeldTrustList(pool, ring, lambda: _NOW)
    await trust.catch_up()
    async with asyncio.timeout(_GENEROUS_SECONDS):
        standing = await read_standing(pool, ring, trust, valkey=True, endings_age=timedelta(0), now=_NOW)
    assert standing.records is not None
    assert standing.records.schema_version
    await pool.close()
