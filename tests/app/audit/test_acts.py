"""What officers do is under the same heads: it cannot be changed, removed or put in unseen."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.audit import FindingKind, list_acts, record_act
from app.database import transaction
from tests.app.audit.harness import START, Chain, list_changes


async def act(chain: Chain, actor_id: UUID, name: str = "venue.approved", object_id: UUID | None = None) -> None:
    async with transaction(chain.pool) as db:
        await record_act(
            db,
            actor_id,
            name,
            object_id or uuid4(),
            chain.now,
            role="operator",
            sealed_reason=b"sealed",
            sealed_for=uuid4(),
        )
        await db.execute("UPDATE acts SET request_id = $1 WHERE request_id IS NULL", uuid4())


async def fill(chain: Chain) -> UUID:
    """Two batches with acts, one of them with accesses besides, and one without any."""
    actor = uuid4()
    for _ in range(3):
        await act(chain, actor)
    await chain.scan(4)
    await chain.commit()
    await act(chain, actor)
    await chain.commit()
    await chain.commit()
    return actor


async def test_acts_are_committed_and_verified(chain: Chain) -> None:
    actor = await fill(chain)
    report = await chain.verify()
    assert report.is_sound, report.lines()
    assert report.acts == 4
    assert "4 acts of staff" in report.lines()[-1]
    assert await chain.pool.fetchval("SELECT count(*) FROM access_leaves WHERE kind = 'acts'") == 2
    async with chain.pool.acquire() as db:
        assert {one.is_committed for one in await list_acts(db, actor_id=actor, limit=10)} == {True}


async def test_every_column_of_an_act_is_held(chain: Chain) -> None:
    await fill(chain)
    changes = [(name, change) for name, change in await list_changes(chain, "acts") if name != "actor_id"]
    assert {name for name, _ in changes} >= {"act", "object_id", "role", "sealed_reason", "sealed_for", "request_id"}
    for name, change in changes:
        async with chain.pool.acquire() as db:
            before = await db.fetch("SELECT * FROM acts")
        await chain.tamper(
            f"UPDATE acts SET {name} = {change} WHERE act_id = (SELECT max(act_id::text) FROM acts)::uuid"
        )
        found = await chain.find()
        assert found & {FindingKind.ACT_CHANGED, FindingKind.ACT_REMOVED}, name
        await chain.tamper("DELETE FROM acts")
        async with chain.pool.acquire() as db:
            await db.copy_records_to_table(
                "acts", records=[tuple(row) for row in before], columns=list(before[0].keys())
            )
        assert await chain.find() == set()


async def test_an_act_that_is_gone_is_missed(chain: Chain) -> None:
    await fill(chain)
    gone = await chain.pool.fetchval("SELECT act_id FROM acts LIMIT 1")
    await chain.tamper("DELETE FROM acts WHERE act_id = $1", gone)
    assert await chain.find_about(FindingKind.ACT_REMOVED) == {gone}


async def test_an_act_cannot_be_taken_away_with_its_leaf(chain: Chain) -> None:
    await fill(chain)
    gone = await chain.pool.fetchval("SELECT act_id FROM act_leaves WHERE batch_no = 1 LIMIT 1")
    await chain.tamper("DELETE FROM acts WHERE act_id = $1", gone)
    await chain.tamper("DELETE FROM act_leaves WHERE act_id = $1", gone)
    assert await chain.find_about(FindingKind.ACT_LEAVES_CHANGED) == {1}


async def test_a_batchs_acts_cannot_be_taken_away_whole(chain: Chain) -> None:
    await fill(chain)
    await chain.tamper("DELETE FROM acts USING act_leaves AS l WHERE l.act_id = acts.act_id AND l.batch_no = 2")
    await chain.tamper("DELETE FROM act_leaves WHERE batch_no = 2")
    assert await chain.find() == {FindingKind.ACT_LEAVES_CHANGED}
    await chain.tamper("DELETE FROM access_leaves WHERE kind = 'acts' AND batch_no = 2")
    assert FindingKind.LEAF_REMOVED in await chain.find()


async def test_an_act_put_in_among_old_ones_is_seen(chain: Chain) -> None:
    actor = await fill(chain)
    chain.now, later = START - timedelta(hours=1), chain.now
    await act(chain, actor, "never.happened")
    chain.now = later
    forged = await chain.pool.fetchval("SELECT act_id FROM acts WHERE act = 'never.happened'")
    assert await chain.find_about(FindingKind.ACT_NOT_COMMITTED) == {forged}
    await chain.tamper(
        "INSERT INTO act_leaves SELECT actor_id, act_id, 3, 0, sha256('made up') FROM acts WHERE act_id = $1", forged
    )
    assert await chain.find() == {FindingKind.ACT_LEAVES_CHANGED, FindingKind.ACT_CHANGED}


async def test_acts_from_before_are_taken_into_the_first_batch_that_has_any(chain: Chain) -> None:
    """A deployment that kept acts before they were chained: its old batches stay good, old acts get their leaves."""
    await chain.fill(2, 3)
    chain.now, later = START - timedelta(days=400), chain.now
    old = uuid4()
    await act(chain, old)
    await chain.tamper("UPDATE acts SET salt = NULL, role = NULL, request_id = NULL WHERE actor_id = $1", old)
    chain.now = later
    assert (await chain.verify()).is_sound
    await act(chain, uuid4())
    await chain.commit()
    report = await chain.verify()
    assert report.is_sound, report.lines()
    assert report.acts == 2


@pytest.mark.parametrize("first_batch", [1, 2, 3])
async def test_a_later_start_checks_the_acts_from_there(chain: Chain, first_batch: int) -> None:
    await fill(chain)
    assert (await chain.verify(first_batch=first_batch)).is_sound
    await chain.tamper("UPDATE acts SET act = 'x' FROM act_leaves AS l WHERE l.act_id = acts.act_id AND l.batch_no = 2")
    report = await chain.verify(first_batch=first_batch)
    assert report.is_sound == (first_batch == 3)


async def test_acts_are_read_by_actor_object_and_time(chain: Chain) -> None:
    first, second, thing = uuid4(), uuid4(), uuid4()
    await act(chain, first, "a", thing)
    chain.now += timedelta(minutes=1)
    await act(chain, first, "b")
    await act(chain, second, "c", thing)
    async with chain.pool.acquire() as db:

        async def names(**given: object) -> list[str]:
            return [one.act for one in await list_acts(db, limit=10, **given)]  # type: ignore[arg-type]  # as it comes

        assert await names() == ["c", "b", "a"]
        assert await names(actor_id=first) == ["b", "a"]
        assert await names(object_id=thing) == ["c", "a"]
        assert await names(since=chain.now) == ["c", "b"]
        assert await names(until=chain.now) == ["a"]
        newest = (await list_acts(db, limit=1))[0]
        assert await names(before=newest.act_id) == ["b", "a"]
