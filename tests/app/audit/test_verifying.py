"""What is tampering, what is only a worker that stood still, and what a witness is for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit import FindingKind, RingSigner, verify_log
from app.audit.report import MOST_OF_A_KIND
from tests.app.audit.harness import MINUTE, START, Chain

HOUR = timedelta(hours=1)


async def test_a_worker_that_stood_still_is_a_note(chain: Chain) -> None:
    await chain.fill(1, 1)
    chain.now += HOUR
    await chain.fill(1)
    report = await chain.verify()
    assert report.is_sound
    assert report.notes == ["silence: no head between 2026-07-01 08:02:00 UTC and 2026-07-01 09:03:00 UTC, batch 3"]


async def test_a_worker_that_stands_still_is_a_note_where_the_witness_knows_the_newest_head(chain: Chain) -> None:
    await chain.fill(1)
    chain.now += HOUR
    for waiting, words in ((0, "nothing waits for one"), (2, "2 accesses wait: is a worker running?")):
        await chain.scan(waiting)
        chain.now += HOUR
        report = await chain.verify()
        assert (report.findings, report.waiting) == ([], waiting)
        assert report.notes == [f"silence: no head since 2026-07-01 08:01:00 UTC, and {words}"]


async def test_a_log_that_stands_still_without_a_witness_may_have_been_cut_off(chain: Chain) -> None:
    await chain.fill(1)
    chain.now += HOUR
    assert {FindingKind.HEADS_OVERDUE} == {f.kind for f in (await _verify_without_witness(chain)).findings}


async def test_accesses_without_any_head_are_overdue(chain: Chain) -> None:
    await chain.scan(3)
    assert await chain.find() == set()
    chain.now += HOUR
    assert await chain.find() == {FindingKind.HEADS_OVERDUE}


async def _verify_without_witness(chain: Chain) -> Any:
    return await verify_log(chain.pool, RingSigner(chain.ring, chain.now), None, chain.now)


async def test_a_witness_that_is_gone_is_missed(chain: Chain) -> None:
    await chain.fill(1)
    chain.witness.unlink()
    chain.now += MINUTE
    assert await chain.find() == {FindingKind.WITNESS_MISSING}
    assert (await _verify_without_witness(chain)).is_sound


async def test_a_witness_that_begins_later_is_no_damage(chain: Chain, tmp_path: Path) -> None:
    """That of a machine that came later."""
    await chain.fill(1, 1)
    chain.witness = tmp_path / "new machine"
    await chain.fill(1, 1)
    assert await chain.find() == set()


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda lines: [lines[0], lines[2]], id="a line taken out"),
        pytest.param(lambda lines: [lines[0], b"{}", lines[2]], id="a line spoilt"),
        pytest.param(lambda lines: [lines[0], _say_otherwise(lines[1], head="00" * 32), lines[2]], id="another head"),
        pytest.param(
            lambda lines: [*lines, _say_otherwise(lines[2], batch_no=4, head="00" * 32)], id="a head that never was"
        ),
    ],
)
async def test_a_witness_that_was_altered_is_told_from_a_log_that_was(
    chain: Chain, alter: Callable[[list[bytes]], list[bytes]]
) -> None:
    await chain.fill(1, 1, 1)
    lines = chain.witness.read_bytes().splitlines()
    chain.witness.write_bytes(b"\n".join([*alter(lines), b""]))
    assert await chain.find() == {FindingKind.WITNESS_DAMAGED}


def _say_otherwise(line: bytes, **given: Any) -> bytes:
    return json.dumps(json.loads(line) | given).encode()


async def test_a_witness_that_stopped_growing_is_told(chain: Chain, tmp_path: Path) -> None:
    await chain.fill(1)
    before = chain.witness
    chain.witness = tmp_path / "elsewhere"
    await chain.fill(1)
    chain.witness = before
    assert await chain.find() == set()
    chain.now += HOUR
    assert FindingKind.WITNESS_BEHIND in await chain.find()


async def test_a_later_part_can_be_verified_alone(chain: Chain) -> None:
    (old, *_), (new, *_), _ = await chain.fill(2, 2, 2)
    await chain.erase(7)
    await chain.commit()
    assert (await chain.verify(first_batch=2)).accesses == 4
    await chain.tamper("UPDATE accesses SET purpose = 'metro-gate' WHERE access_id = $1", old)
    assert (await chain.verify(first_batch=2)).is_sound
    await chain.tamper("UPDATE accesses SET purpose = 'metro-gate' WHERE access_id = $1", new)
    assert [f.entry_id for f in (await chain.verify(first_batch=2)).findings] == [new]
    assert (await chain.verify(first_batch=5)).is_sound
    await chain.tamper("UPDATE access_batches SET previous_head = sha256('') WHERE batch_no = 3")
    kinds = {f.kind for f in (await chain.verify(first_batch=3)).findings}
    assert {FindingKind.BATCH_CHANGED, FindingKind.CHAIN_BROKEN} <= kinds


async def test_a_report_stays_small_and_counts_all(chain: Chain) -> None:
    await chain.fill(MOST_OF_A_KIND + 20)
    await chain.tamper("DELETE FROM accesses")
    report = await chain.verify()
    assert len(report.findings) == MOST_OF_A_KIND
    assert report.totals == {FindingKind.ACCESS_REMOVED: MOST_OF_A_KIND + 20}
    assert report.lines()[MOST_OF_A_KIND] == "access-removed: 20 more"
    assert report.lines()[-1].startswith(f"access log NOT SOUND, {MOST_OF_A_KIND + 20} findings")


@pytest.mark.parametrize("time", ["infinity", "-infinity", "294000-01-01", "4000-01-01 BC"])
async def test_times_that_no_calendar_has_are_findings_and_no_fault(chain: Chain, time: str) -> None:
    await chain.scan(1, subject_no=7)
    await chain.fill(2)
    await chain.erase(7)
    await chain.fill(2, 2)
    for statement, found in (
        ("UPDATE accesses SET recorded_at = '{}'", FindingKind.ACCESS_CHANGED),
        (
            "UPDATE access_batches SET until_at = '{0}', created_at = '{0}' WHERE batch_no = 2",
            FindingKind.BATCH_CHANGED,
        ),
        ("UPDATE access_erasures SET erased_at = '{}'", FindingKind.SIGNATURE_INVALID),
    ):
        await chain.tamper(statement.format(time))
        assert found in await chain.find()


async def test_a_log_is_sound_while_it_grows(chain: Chain) -> None:
    """Heads that are made during a verification are in the file or in the database before they are in the other."""

    async def serve() -> None:
        for _ in range(15):
            await chain.fill(2)

    serving = asyncio.create_task(serve())
    seen = set()
    while not serving.done():
        report = await chain.verify()
        assert report.findings == []
        seen.add(report.batches)
    await serving
    assert len(seen) > 1


async def test_a_chain_that_just_began_may_have_no_witness_yet(chain: Chain) -> None:
    await chain.fill(2)
    chain.witness.unlink()
    report = await chain.verify()
    assert report.findings == []
    assert report.notes == ["there is no heads.jsonl yet: the chain began at 2026-07-01 08:01:00 UTC"]
    chain.now += MINUTE
    assert await chain.find() == {FindingKind.WITNESS_MISSING}


async def test_progress_is_told(chain: Chain) -> None:
    told: list[tuple[str, int]] = []
    await chain.fill(3, 4)
    await chain.verify(progress=lambda stage, done: told.append((stage, done)))
    assert {("batches", 2), ("leaves", 7), ("accesses", 7)} <= set(told)


async def test_the_worker_goes_on_after_what_was_tampered_with(chain: Chain) -> None:
    """Whatever the newest head says: what is recorded now is committed now, and what was done stays to be seen."""
    await chain.fill(1, 1)
    await chain.tamper("UPDATE access_batches SET until_at = 'infinity', created_at = 'infinity' WHERE batch_no = 2")
    chain.now = START + HOUR
    await chain.fill(3)
    report = await chain.verify()
    assert report.waiting == 0
    assert FindingKind.BATCH_CHANGED in report.totals
    assert report.accesses == 5


async def test_the_time_between_heads_that_is_allowed_can_be_set(chain: Chain) -> None:
    await chain.fill(1)
    chain.now += 10 * MINUTE
    await chain.fill(1)
    assert len((await chain.verify()).notes) == 1
    assert (await chain.verify(gap_allowed=20 * MINUTE)).notes == []
