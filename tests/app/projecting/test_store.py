"""How far a worker has come: begun once, held by one at a time, moved with what was made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.database import Pool, transaction
from app.identifiers import new_id
from app.projecting.store import Progress, get_projection, move_projection, take_projection

NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)
_HOUR = timedelta(hours=1)


async def test_it_begins_where_it_is_told_to_and_goes_on_from_where_it_was(pool: Pool) -> None:
    name = f"test-{new_id()}"
    assert await get_projection(pool, name) is None
    async with transaction(pool) as db:
        assert await take_projection(db, name, NOON) == Progress(NOON, NOON)
        await move_projection(db, name, NOON + _HOUR)
    assert await get_projection(pool, name) == Progress(NOON + _HOUR, NOON), "it has not looked far back"
    async with transaction(pool) as db:
        assert await take_projection(db, name, NOON + 5 * _HOUR) == Progress(NOON + _HOUR, NOON)
        await move_projection(db, name, NOON + 2 * _HOUR, swept=NOON + 3 * _HOUR)
    assert await get_projection(pool, name) == Progress(NOON + 2 * _HOUR, NOON + 3 * _HOUR)


async def test_one_worker_is_at_it_and_the_others_do_not_wait(pool: Pool) -> None:
    name, other = f"test-{new_id()}", f"test-{new_id()}"
    async with transaction(pool) as db:
        await take_projection(db, name, NOON)
    async with transaction(pool) as first, transaction(pool) as second:
        assert await take_projection(first, name, NOON) is not None
        assert await take_projection(second, name, NOON) is None
        assert await take_projection(second, other, NOON) is not None, "it is held by its name alone"
