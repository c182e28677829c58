"""Two persons for what is dangerous: one proposes, another approves, and it is done once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.database import Connection, Executor, Pool, transaction
from app.errors import ForbiddenError, InvalidError, NotFoundError
from app.identifiers import new_id
from app.people.acting import record_office_act, seal_reason
from app.people.endings import ending
from app.people.holding import holds_role
from app.people.model import ResidentCaller, Role
from app.people.standing import hold_caller, hold_residents
from app.sealing import Vault
from app.staff import proposal_store as store
from app.staff.errors import OwnProposalError, ProposalDecidedError
from app.staff.model import Proposal, ProposalState
from app.staff.registry import DangerousAct, Draft, LaterRegistry, Registry

log = structlog.get_logger()

_LIFE = timedelta(hours=24)
_FIRST_WAIT = timedelta(seconds=5)
_ATTEMPTS = 13
"""Each waits twice as long as the one before: five seconds, and at the end six hours; eleven hours in all."""
_ACTS = {"approved": "proposal.approved", "rejected": "proposal.rejected"}


async def propose_act(
    db: Executor, vault: Vault, registry: Registry, caller: ResidentCaller, draft: Draft, now: datetime
) -> Proposal:
    """Keeps a proposal for a second person to decide on, within a day."""
    act = registry.get(draft.kind)
    if act is None:
        raise InvalidError("/kind", "This deployment knows no such act.")
    async with transaction(db) as connection:
        role = await _require_role(connection, caller, act.proposers, now)
        prepared = await act.prepare(connection, caller, draft, now)
        sealed_reason, sealed_for = await seal_reason(connection, vault, draft.reason, prepared.about)
        proposal = Proposal(
            proposal_id=new_id(),
            kind=draft.kind,
            object_id=prepared.object_id,
            details=prepared.details,
            sealed_reason=sealed_reason,
            sealed_for=sealed_for,
            proposed_by=caller.resident_id,
            proposed_at=now,
            expires_at=now + _LIFE,
        )
        await store.insert_proposal(connection, proposal)
        await record_office_act(
            connection,
            vault,
            caller,
            f"proposal.made:{draft.kind}",
            role=role,
            object_id=prepared.object_id,
            reason=draft.reason,
            about=prepared.about,
            now=now,
        )
    return proposal


async def approve_proposal(
    pool: Pool, vault: Vault, registry: Registry, caller: ResidentCaller, proposal_id: UUID, now: datetime
) -> Proposal:
    """A second person's yes. What it allows is done in the same transaction, so it is done once, or not at all."""
    async with ending(pool) as db:
        proposal, act = await _require_waiting(db, registry, caller, proposal_id, now)
        role = await _require_role(db, caller, act.approvers, now)
        if caller.resident_id in {proposal.proposed_by, proposal.object_id}:
            raise OwnProposalError
        if not await _holds_any(db, proposal.proposed_by, act.proposers):
            raise ForbiddenError("Whoever proposed it holds the role no more: propose it anew.")
        await _decide(db, vault, caller, proposal, role=role, decision="approved", reason=None, now=now)
        if act.execute is not None:
            await act.execute(db, proposal, caller, now)
            await store.mark_executed(db, proposal_id, now)
        return await _read(db, proposal_id)


async def reject_proposal(
    pool: Pool,
    vault: Vault,
    registry: Registry,
    caller: ResidentCaller,
    proposal_id: UUID,
    *,
    reason: str,
    now: datetime,
) -> Proposal:
    """A no, or the proposer's taking it back. Whom it is about does not stop it, or nobody could be removed."""
    async with transaction(pool) as db:
        proposal, act = await _require_waiting(db, registry, caller, proposal_id, now)
        role = await _require_role(db, caller, act.approvers | act.proposers, now)
        if caller.resident_id == proposal.object_id:
            raise OwnProposalError
        await _decide(db, vault, caller, proposal, role=role, decision="rejected", reason=reason, now=now)
        if act.dismiss is not None:
            await act.dismiss(db, proposal, caller, now)
        return await _read(db, proposal_id)


async def list_proposals(
    pool: Pool, *, before: UUID | None, waiting: bool, now: datetime, limit: int
) -> list[Proposal]:
    """Proposals, newest first; `waiting` keeps those that can still be decided on."""
    return await store.list_proposals(pool, before=before, waiting=waiting, now=now, limit=limit)


async def execute_approved(pool: Pool, later: LaterRegistry, now: datetime) -> int:
    """The worker's share: does what was approved and needs what a worker alone holds; answers with how many it did.

    The row is held meanwhile, so that two workers do not do it twice. One that fails is logged and comes again, later
    and later, until it is given up.
    """
    done = 0
    for proposal_id in await store.list_approved(pool, list(later), now):
        try:
            async with transaction(pool) as db:
                proposal = await store.hold_proposal(db, proposal_id)
                if proposal is None or proposal.state_at(now) is not ProposalState.APPROVED:
                    continue
                await later[proposal.kind](db, proposal, now)
                await store.mark_executed(db, proposal_id, now)
                done += 1
        except Exception:
            given_up = await store.postpone_proposal(
                pool, proposal_id, first_wait=_FIRST_WAIT, attempts=_ATTEMPTS, now=now
            )
            log.exception("proposals.not-executed", proposal_id=str(proposal_id), given_up=given_up)
    return done


async def _require_role(db: Connection, caller: ResidentCaller, roles: frozenset[Role], now: datetime) -> Role:
    """One of these roles that the caller holds at this moment, in a session that lives: a token may be older."""
    await hold_caller(db, caller, now)
    for role in sorted(caller.roles & roles):
        if await holds_role(db, caller.resident_id, role):
            return role
    raise ForbiddenError


async def _holds_any(db: Connection, resident_id: UUID, roles: frozenset[Role]) -> bool:
    for role in sorted(roles):
        if await holds_role(db, resident_id, role):
            return True
    return False


async def _require_waiting(
    db: Connection, registry: Registry, caller: ResidentCaller, proposal_id: UUID, now: datetime
) -> tuple[Proposal, DangerousAct]:
    proposal = await store.hold_proposal(db, proposal_id)
    act = registry.get(proposal.kind) if proposal else None
    if proposal is None or act is None:
        raise NotFoundError
    if proposal.state_at(now) is not ProposalState.WAITING:
        raise ProposalDecidedError
    concerned = {caller.resident_id, proposal.object_id or caller.resident_id}
    await hold_residents(db, *concerned)  # of two who remove each other at once, one comes first
    return proposal, act


async def _decide(
    db: Connection,
    vault: Vault,
    caller: ResidentCaller,
    proposal: Proposal,
    *,
    role: Role,
    decision: str,
    reason: str | None,
    now: datetime,
) -> None:
    await store.decide_proposal(db, proposal.proposal_id, decision=decision, decided_by=caller.resident_id, now=now)
    await record_office_act(
        db,
        vault,
        caller,
        f"{_ACTS[decision]}:{proposal.kind}",
        role=role,
        object_id=proposal.object_id,
        reason=reason,
        about=proposal.sealed_for,
        now=now,
    )


async def _read(db: Connection, proposal_id: UUID) -> Proposal:
    proposal = await store.hold_proposal(db, proposal_id)
    if proposal is None:
        raise NotFoundError
    return proposal
