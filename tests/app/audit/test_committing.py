"""Each minute a head, whatever the minute held, whoever was late, and however many workers there are."""

from __future__ import annotations

import asyncio
import resource
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import app.audit.committing
from app.audit import FindingKind, commit_batch
from app.audit.witness import WitnessFile
from tests.app.audit.harness import COLUMNS, MINUTE, START, Chain, make_access

HOUR = timedelta(hours=1)
_MANY = """
INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, issued_at, recorded_at, venue_id, scanner_id,
                      purpose, fields, salt, request_key)
SELECT n % 30000, $1::timestamptz + interval '1 minute', md5('access' || n)::uuid, sha256(int4send(n)), 'personal', $1,
       $1::timestamptz + n * interval '1 microsecond', md5('venue')::uuid, md5('scanner')::uuid, 'metro-gate', '{kind}',
       sha256(int4send(-n)), NULL
FROM generate_series(1, $2::integer) AS n
"""


async def test_each_minute_has_its_head_also_an_empty_one(chain: Chain) -> None:
    for expected in (0, 3, 0, 1):
        await chain.scan(expected)
        assert [head.leaf_count for head in await chain.commit()] == [expected]
    report = await chain.verify()
    assert (report.findings, report.notes, report.batches, report.accesses) == ([], [], 4, 4)


async def test_an_empty_head_is_not_made_twice(chain: Chain) -> None:
    await chain.commit()
    chain.now += timedelta(seconds=1) - MINUTE
    assert await chain.commit() == []
    await chain.scan()
    chain.now += timedelta(seconds=10) - MINUTE
    assert [head.leaf_count for head in await chain.commit()] == [1]


async def test_leaves_stand_in_an_order_that_says_nothing(chain: Chain) -> None:
    await chain.fill(20)
    rows = await chain.pool.fetch("SELECT position, commitment FROM access_leaves ORDER BY commitment")
    assert [row["position"] for row in rows] == list(range(20))


async def test_an_access_of_this_very_moment_waits_for_the_next_batch(chain: Chain) -> None:
    await chain.write([make_access(chain.now + MINUTE - timedelta(seconds=1))])
    assert [head.leaf_count for head in await chain.commit()] == [0]
    assert (await chain.verify()).waiting == 1
    assert [head.leaf_count for head in await chain.commit()] == [1]


async def test_an_access_that_is_committed_late_is_taken_late(chain: Chain) -> None:
    row = make_access(chain.now)
    async with chain.pool.acquire() as db:
        scanning = db.transaction()
        await scanning.start()
        await db.copy_records_to_table("accesses", records=[tuple(row[c] for c in COLUMNS)], columns=COLUMNS)
        await chain.fill(2)
        assert await chain.find() == set()
        await scanning.commit()
    assert [head.leaf_count for head in await chain.commit()] == [1]
    assert await chain.find() == set()


async def test_what_a_wrong_clock_dated_back_is_found_and_then_taken(chain: Chain) -> None:
    chain.now += HOUR / 2
    await chain.commit()
    (late,) = await chain.write([make_access(START)])
    await chain.commit()
    assert await chain.find_about(FindingKind.ACCESS_NOT_COMMITTED) == {late}
    chain.now += HOUR / 2
    await chain.commit()
    assert await chain.find() == set()


async def test_a_clock_that_goes_back_loses_nothing(chain: Chain) -> None:
    await chain.fill(2, 2)
    chain.now -= 3 * HOUR
    await chain.fill(2, 2)
    assert await chain.find() == set()
    chain.now = START + HOUR
    await chain.fill(2)
    report = await chain.verify()
    assert (report.findings, report.accesses, report.waiting) == ([], 10, 0)


async def test_committers_at_once_make_one_chain(chain: Chain, tmp_path: Path) -> None:
    for _ in range(5):
        await chain.scan(10)
        chain.now += MINUTE
        made = await asyncio.gather(
            *(
                commit_batch(chain.pool, chain.ring, now=chain.now, witness=tmp_path / f"heads-{worker}")
                for worker in range(4)
            )
        )
        assert sum(len(heads) for heads in made) == 1
    for worker in range(4):
        chain.witness = tmp_path / f"heads-{worker}"
        await chain.commit()  # each machine's witness has by now what the others made
        report = await chain.verify()
        assert (report.findings, report.accesses) == ([], 50)


async def test_a_backlog_is_taken_in_batches_of_a_bounded_size(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.audit.committing, "MOST_LEAVES", 10)
    await chain.scan(25)  # all of one moment
    await chain.write(make_access(START + HOUR + timedelta(seconds=n)) for n in range(20))
    await chain.erase(5)
    chain.now = START + 2 * HOUR
    heads = await chain.commit()
    assert [head.leaf_count for head in heads] == [10, 10, 11, 10, 5]  # the erasure came in its time
    assert [head.until_at for head in heads] == sorted(head.until_at for head in heads)
    report = await chain.verify()
    assert (report.findings, report.accesses, report.waiting) == ([], 45, 0)


async def test_forty_thousand_accesses(large_chain: Chain) -> None:
    """Its memory may not follow the log's length."""
    await large_chain.pool.execute(_MANY, START, 40_000, timeout=60)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    heads = await large_chain.commit()
    assert sum(head.leaf_count for head in heads) == 40_000
    report = await large_chain.verify()
    assert (report.findings, report.accesses) == ([], 40_000)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 60


async def test_a_head_that_a_crash_kept_from_the_witness_is_added_by_the_next(chain: Chain, tmp_path: Path) -> None:
    await chain.fill(1)
    witness, chain.witness = chain.witness, tmp_path / "lost"
    await chain.fill(1, 1)
    chain.witness = witness
    assert await chain.find() == set()
    await chain.fill(1)
    size = WitnessFile(witness).size()
    assert size is not None
    assert [line.head.batch_no for line in WitnessFile(witness).read(size) if line.head] == [1, 2, 3, 4]
    assert await chain.find() == set()


async def test_the_worker_itself_tells_that_heads_were_cut_off(chain: Chain) -> None:
    await chain.fill(1, 1, 1)
    await chain.tamper("DELETE FROM access_leaves WHERE batch_no = 3")
    await chain.tamper("DELETE FROM access_batches WHERE batch_no = 3")
    before = chain.witness.read_bytes()
    with capture_logs() as logs:
        await chain.commit()
    assert [(line["event"], line["batch_no"]) for line in logs if line["log_level"] == "error"] == [
        ("audit.heads-cut-off", 3)
    ]
    assert chain.witness.read_bytes().startswith(before)
    assert await chain.find_about(FindingKind.HEAD_REPLACED) == {3}
