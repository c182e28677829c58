"""Each process knows which sessions have ended, for as long as a token could still name them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.database import Pool, open_pool
from app.people import endings, store
from app.people.endings import EndedSessions, ending
from app.people.errors import EndingsUnknownError
from app.settings import Settings
from tests.harness.clock import Clock


async def end(pool: Pool, clock: Clock) -> UUID:
    """A session that some process ended now."""
    session_id = uuid4()
    async with pool.acquire() as db:
        await store.insert_endings(db, [session_id], clock.now)
    return session_id


async def test_an_ending_is_learnt_at_the_next_look(pool: Pool, clock: Clock) -> None:
    known = EndedSessions(pool, 300, clock)
    await known.catch_up()
    clock.turn(10)
    session_id = await end(pool, clock)
    assert session_id not in known
    clock.turn(1)
    await known.catch_up()
    assert session_id in known


async def test_what_ended_here_is_known_at_once(pool: Pool, clock: Clock) -> None:
    known = EndedSessions(pool, 300, clock)
    session_id = uuid4()
    known.add(session_id, clock.now)
    assert session_id in known


async def test_a_new_process_learns_what_ended_within_a_tokens_life(pool: Pool, clock: Clock) -> None:
    long_ago = await end(pool, clock)
    clock.turn(301)
    lately = await end(pool, clock)
    clock.turn(299)
    known = EndedSessions(pool, 300, clock)
    await known.catch_up()
    assert lately in known
    assert long_ago not in known


async def test_an_ending_that_commits_late_is_not_missed(pool: Pool, clock: Clock) -> None:
    """It is dated before a look that did not see it."""
    known = EndedSessions(pool, 300, clock)
    await known.catch_up()
    session_id = uuid4()
    async with pool.acquire() as db, db.transaction():
        await store.insert_endings(db, [session_id], clock.now)
        clock.turn(5)
        await known.catch_up()
        assert session_id not in known
    clock.turn(5)
    await known.catch_up()
    assert session_id in known


async def test_what_no_token_can_name_any_more_is_forgotten(pool: Pool, clock: Clock) -> None:
    known = EndedSessions(pool, 300, clock)
    session_id = await end(pool, clock)
    await known.catch_up()
    clock.turn(310)
    await known.catch_up()
    assert session_id in known  # clocks differ
    clock.turn(10)
    await known.catch_up()
    assert session_id not in known
    assert len(known._ended) == 0 or session_id not in known._ended


async def test_while_postgresql_is_away_what_is_known_stays_known(
    settings: Settings, database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "_POLL_SECONDS", 0.01)
    pool = await open_pool(settings, database_url, size=1)
    known = EndedSessions(pool, 300, clock)
    session_id = await end(pool, clock)
    await known.catch_up()
    pool.terminate()
    following = asyncio.create_task(known.follow())
    await asyncio.sleep(0.1)
    assert not following.done()
    assert session_id in known
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_a_transaction_that_ends_sessions_is_over_before_others_stop_looking(
    pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that cannot get what it waits for is given up, and nothing of it is written."""
    monkeypatch.setattr(endings, "_ENDING_SECONDS", 0.2)
    session_id = uuid4()

    async def end_and_wait() -> None:
        async with ending(pool) as db:
            await store.insert_endings(db, [session_id], clock.now)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await end_and_wait()
    assert await pool.fetchval("SELECT count(*) FROM session_endings WHERE session_id = $1", session_id) == 0


async def test_postgresql_gives_up_an_ending_whose_server_is_gone(pool: Pool) -> None:
    """A commit that a network holds back must not arrive later."""
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    async with ending(pool) as db:
        assert [await db.fetchval("SELECT current_setting($1)", name) for name in names] == ["5s", "5s"]
    assert [await pool.fetchval("SELECT current_setting($1)", name) for name in names] == ["0", "0"]
    assert timedelta(seconds=endings._ENDING_SECONDS + 5) < endings._OVERLAP


async def test_a_process_without_news_of_endings_says_so(pool: Pool, clock: Clock) -> None:
    known = EndedSessions(pool, 300, clock)
    with pytest.raises(EndingsUnknownError):
        known.require_fresh(clock.now)
    await known.catch_up()
    assert known.age(clock.turn(5)) == timedelta(seconds=5)
    known.require_fresh(clock.now)
    with pytest.raises(EndingsUnknownError):
        known.require_fresh(clock.turn(1))
    await known.catch_up()
    known.require_fresh(clock.now)
