"""The trust list: signed in time, never going backwards, and held through whatever is published badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from app.database import Pool, open_pool
from app.recognition import publishing
from app.recognition.publishing import HeldTrustList, forget_trust_lists, publish_trust_list
from app.settings import Settings
from codes import KeyRing, KeyUse, create_key_ring, read_trust_list, sign_trust_list
from tests.harness.clock import Clock

DAY = timedelta(days=1)


@pytest.fixture
async def fresh_pool(settings: Settings, fresh_database: str) -> AsyncGenerator[Pool]:
    """A database that has published nothing."""
    opened = await open_pool(settings, fresh_database)
    yield opened
    await opened.close()


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> KeyRing:
    return create_key_ring(tmp_path / "keys", "31", clock.now, development=True)


async def publish(pool: Pool, ring: KeyRing, clock: Clock) -> bool:
    return await publish_trust_list(pool, ring, lifetime=DAY, now=clock.now)


async def list_sequences(pool: Pool) -> list[int]:
    return [row["sequence"] for row in await pool.fetch("SELECT sequence FROM trust_lists ORDER BY created_at")]


async def put(pool: Pool, jws: str, sequence: int, clock: Clock) -> None:
    await pool.execute(
        "INSERT INTO trust_lists (sequence, jws, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        sequence,
        jws,
        clock.now,
        clock.now + DAY,
    )


async def test_the_first_list_is_published_once(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    assert [await publish(fresh_pool, ring, clock) for _ in range(3)] == [True, False, False]
    assert await list_sequences(fresh_pool) == [int(clock.now.timestamp())]


async def test_of_publishers_at_once_one_publishes(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    published = await asyncio.gather(*(publish(fresh_pool, ring, clock) for _ in range(8)))
    assert sorted(published) == [False] * 7 + [True]


async def test_a_list_is_signed_anew_at_half_its_life(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    await publish(fresh_pool, ring, clock)
    clock.turn(hours=11.9)
    assert not await publish(fresh_pool, ring, clock)
    clock.turn(hours=0.2)
    assert await publish(fresh_pool, ring, clock)
    assert not await publish(fresh_pool, ring, clock)


async def test_a_new_key_is_published_at_once(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    await publish(fresh_pool, ring, clock)
    clock.turn(1)
    rotated = ring.rotate(KeyUse.CODE, clock.now)
    assert await publish(fresh_pool, rotated, clock)
    jws = await fresh_pool.fetchval("SELECT jws FROM trust_lists ORDER BY sequence DESC LIMIT 1")
    kids = read_trust_list(jws, root_fingerprint=ring.root_fingerprint, now=clock.now).kids
    assert ring.published_kids(clock.now) < kids


async def test_sequences_go_on_though_clocks_go_back(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    clock.turn(days=2)
    await publish(fresh_pool, ring, clock)
    clock.turn(days=-1)
    for _ in range(2):
        ring = ring.rotate(KeyUse.CODE, clock.now)
        await publish(fresh_pool, ring, clock)
    sequences = sorted(await list_sequences(fresh_pool))
    assert len(sequences) == 3
    assert {later - earlier for earlier, later in pairwise(sequences)} == {1}


async def test_a_list_that_cannot_be_read_is_replaced(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    await put(fresh_pool, "not a list", 5, clock)
    assert await publish(fresh_pool, ring, clock)
    held = HeldTrustList(fresh_pool, ring, clock)
    await held.catch_up()
    assert held.current.sequence > 5


async def test_a_process_holds_the_latest(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    held = HeldTrustList(fresh_pool, ring, clock)
    with pytest.raises(RuntimeError):
        _ = held.current
    await publish(fresh_pool, ring, clock)
    await held.catch_up()
    first = held.current.sequence
    clock.turn(hours=13)
    await publish(fresh_pool, ring, clock)
    await held.catch_up()
    assert held.current.sequence > first
    assert read_trust_list(held.jws, now=clock.now).sequence == held.current.sequence


async def test_an_older_list_is_not_taken(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    """A table that was restored from yesterday takes nobody's trust back."""
    held = HeldTrustList(fresh_pool, ring, clock)
    await publish(fresh_pool, ring, clock)
    await held.catch_up()
    latest = held.current.sequence
    older = sign_trust_list(ring, sequence=latest - 10, now=clock.now, lifetime=DAY)
    await fresh_pool.execute("DELETE FROM trust_lists")
    await put(fresh_pool, older, latest - 10, clock)
    await held.catch_up()
    assert held.current.sequence == latest


async def test_a_strangers_list_is_not_taken(
    fresh_pool: Pool, ring: KeyRing, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can write to the table alone cannot make a province trust another root; what was held is held."""
    monkeypatch.setattr(publishing, "_HELD_SECONDS", 0.01)
    held = HeldTrustList(fresh_pool, ring, clock)
    await publish(fresh_pool, ring, clock)
    await held.catch_up()
    good = held.current.sequence
    stranger = create_key_ring(tmp_path / "stranger", "31", clock.now, development=True)
    await put(fresh_pool, sign_trust_list(stranger, sequence=good + 5, now=clock.now, lifetime=DAY), good + 5, clock)
    following = asyncio.create_task(held.follow())
    await asyncio.sleep(0.2)
    assert not following.done()
    assert held.current.sequence == good
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_old_lists_are_forgotten_and_the_latest_never(fresh_pool: Pool, ring: KeyRing, clock: Clock) -> None:
    for _ in range(3):
        await publish(fresh_pool, ring, clock)
        clock.turn(days=1)
    latest = max(await list_sequences(fresh_pool))
    clock.turn(days=400)
    await forget_trust_lists(fresh_pool, clock.now)
    assert await list_sequences(fresh_pool) == [latest]
