"""What two persons decided and the worker does: on a database of each test's own, since it does whatever it finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.database import Connection, open_pool
from app.errors import InvalidError
from app.people.sessions import Doorkeeper
from app.sealing import Vault
from app.settings import Settings
from app.staff.dangerous import standard_acts
from app.staff.model import Proposal, ProposalState
from app.staff.proposing import execute_approved, list_proposals
from app.staff.rotating import worker_acts
from codes import KeyUse, create_key_ring, read_trust_list
from tests.app.staff.harness import START, Person, approve, open_door, propose

LIFETIME = timedelta(days=1)


@pytest.fixture
async def door(settings: Settings, fresh_database: str, vault: Vault) -> AsyncGenerator[Doorkeeper]:
    """Of a province that nobody else shares: other tests' lists and keys are not replaced by these."""
    pool = await open_pool(settings, fresh_database, size=4)
    yield open_door(pool, vault, settings)
    await pool.close()


@pytest.mark.parametrize("use", KeyUse)
async def test_keys_are_rotated_once_by_the_worker(
    door: Doorkeeper, operator: Person, other_operator: Person, tmp_path: Path, use: KeyUse
) -> None:
    ring = create_key_ring(tmp_path, "31", START - timedelta(days=30), development=True)
    before = [epoch for epoch in ring.epochs if epoch.use is use]
    proposal = await propose(door, standard_acts(door), operator, "keys.rotate", use=use)
    approved = await approve(door, standard_acts(door), other_operator, proposal)
    assert approved.state_at(START) is ProposalState.APPROVED
    later = START + timedelta(seconds=5)
    done = await asyncio.gather(*(execute_approved(door.pool, worker_acts(ring, LIFETIME), later) for _ in range(3)))
    assert sum(done) == 1
    after = [epoch for epoch in type(ring).load(tmp_path).epochs if epoch.use is use]
    assert len(after) == len(before) + 1
    # A crash after the key was made and before that was written down: it is not made again.
    await door.pool.execute("UPDATE proposals SET executed_at = NULL WHERE proposal_id = $1", proposal.proposal_id)
    assert await execute_approved(door.pool, worker_acts(ring, LIFETIME), later) == 1
    assert len([e for e in type(ring).load(tmp_path).epochs if e.use is use]) == len(after)


async def test_what_a_worker_cannot_do_now_it_does_later(
    door: Doorkeeper, operator: Person, other_operator: Person, tmp_path: Path
) -> None:
    ring = create_key_ring(tmp_path, "31", START - timedelta(days=30), development=True)
    acts = worker_acts(ring, LIFETIME)
    proposal = await propose(door, standard_acts(door), operator, "keys.rotate", use="code")
    await approve(door, standard_acts(door), other_operator, proposal)
    (tmp_path / "root.pem").rename(tmp_path / "elsewhere")
    assert await execute_approved(door.pool, acts, START) == 0
    (tmp_path / "elsewhere").rename(tmp_path / "root.pem")
    assert await execute_approved(door.pool, acts, START + timedelta(seconds=4)) == 0, "it waits"
    assert await execute_approved(door.pool, acts, START + timedelta(seconds=5)) == 1


async def test_what_fails_for_good_is_given_up(door: Doorkeeper, operator: Person, other_operator: Person) -> None:
    tried: list[datetime] = []

    async def fail(_db: Connection, _proposal: Proposal, now: datetime) -> None:
        tried.append(now)
        raise OSError("a read-only folder")

    proposal = await propose(door, standard_acts(door), operator, "keys.rotate", use="code")
    await approve(door, standard_acts(door), other_operator, proposal)
    now = START
    while now < START + timedelta(days=1):
        await execute_approved(door.pool, {"keys.rotate": fail}, now)
        now += timedelta(seconds=5) if len(tried) < 5 else timedelta(hours=1)
    assert len(tried) == 13
    assert tried[1] - tried[0] < tried[4] - tried[3]
    found = await list_proposals(door.pool, before=None, waiting=False, now=now, limit=100)
    [shown] = [one for one in found if one.proposal_id == proposal.proposal_id]
    assert shown.state_at(now) is ProposalState.FAILED


@pytest.mark.parametrize("use", [KeyUse.PAPER, KeyUse.LICENCE])
async def test_a_key_is_withdrawn_once_by_the_worker(
    door: Doorkeeper, operator: Person, other_operator: Person, tmp_path: Path, use: KeyUse
) -> None:
    ring = create_key_ring(tmp_path, "31", START - timedelta(days=30), development=True)
    bad = ring.current(use, START)
    with pytest.raises(InvalidError):
        await propose(door, standard_acts(door), operator, "keys.withdraw")
    proposal = await propose(door, standard_acts(door), operator, "keys.withdraw", kid=bad.kid.hex())
    await approve(door, standard_acts(door), other_operator, proposal)
    acts = worker_acts(ring, LIFETIME)
    assert await execute_approved(door.pool, acts, START) == 1
    assert ring.current(use, START).kid != bad.kid, "another signs from this moment on"
    jws = await door.pool.fetchval("SELECT jws FROM trust_lists ORDER BY sequence DESC LIMIT 1")
    listed = read_trust_list(jws, now=START, root_fingerprint=ring.root_fingerprint)
    assert not listed.find(use, bad.kid)
    await door.pool.execute("UPDATE proposals SET executed_at = NULL WHERE proposal_id = $1", proposal.proposal_id)
    assert await execute_approved(door.pool, acts, START) == 1, "a crash before the commit"
    assert len([epoch for epoch in ring.epochs if epoch.use is use]) == 2
