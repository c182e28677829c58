"""Two persons for what is dangerous: the second is another one, and it is done once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from app.database import Connection
from app.errors import ForbiddenError, InvalidError, NotFoundError, RefusedError
from app.people.acting import open_reason
from app.people.errors import SessionExpiredError
from app.people.model import ResidentCaller, Role
from app.people.sessions import Doorkeeper, refresh
from app.staff import factors
from app.staff.dangerous import standard_acts
from app.staff.errors import OwnProposalError, OwnRoleError, ProposalDecidedError
from app.staff.model import Proposal, ProposalState
from app.staff.proposing import approve_proposal, list_proposals, reject_proposal
from app.staff.registry import DangerousAct, Draft, Prepared, Registry, make_registry
from tests.app.staff.harness import (
    REASON,
    START,
    STEP,
    Person,
    approve,
    enrol,
    list_acts,
    make_person,
    open_with,
    propose,
    read,
)


class Recorder:
    """A dangerous act that writes down how often it was done, and fails when told to."""

    def __init__(self) -> None:
        self.done: list[UUID] = []
        self.fails = False

    @property
    def registry(self) -> Registry:
        return make_registry(
            DangerousAct("test.now", self._prepare, self._execute),
            DangerousAct("test.audited", self._prepare, self._execute, approvers=frozenset({Role.AUDITOR})),
        )

    async def _prepare(self, _db: Connection, _by: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        return Prepared(draft.resident_id, {})

    async def _execute(self, _db: Connection, proposal: Proposal, _by: ResidentCaller, _now: datetime) -> None:
        if self.fails:
            raise NotFoundError
        self.done.append(proposal.proposal_id)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


async def test_a_second_person_approves_and_it_is_done(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    proposal = await propose(door, recorder.registry, operator)
    assert proposal.state_at(START) is ProposalState.WAITING
    approved = await approve(door, recorder.registry, other_operator, proposal)
    assert approved.state_at(START) is ProposalState.EXECUTED
    assert (approved.proposed_by, approved.decided_by) == (operator.id, other_operator.id)
    assert recorder.done == [proposal.proposal_id]
    assert await list_acts(door, operator) == ["proposal.made:test.now"]
    assert await list_acts(door, other_operator) == ["proposal.approved:test.now"]
    assert await open_reason(door.pool, door.vault, approved.sealed_reason, approved.sealed_for) == REASON


async def test_whoever_proposed_it_does_not_approve_it(door: Doorkeeper, recorder: Recorder, operator: Person) -> None:
    proposal = await propose(door, recorder.registry, operator)
    with pytest.raises(OwnProposalError):
        await approve(door, recorder.registry, operator, proposal)
    assert recorder.done == []


async def test_the_database_itself_refuses_one_person(door: Doorkeeper, recorder: Recorder, operator: Person) -> None:
    proposal = await propose(door, recorder.registry, operator)
    with pytest.raises(Exception, match="violates check constraint"):
        await door.pool.execute(
            "UPDATE proposals SET decision = 'approved', decided_by = proposed_by WHERE proposal_id = $1",
            proposal.proposal_id,
        )


async def test_whom_it_is_about_does_not_approve_it(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    proposal = await propose(door, recorder.registry, operator, resident_id=other_operator.id)
    with pytest.raises(OwnProposalError):
        await approve(door, recorder.registry, other_operator, proposal)


async def test_a_role_that_may_not_is_refused(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person, manager: Person
) -> None:
    auditor = await make_person(door, Role.AUDITOR)
    for person in (manager, auditor):
        with pytest.raises(ForbiddenError):
            await propose(door, recorder.registry, person)
    proposal = await propose(door, recorder.registry, operator, "test.audited")
    with pytest.raises(ForbiddenError):
        await approve(door, recorder.registry, other_operator, proposal)
    assert (await approve(door, recorder.registry, auditor, proposal)).executed_at == START


async def test_of_many_at_once_it_is_done_once(door: Doorkeeper, recorder: Recorder, operator: Person) -> None:
    proposal = await propose(door, recorder.registry, operator)
    others = [await make_person(door, Role.OPERATOR) for _ in range(5)]
    answers = await asyncio.gather(
        *(approve(door, recorder.registry, other, proposal) for other in others), return_exceptions=True
    )
    assert sum(isinstance(answer, Proposal) for answer in answers) == 1
    assert sum(isinstance(answer, ProposalDecidedError) for answer in answers) == 4
    assert recorder.done == [proposal.proposal_id]


async def test_what_fails_is_not_approved_either(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    proposal = await propose(door, recorder.registry, operator)
    recorder.fails = True
    with pytest.raises(NotFoundError):
        await approve(door, recorder.registry, other_operator, proposal)
    assert await list_acts(door, other_operator) == []
    recorder.fails = False
    await approve(door, recorder.registry, other_operator, proposal)
    assert len(recorder.done) == 1


async def test_it_is_over_after_a_day(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    proposal = await propose(door, recorder.registry, operator)
    late = START + timedelta(hours=24)
    assert proposal.state_at(late) is ProposalState.EXPIRED
    with pytest.raises(ProposalDecidedError):
        await approve(door, recorder.registry, other_operator, proposal, late)
    waiting = await list_proposals(door.pool, before=None, waiting=True, now=late, limit=100)
    assert proposal.proposal_id not in {one.proposal_id for one in waiting}


async def test_a_no_is_a_no_and_its_own_proposer_may_say_it(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    for by in (operator, other_operator):
        proposal = await propose(door, recorder.registry, operator)
        rejected = await reject_proposal(
            door.pool, door.vault, recorder.registry, by.caller, proposal.proposal_id, reason="not now", now=START
        )
        assert rejected.state_at(START) is ProposalState.REJECTED
        with pytest.raises(ProposalDecidedError):
            await approve(door, recorder.registry, other_operator, proposal)
    assert recorder.done == []


async def test_whom_it_is_about_does_not_stop_it(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    """Else an operator who is to be removed refuses each proposal to do so."""
    proposal = await propose(door, recorder.registry, operator, resident_id=other_operator.id)
    with pytest.raises(OwnProposalError):
        await reject_proposal(
            door.pool,
            door.vault,
            recorder.registry,
            other_operator.caller,
            proposal.proposal_id,
            reason="no",
            now=START,
        )
    assert proposal.state_at(START) is ProposalState.WAITING


async def test_a_role_that_was_taken_back_decides_nothing_though_a_token_still_bears_it(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    proposal = await propose(door, recorder.registry, operator)
    await door.pool.execute("DELETE FROM roles WHERE resident_id = $1", other_operator.id)
    with pytest.raises(ForbiddenError):
        await approve(door, recorder.registry, other_operator, proposal)
    with pytest.raises(ForbiddenError):
        await propose(door, recorder.registry, other_operator)
    assert recorder.done == []


async def test_what_somebody_proposed_who_is_removed_since_is_not_done(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    proposal = await propose(door, recorder.registry, operator)
    await door.pool.execute("DELETE FROM roles WHERE resident_id = $1", operator.id)
    with pytest.raises(ForbiddenError, match="proposed it"):
        await approve(door, recorder.registry, other_operator, proposal)
    assert recorder.done == []


async def test_a_session_that_is_over_decides_nothing(
    door: Doorkeeper, recorder: Recorder, operator: Person, other_operator: Person
) -> None:
    """Such as that of a stolen phone, whose account was locked a moment ago."""
    proposal = await propose(door, recorder.registry, operator)
    await door.pool.execute("UPDATE sessions SET ended_at = $2 WHERE resident_id = $1", other_operator.id, START)
    with pytest.raises(SessionExpiredError):
        await approve(door, recorder.registry, other_operator, proposal)
    assert recorder.done == []


async def test_two_operators_who_remove_each_other_at_once_leave_one(door: Doorkeeper, operator: Person) -> None:
    acts = standard_acts(door)
    pair = [await make_person(door, Role.OPERATOR) for _ in range(2)]
    proposals = [
        await propose(door, acts, operator, "role.revoke", resident_id=one.id, role=Role.OPERATOR) for one in pair
    ]
    decided = await asyncio.gather(
        *(approve(door, acts, by, proposal) for by, proposal in zip(pair[::-1], proposals, strict=True)),
        return_exceptions=True,
    )
    assert [type(one) for one in decided].count(Proposal) == 1
    assert {type(one) for one in decided} <= {Proposal, SessionExpiredError, ForbiddenError}


async def test_what_is_not_there_or_not_known(door: Doorkeeper, recorder: Recorder, operator: Person) -> None:
    with pytest.raises(NotFoundError):
        await approve_proposal(door.pool, door.vault, recorder.registry, operator.caller, uuid4(), START)
    with pytest.raises(InvalidError, match="no such act"):
        await propose(door, recorder.registry, operator, "test.unknown")


async def test_an_operator_is_made_by_two_operators(
    door: Doorkeeper, operator: Person, other_operator: Person, resident: Person
) -> None:
    acts = standard_acts(door)
    with pytest.raises(OwnRoleError):
        await propose(door, acts, operator, "role.grant", phone=operator.phone, role=Role.AUDITOR)
    proposal = await propose(door, acts, operator, "role.grant", phone=resident.phone, role=Role.OPERATOR)
    await approve(door, acts, other_operator, proposal)
    opened = await refresh(door, resident.opened.refresh_token, START)
    made = msgspec.structs.replace(resident, caller=read(door, opened, START))
    assert made.caller.roles == {Role.OPERATOR}
    revoking = await propose(door, acts, operator, "role.revoke", resident_id=resident.id, role=Role.OPERATOR)
    with pytest.raises(OwnProposalError):
        await approve(door, acts, made, revoking)
    await approve(door, acts, other_operator, revoking)
    with pytest.raises(SessionExpiredError):
        await refresh(door, opened.refresh_token, START)


async def test_lost_factors_are_reset_by_two(door: Doorkeeper, operator: Person, other_operator: Person) -> None:
    acts = standard_acts(door)
    person = await make_person(door, Role.MANAGER)
    with pytest.raises(NotFoundError):
        await propose(door, acts, operator, "staff.factor-reset", resident_id=person.id)
    secret, _ = await enrol(door, person)
    opened = await open_with(door, person, secret, START + STEP)
    proposal = await propose(door, acts, operator, "staff.factor-reset", resident_id=person.id)
    await approve(door, acts, other_operator, proposal)
    assert await factors.list_factors(door.pool, person.caller) == ([], 0)
    with pytest.raises(SessionExpiredError):
        await refresh(door, opened.opened.refresh_token, START + STEP)
    await enrol(door, person)  # anew, as the first time


async def test_erasing_is_given_a_look_and_done_by_whoever_knows_how(door: Doorkeeper, operator: Person) -> None:
    erased: list[UUID] = []

    async def erase(_db: Connection, resident_id: UUID, _now: datetime) -> None:
        erased.append(resident_id)

    assert "resident.erase" not in standard_acts(door)
    acts = standard_acts(door, erase=erase)
    with pytest.raises(InvalidError, match="search"):
        await propose(door, acts, operator, "resident.erase")
    with pytest.raises(NotFoundError):
        await propose(door, acts, operator, "resident.erase", look_id=uuid4())
    assert erased == []
    assert acts["resident.erase"].execute is not None


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("role.grant", {}),
        ("role.grant", {"phone": "+8613800000000"}),
        ("role.grant", {"role": Role.OPERATOR}),
        ("role.grant", {"phone": "+8613800000000", "role": Role.MANAGER}),
        ("role.revoke", {"role": Role.OPERATOR}),
        ("role.revoke", {"resident_id": uuid4(), "role": Role.WINDOW}),
        ("staff.factor-reset", {}),
        ("keys.rotate", {}),
    ],
)
async def test_what_a_kind_needs_must_be_said(
    door: Doorkeeper, operator: Person, kind: str, given: dict[str, object]
) -> None:
    with pytest.raises(RefusedError) as refused:
        await propose(door, standard_acts(door), operator, kind, **given)
    assert refused.value.slug == "invalid-request"
