"""Erasure takes the rows and leaves the log sound; a deletion cannot be passed off as one."""

from __future__ import annotations

import asyncio
from uuid import UUID

from app.audit import FindingKind, RingSigner, erase_accesses
from app.audit.encoding import encode_erasure_order
from app.audit.model import to_us
from app.database import transaction
from app.identifiers import new_id
from codes import KeyRing, create_key_ring
from tests.app.audit.harness import START, Chain


async def _write_erasure(chain: Chain, ring: KeyRing, subject_no: int, *, signed_for: int) -> UUID:
    signer, erasure_id = RingSigner(ring, chain.now), new_id()
    signature = signer.sign(encode_erasure_order(signed_for, erasure_id, to_us(chain.now)))
    await chain.tamper(
        "INSERT INTO access_erasures (subject_no, erasure_id, erased_at, salt, kid, signature) "
        "VALUES ($1, $2, $3, 'salt', $4, $5)",
        subject_no, erasure_id, chain.now, signer.kid, signature,
    )  # fmt: skip
    return erasure_id


async def test_an_erasure_leaves_the_log_sound(chain: Chain) -> None:
    await chain.scan(4, subject_no=7)
    await chain.fill(3)
    assert await chain.erase(7) == 4
    assert await chain.pool.fetchval("SELECT count(*) FROM accesses WHERE subject_no = 7") == 0
    for _ in range(2):  # before and after its own entry is committed
        report = await chain.verify()
        assert (report.findings, report.erased, report.accesses) == ([], 4, 7)
        await chain.commit()


async def test_what_is_erased_before_it_was_committed_leaves_nothing(chain: Chain) -> None:
    await chain.fill(1)
    await chain.scan(2, subject_no=7)
    assert await chain.erase(7) == 2
    await chain.commit()
    report = await chain.verify()
    assert (report.findings, report.erased, report.accesses) == ([], 0, 1)


async def test_an_erasure_may_be_repeated_for_what_a_scan_under_way_had_added(chain: Chain) -> None:
    await chain.scan(1, subject_no=7)
    await chain.commit()
    await chain.erase(7)
    (late,) = await chain.scan(1, subject_no=7)
    await chain.commit()
    assert await chain.find_about(FindingKind.ERASURE_INCOMPLETE) == {late}
    assert await chain.erase(7) == 1
    assert await chain.erase(7) == 0
    await chain.commit()
    assert await chain.find() == set()


async def test_an_erasure_while_a_batch_is_made(chain: Chain) -> None:
    """Whichever is first, what it leaves is sound."""
    for subject_no in range(8):
        await chain.scan(20, subject_no=subject_no)
        await asyncio.gather(chain.commit(), chain.erase(subject_no))
        assert await chain.find() == set()
    await chain.commit()
    assert await chain.find() == set()


async def test_an_erasure_that_is_undone_leaves_all_as_it_was(chain: Chain) -> None:
    accesses = await chain.scan(2, subject_no=7)
    await chain.commit()
    async with chain.pool.acquire() as db:
        undone = db.transaction()
        await undone.start()
        assert await erase_accesses(db, chain.ring, 7, chain.now) == 2
        await undone.rollback()
    assert len(accesses) == await chain.pool.fetchval("SELECT count(*) FROM accesses")
    assert await chain.find() == set()


async def test_marks_go_with_their_accesses(chain: Chain) -> None:
    mark = "INSERT INTO access_marks (subject_no, access_id, mark, marked_at, marked_by) VALUES ($1, $2, $3, $4, $5)"
    for subject_no in (7, 8):
        (one,) = await chain.scan(1, subject_no=subject_no)
        await chain.pool.execute(mark, subject_no, one, "disputed", chain.now, new_id())
    await chain.erase(7)
    assert [row["subject_no"] for row in await chain.pool.fetch("SELECT subject_no FROM access_marks")] == [8]


async def test_a_deletion_is_no_erasure_without_the_key(chain: Chain, ring: KeyRing) -> None:
    """Neither signed by another, nor signed for another subject, nor moved from one that was erased."""
    (removed,) = await chain.scan(1, subject_no=7)
    await chain.scan(1, subject_no=8)
    await chain.commit()
    await chain.erase(8)
    await chain.commit()
    await chain.tamper("DELETE FROM accesses WHERE access_id = $1", removed)
    other = create_key_ring(chain.witness.parent / "other", "31", START, development=True)
    for maker, signed_for in ((other, 7), (ring, 8)):
        forged = await _write_erasure(chain, maker, 7, signed_for=signed_for)
        assert await chain.find_about(FindingKind.SIGNATURE_INVALID) == {forged}
        assert await chain.find_about(FindingKind.ACCESS_REMOVED) == {removed}
        await chain.tamper("DELETE FROM access_erasures WHERE erasure_id = $1", forged)
    await chain.tamper("UPDATE access_erasures SET subject_no = 7")
    assert {FindingKind.SIGNATURE_INVALID, FindingKind.ACCESS_REMOVED} <= await chain.find()


async def test_a_leaf_cannot_be_passed_off_as_one_of_an_erased_subject(chain: Chain) -> None:
    """Nothing opens the commitment of an access that is gone, so its leaf itself must say whose it was."""
    (removed,) = await chain.scan(1, subject_no=7)
    await chain.scan(1, subject_no=8)
    await chain.commit()
    await chain.erase(8)
    await chain.commit()
    await chain.tamper("DELETE FROM accesses WHERE access_id = $1", removed)
    await chain.tamper("UPDATE access_leaves SET subject_no = 8 WHERE entry_id = $1", removed)
    assert await chain.find_about(FindingKind.LEAF_CHANGED) == {1}


async def test_an_erasure_cannot_be_taken_away_again(chain: Chain) -> None:
    (one,) = await chain.scan(1, subject_no=7)
    await chain.commit()
    await chain.erase(7)
    await chain.commit()
    erasure = await chain.pool.fetchval("DELETE FROM access_erasures RETURNING erasure_id")
    assert await chain.find_about(FindingKind.ERASURE_REMOVED) == {erasure}
    assert await chain.find_about(FindingKind.ACCESS_REMOVED) == {one}


async def test_an_erasure_put_in_among_old_ones_is_named(chain: Chain, ring: KeyRing) -> None:
    """By one who has the key, even: the log had to be told of it at its time."""
    await chain.fill(1, 1, 1)
    now, chain.now = chain.now, START
    hidden = await _write_erasure(chain, ring, 7, signed_for=7)
    chain.now = now
    assert await chain.find_about(FindingKind.ERASURE_NOT_COMMITTED) == {hidden}


async def test_two_subjects_are_erased_at_once(chain: Chain) -> None:
    for subject_no in (7, 8):
        await chain.scan(3, subject_no=subject_no)
    await chain.commit()

    async def erase(subject_no: int) -> int:
        async with transaction(chain.pool) as db:
            return await erase_accesses(db, chain.ring, subject_no, chain.now)

    assert list(await asyncio.gather(erase(7), erase(8))) == [3, 3]
    await chain.commit()
    assert (await chain.verify()).erased == 6
