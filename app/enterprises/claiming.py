"""Claiming a company: whoever the registry confirms is its legal representative, and whoever was before is no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.audit import record_act
from app.database import Connection, transaction
from app.enterprises import delegation_store, store
from app.enterprises.credit_codes import CreditCode, read_credit_code
from app.enterprises.desk import EnterpriseDesk, end_delegation, tell_both
from app.enterprises.errors import (
    EnterpriseNotActiveError,
    RegistryNotOfferedError,
    RepresentativeNotConfirmedError,
)
from app.enterprises.model import Authority, CompanyState, Ending, Mandate, RegistryAnswer, Representative
from app.enterprises.rules import CHECKED_EVERY, EVERYTHING
from app.errors import TooManyRequestsError
from app.identifiers import new_id
from app.people.bindings import bind, end_binding
from app.people.holding import tell_resident
from app.people.model import BindingKind, ResidentCaller
from app.people.proven import get_proven
from app.people.rules import require_verified
from app.people.standing import require_trust

PURPOSE = "核验法定代表人身份，用于居民在随行代表企业办事"
"""Registries ask what for: proving who the legal representative is, who acts for the company in this app."""
_DAY = timedelta(hours=24)


async def claim_company(desk: EnterpriseDesk, caller: ResidentCaller, text: str, now: datetime) -> Mandate:
    """Makes the caller the representative of a company that the registry says is theirs; again is the same as once."""
    require_verified(caller)
    code = read_credit_code(text)
    answer = await _ask_registry(desk, caller, code, now)
    if answer.state is not CompanyState.ACTIVE:
        raise EnterpriseNotActiveError
    if not answer.representative_matches:
        raise RepresentativeNotConfirmedError
    async with transaction(desk.pool) as db:
        await require_trust(db, caller, now)
        standing = await _take_over(db, desk, caller, code, answer, now)
    return mandate_of(standing, answer.name, code.text)


def mandate_of(standing: Representative, name: str, code: str) -> Mandate:
    """A representative may do everything, for as long as they are one."""
    return Mandate(
        company_id=standing.company_id,
        name=name,
        unified_social_credit_code=code,
        authority=Authority.REPRESENTATIVE,
        delegation_id=standing.binding_id,
        scopes=[EVERYTHING],
        starts_at=standing.since_at,
        ends_at=None,
    )


async def _ask_registry(
    desk: EnterpriseDesk, caller: ResidentCaller, code: CreditCode, now: datetime
) -> RegistryAnswer:
    """Whether the caller, as they have proven themself, represents the company; nobody asks it of anybody else."""
    if desk.registry is None:
        raise RegistryNotOfferedError
    proven = await get_proven(desk.pool, desk.vault, caller.resident_id)
    if proven is None or proven.name is None or proven.id_number is None:
        raise RepresentativeNotConfirmedError(
            "The registry is asked by name and ID number: prove your identity by them first."
        )
    bucket = desk.vault.index("quota", f"enterprise claim:{caller.resident_id}")
    free_at = await store.claim_place(desk.pool, bucket, desk.claims_daily, _DAY, now)
    if free_at is not None:
        raise TooManyRequestsError(int((free_at - now).total_seconds()) + 1)
    return await desk.registry.ask(code, name=proven.name, id_number=proven.id_number, purpose=PURPOSE, now=now)


async def _take_over(
    db: Connection,
    desk: EnterpriseDesk,
    caller: ResidentCaller,
    code: CreditCode,
    answer: RegistryAnswer,
    now: datetime,
) -> Representative:
    """Of two who claim, the one of whom the registry was asked later stays: the other's answer is of before."""
    is_latest = await store.write_company(db, code, answer, now, now + CHECKED_EVERY)
    standing = await store.get_standing(db, code.company_id)
    if standing is not None and standing.resident_id == caller.resident_id:
        return standing
    if not is_latest:
        raise RepresentativeNotConfirmedError("The registry has named another representative since: ask again.")
    if standing is not None:
        await end_standing(db, standing, Ending.REPLACED, review_due_at=now + desk.review, now=now)
    return await begin_standing(db, caller.resident_id, code.company_id, now)


async def begin_standing(db: Connection, resident_id: UUID, company_id: UUID, now: datetime) -> Representative:
    """Makes somebody, whom the registry has confirmed, the representative of a company that is held and has none."""
    binding_id = new_id()
    subject_no = await bind(
        db,
        kind=BindingKind.ENTERPRISE,
        binding_id=binding_id,
        shows=resident_id,
        principal_id=company_id,
        ends_at=None,
        now=now,
    )
    standing = Representative(company_id, binding_id, resident_id, subject_no, now)
    await store.insert_representative(db, standing)
    await record_act(db, resident_id, "enterprise.claimed", company_id, now)
    await tell_resident(db, resident_id, "enterprise.claimed", {"company_id": company_id, "at": now}, now)
    return standing


async def end_standing(
    db: Connection, standing: Representative, why: Ending, *, review_due_at: datetime | None, now: datetime
) -> None:
    """Ends somebody's standing, whose company is held: their own code ends with it, and see settle_delegations."""
    await store.end_representative(db, standing, why, now)
    await end_binding(db, standing.binding_id, [standing.resident_id], now)
    await record_act(db, standing.resident_id, f"enterprise.{why.value}", standing.company_id, now)
    topic = "enterprise.ended" if why is Ending.COMPANY_ENDED else "enterprise.representative-ended"
    data = {"company_id": standing.company_id, "at": now}
    await tell_resident(db, standing.resident_id, topic, data, now)
    await settle_delegations(db, standing.company_id, review_due_at=review_due_at, now=now)


async def settle_delegations(
    db: Connection, company_id: UUID, *, review_due_at: datetime | None, now: datetime
) -> None:
    """What becomes of a company's delegations, once nobody stands behind them: open invitations are taken back.

    What others have accepted stays until `review_due_at`, for the new representative to decide on; without one, since
    the company itself has ended, it ends at once.
    """
    for delegation_id in await delegation_store.list_open(db, company_id):
        one = await delegation_store.hold_delegation(db, company_id, delegation_id)
        if one is None or one.ended_at is not None:
            continue
        if one.accepted_at is None:
            await end_delegation(db, one, Ending.WITHDRAWN, by=one.granted_by, topic=None, now=now)
        elif review_due_at is None:
            topic = "delegation.company-ended"
            await end_delegation(db, one, Ending.COMPANY_ENDED, by=one.granted_by, topic=topic, now=now)
        elif one.review_due_at is None:
            await delegation_store.ask_review(db, one, review_due_at)
            await tell_both(db, one, "delegation.under-review", now)
