"""Asking the registry again, daily: whether a company still stands, and whether its representative still is one."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.database import FAULTS, Connection, transaction
from app.enterprises import store
from app.enterprises.claiming import PURPOSE, end_standing, settle_delegations
from app.enterprises.credit_codes import CreditCode, read_credit_code
from app.enterprises.desk import EnterpriseDesk
from app.enterprises.errors import EnterpriseUnknownError
from app.enterprises.model import Company, CompanyState, Ending, RegistryAnswer, Representative
from app.enterprises.registry import EnterpriseRegistry
from app.enterprises.rules import CHECKED_EVERY, retry_after
from app.people.proven import Proven, get_proven
from app.platforms.errors import ProviderRefusedError, ProviderUnavailableError

log = structlog.get_logger()

_PAGE = 100
_AT_ONCE = 8
"""Questions to the registry under way."""
_TAKEN_FOR = timedelta(minutes=10)
"""A worker that is killed in the middle leaves its companies to others after this long."""


async def check_companies(desk: EnterpriseDesk, now: datetime) -> int:
    """Asks about each company whose day is over; answers with how many were asked about."""
    if desk.registry is None:
        return 0
    due = await store.list_due_checks(desk.pool, now, _PAGE)
    room = asyncio.Semaphore(_AT_ONCE)

    async def check(company_id: UUID, registry: EnterpriseRegistry) -> bool:
        async with room:
            return await _try_to_check(desk, registry, company_id, now)

    return sum(await asyncio.gather(*(check(company_id, desk.registry) for company_id in due)))


async def _try_to_check(desk: EnterpriseDesk, registry: EnterpriseRegistry, company_id: UUID, now: datetime) -> bool:
    """One that fails is put off and keeps no other waiting; a database that is away ends the round."""
    company = await store.claim_check(desk.pool, company_id, now, now + _TAKEN_FOR)
    if company is None:
        return False
    try:
        await _check(desk, registry, company, now)
    except (ProviderUnavailableError, ProviderRefusedError) as failure:
        await store.put_check_off(desk.pool, company_id, now + retry_after(company.check_failures))
        log.warning("enterprises.not-checked", company_id=str(company_id), reason=failure.slug)
    except Exception as failure:
        if isinstance(failure, FAULTS):
            raise
        log.exception("enterprises.check-failed", company_id=str(company_id))
    return True


async def _check(desk: EnterpriseDesk, registry: EnterpriseRegistry, company: Company, now: datetime) -> None:
    code = read_credit_code(company.unified_social_credit_code)
    standing = await store.get_standing(desk.pool, company.company_id)
    proven = await get_proven(desk.pool, desk.vault, standing.resident_id) if standing else None
    answer = await _ask(registry, company, code, proven, now)
    async with transaction(desk.pool) as db:
        # Somebody may have claimed the company while the registry was asked, and been confirmed by a later answer.
        if await store.write_company(db, code, answer, now, now + CHECKED_EVERY):
            current = await store.get_standing(db, company.company_id)
            if (current and current.binding_id) == (standing and standing.binding_id):
                await _apply(db, desk, company.company_id, current, answer, now)


async def _ask(
    registry: EnterpriseRegistry, company: Company, code: CreditCode, proven: Proven | None, now: datetime
) -> RegistryAnswer:
    """An entity that the registry knows no more has been deregistered. Of somebody who is not verified any more it is
    not asked, and so they match nothing.
    """
    name, id_number = (proven.name or "", proven.id_number or "") if proven else ("", "")
    try:
        return await registry.ask(code, name=name, id_number=id_number, purpose=PURPOSE, now=now)
    except EnterpriseUnknownError:
        return RegistryAnswer(code.text, company.name, CompanyState.DEREGISTERED, representative_matches=False)


async def _apply(
    db: Connection,
    desk: EnterpriseDesk,
    company_id: UUID,
    standing: Representative | None,
    answer: RegistryAnswer,
    now: datetime,
) -> None:
    if answer.state is not CompanyState.ACTIVE:
        why, review_due_at = Ending.COMPANY_ENDED, None
    elif not answer.representative_matches:
        why, review_due_at = Ending.NOT_CONFIRMED, now + desk.review
    else:
        return
    if standing is not None:
        await end_standing(db, standing, why, review_due_at=review_due_at, now=now)
    else:
        await settle_delegations(db, company_id, review_due_at=review_due_at, now=now)
