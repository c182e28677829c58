"""Whatever somebody does by hand to the tables is found, and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.audit import FindingKind, commit_batch
from codes import create_key_ring
from tests.app.audit.harness import MINUTE, START, Chain, list_changes, make_access


@pytest.mark.parametrize(
    ("table", "key", "expected"),
    [
        ("accesses", "access_id", {FindingKind.ACCESS_CHANGED, FindingKind.ACCESS_REMOVED}),
        ("access_leaves", "entry_id", {FindingKind.LEAF_CHANGED, FindingKind.LEAF_ADDED, FindingKind.LEAF_REMOVED}),
        (
            "access_batches",
            "batch_no",
            {FindingKind.BATCH_CHANGED, FindingKind.BATCH_REMOVED, FindingKind.SIGNATURE_INVALID},
        ),
        (
            "access_erasures",
            "erasure_id",
            {FindingKind.ERASURE_CHANGED, FindingKind.ERASURE_REMOVED, FindingKind.SIGNATURE_INVALID},
        ),
    ],
)
async def test_a_change_of_any_column_is_found(chain: Chain, table: str, key: str, expected: set[FindingKind]) -> None:
    await chain.scan(1, subject_no=7)
    await chain.fill(3)
    await chain.erase(7)
    await chain.fill(3, 3)
    assert await chain.find() == set()
    row = await chain.pool.fetchval(f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1")
    changes = await list_changes(chain, table)
    for column, change in changes:
        await chain.tamper(f"CREATE TABLE kept AS SELECT * FROM {table} WHERE {key} = $1", row)
        await chain.tamper(f"UPDATE {table} SET {column} = {change} WHERE {key} = $1", row)
        found = await chain.find()
        assert found & expected, f"{column}: {found}"
        await chain.tamper(f"DELETE FROM {table} WHERE {key} IN (SELECT {change if column == key else key} FROM kept)")
        await chain.tamper(f"INSERT INTO {table} SELECT * FROM kept")
        await chain.tamper("DROP TABLE kept")
    assert len(changes) > 5
    assert await chain.find() == set()


async def test_a_changed_access_is_named(chain: Chain) -> None:
    _, (one, *_), _ = await chain.fill(3, 3, 3)
    await chain.tamper("UPDATE accesses SET purpose = 'metro-gate' WHERE access_id = $1", one)
    assert await chain.find_about(FindingKind.ACCESS_CHANGED) == {one}
    assert len((await chain.verify()).findings) == 1


async def test_a_request_key_that_is_taken_away_is_found(chain: Chain) -> None:
    ((one, *_),) = await chain.fill(3)
    await chain.tamper("UPDATE accesses SET request_key = NULL WHERE access_id = $1", one)
    assert await chain.find_about(FindingKind.ACCESS_CHANGED) == {one}


async def test_what_was_answered_cannot_be_divided_otherwise(chain: Chain) -> None:
    """Two fields are not one whose name holds whatever might divide them; none is not an empty one."""
    both = await chain.scan(fields=["kind", "masked_name"])
    none = await chain.scan(fields=[])
    await chain.commit()
    for change, one in (("ARRAY['kind\x1fmasked_name']", both[0]), ("ARRAY['']", none[0])):
        await chain.tamper(f"UPDATE accesses SET fields = {change} WHERE access_id = $1", one)
    assert await chain.find_about(FindingKind.ACCESS_CHANGED) == {both[0], none[0]}


async def test_a_removed_access_is_named(chain: Chain) -> None:
    _, (one, *_), _ = await chain.fill(3, 3, 3)
    await chain.tamper("DELETE FROM accesses WHERE access_id = $1", one)
    assert await chain.find_about(FindingKind.ACCESS_REMOVED) == {one}
    assert len((await chain.verify()).findings) == 1


async def test_an_access_that_is_removed_with_its_leaf_is_missed_in_its_batch(chain: Chain) -> None:
    _, (one, *_), _ = await chain.fill(3, 3, 3)
    await chain.tamper("DELETE FROM accesses WHERE access_id = $1", one)
    await chain.tamper("DELETE FROM access_leaves WHERE entry_id = $1", one)
    assert await chain.find_about(FindingKind.LEAF_REMOVED) == {2}


async def test_closing_the_gap_that_a_leaf_left_does_not_help(chain: Chain) -> None:
    _, (one, *_), _ = await chain.fill(3, 3, 3)
    await chain.tamper("DELETE FROM accesses WHERE access_id = $1", one)
    await chain.tamper("DELETE FROM access_leaves WHERE entry_id = $1", one)
    await chain.tamper(
        "UPDATE access_leaves AS l SET position = p.place - 1 FROM (SELECT entry_id, row_number() OVER (ORDER BY "
        "position) AS place FROM access_leaves WHERE batch_no = 2) AS p WHERE p.entry_id = l.entry_id"
    )
    assert await chain.find_about(FindingKind.LEAF_REMOVED) == {2}
    await chain.tamper("UPDATE access_batches SET leaf_count = 2 WHERE batch_no = 2")
    assert {FindingKind.BATCH_CHANGED, FindingKind.LEAF_CHANGED} <= await chain.find()


async def test_a_leaf_that_was_put_in_is_found(chain: Chain) -> None:
    await chain.fill(3, 3)
    (one,) = await chain.write([make_access(START)])
    await chain.tamper(
        "INSERT INTO access_leaves (subject_no, entry_id, kind, batch_no, position, commitment) "
        "SELECT subject_no, access_id, 'access', 1, 3, salt FROM accesses WHERE access_id = $1",
        one,
    )
    assert await chain.find_about(FindingKind.LEAF_ADDED) == {1}


async def test_an_access_that_was_put_in_among_old_ones_is_named(chain: Chain) -> None:
    await chain.fill(3, 3, 3)
    (one,) = await chain.write([make_access(START)])
    assert await chain.find_about(FindingKind.ACCESS_NOT_COMMITTED) == {one}


async def test_an_access_of_a_time_to_come_is_named(chain: Chain) -> None:
    """It would wait for its batch for ever, and nobody would ask."""
    await chain.fill(3)
    (one,) = await chain.write([make_access(chain.now)])
    await chain.tamper("UPDATE accesses SET recorded_at = 'infinity' WHERE access_id = $1", one)
    assert await chain.find_about(FindingKind.ACCESS_NOT_COMMITTED) == {one}


async def test_a_batch_that_was_taken_out_is_named(chain: Chain) -> None:
    _, accesses, _ = await chain.fill(3, 3, 3)
    await chain.tamper("DELETE FROM access_batches WHERE batch_no = 2")
    assert await chain.find_about(FindingKind.BATCH_REMOVED) == {2}
    await chain.tamper("DELETE FROM access_leaves WHERE batch_no = 2")
    await chain.tamper("DELETE FROM accesses WHERE access_id = ANY($1::uuid[])", accesses)
    assert await chain.find_about(FindingKind.BATCH_REMOVED) == {2}


async def test_renumbering_the_batches_after_one_taken_out_does_not_help(chain: Chain) -> None:
    await chain.fill(1, 1, 1)
    await chain.tamper("DELETE FROM access_leaves WHERE batch_no = 2")
    await chain.tamper("DELETE FROM access_batches WHERE batch_no = 2")
    for table in ("access_batches", "access_leaves"):
        await chain.tamper(f"UPDATE {table} SET batch_no = 2 WHERE batch_no = 3")
    assert {FindingKind.BATCH_CHANGED, FindingKind.CHAIN_BROKEN} <= await chain.find()


async def test_two_batches_that_changed_places_are_found(chain: Chain) -> None:
    await chain.fill(2, 2, 2)
    for table in ("access_batches", "access_leaves"):
        for before, after in ((1, -1), (2, 1), (-1, 2)):
            await chain.tamper(f"UPDATE {table} SET batch_no = $2 WHERE batch_no = $1", before, after)
    assert await chain.find_about(FindingKind.BATCH_CHANGED) == {1, 2}


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_cutting_off_the_end_is_found(chain: Chain, count: int) -> None:
    await chain.fill(2, 2, 2)
    await _cut_off(chain, count)
    expected = set(range(4 - count, 4))
    assert await chain.find_about(FindingKind.HEADS_CUT_OFF) == expected


async def test_cutting_off_the_end_is_found_when_the_worker_went_on(chain: Chain) -> None:
    await chain.fill(2, 2, 2)
    await _cut_off(chain, 2)
    await chain.fill(2, 2, 2)
    assert await chain.find_about(FindingKind.HEAD_REPLACED) == {2, 3}


async def _cut_off(chain: Chain, count: int) -> None:
    """The last batches, their leaves and their accesses."""
    last = await chain.pool.fetchval("SELECT max(batch_no) FROM access_batches") - count
    await chain.tamper(
        "DELETE FROM accesses AS a USING access_leaves AS l WHERE l.entry_id = a.access_id AND l.batch_no > $1", last
    )
    await chain.tamper("DELETE FROM access_leaves WHERE batch_no > $1", last)
    await chain.tamper("DELETE FROM access_batches WHERE batch_no > $1", last)


async def test_a_head_made_with_another_key_is_found(chain: Chain, tmp_path: Path) -> None:
    """All is computed anew, by the product itself, with a key that is not the deployment's."""
    await chain.fill(2, 2)
    other = create_key_ring(tmp_path / "other", "31", START, development=True)
    await _cut_off(chain, 1)
    await chain.scan(2)
    chain.now += MINUTE
    await commit_batch(chain.pool, other, now=chain.now, witness=tmp_path / "elsewhere")
    assert {FindingKind.SIGNATURE_INVALID, FindingKind.HEAD_REPLACED} == await chain.find()
    assert await chain.find_about(FindingKind.SIGNATURE_INVALID) == {2}


async def test_rewriting_all_of_it_with_the_deployments_key_is_seen_by_the_witness(
    chain: Chain, tmp_path: Path
) -> None:
    await chain.fill(2, 2)
    await _cut_off(chain, 2)
    chain.now = START
    await chain.scan(2)
    await commit_batch(chain.pool, chain.ring, now=START + MINUTE, witness=tmp_path / "elsewhere")
    chain.now = START + 2 * MINUTE
    assert {FindingKind.HEAD_REPLACED, FindingKind.HEADS_CUT_OFF} == await chain.find()
