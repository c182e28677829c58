"""Erasing beside the chained log: whoever verifies it finds it sound, before and after."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.audit import WITNESS
from app.database import Pool, open_pool, transaction
from app.people.seeding import SeededPerson, seed_person
from app.rights import erasing
from app.rights.erasing import Eraser, erase_due
from app.rights.leaving import order_erasure
from app.sealing import Vault
from app.settings import Settings
from codes import create_key_ring
from tests.app.audit.harness import MINUTE, START, Chain

_KEPT = timedelta(days=200)


@pytest.fixture
async def own_pool(settings: Settings, fresh_database: str) -> AsyncGenerator[Pool]:
    opened = await open_pool(settings, fresh_database, size=3)
    yield opened
    await opened.close()


@pytest.fixture
def chain(own_pool: Pool, tmp_path: Path) -> Chain:
    ring = create_key_ring(tmp_path / "keys", "31", START - MINUTE, development=True)
    return Chain(own_pool, ring, tmp_path / WITNESS)


def invent() -> SeededPerson:
    return SeededPerson("王小明", "+8613900000001", "310101199003070011", uuid4(), verified=True)


async def test_the_log_is_sound_before_and_after(chain: Chain, vault: Vault) -> None:
    pool = chain.pool
    resident_id = await seed_person(pool, vault, invent(), chain.now)
    subject_no = await pool.fetchval("SELECT subject_no FROM residents WHERE resident_id = $1", resident_id)
    await chain.scan(5, subject_no=subject_no)
    await chain.fill(3)
    assert (await chain.verify()).is_sound
    async with transaction(pool) as db:
        await order_erasure(db, resident_id, chain.now)
    chain.now += MINUTE
    assert await erase_due(Eraser(pool, vault, chain.ring, _KEPT), chain.now) == 1
    for _ in range(2):  # before and after the erasure itself is committed
        report = await chain.verify()
        assert (report.findings, report.erased) == ([], 5)
        await chain.commit()


async def test_one_that_fails_keeps_nobody_behind_it_waiting(
    chain: Chain, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that opens nothing must not stop everyone who asked to leave after its owner."""
    monkeypatch.setattr(erasing, "_AT_ONCE", 1)
    pool = chain.pool
    broken = await seed_person(pool, vault, invent(), chain.now)
    other = SeededPerson("李小红", "+8613900000002", "310101199003070038", uuid4(), verified=True)
    behind = await seed_person(pool, vault, other, chain.now)
    async with transaction(pool) as db:
        await order_erasure(db, broken, chain.now)
        await order_erasure(db, behind, chain.now + timedelta(seconds=1))
    await pool.execute("UPDATE residents SET wrapped_key = $2 WHERE resident_id = $1", broken, bytes(64))
    chain.now += MINUTE
    assert await erase_due(Eraser(pool, vault, chain.ring, _KEPT), chain.now) == 1
    rows = await pool.fetch("SELECT resident_id, erased_at IS NOT NULL AS erased FROM deletions")
    assert {row["resident_id"]: row["erased"] for row in rows} == {broken: False, behind: True}
