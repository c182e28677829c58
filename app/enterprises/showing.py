"""For which companies somebody shows codes, and what a scan says of one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Executor
from app.enterprises import delegation_store, store
from app.enterprises.claiming import mandate_of
from app.enterprises.desk import EnterpriseDesk
from app.enterprises.model import Authority, Company, Mandate, Scope, Shown
from app.enterprises.rules import EVERYTHING
from app.people.bindings import list_bindings
from app.people.model import Binding, BindingKind, ResidentCaller
from app.people.rules import require_verified


async def get_shown(db: Executor, company_id: UUID, binding_id: UUID) -> Shown | None:
    """On whose behalf an enterprise code was shown: one statement on the shard of the company."""
    found = await store.get_shown(db, company_id, binding_id)
    if found is None:
        return None
    name, code, scopes = found
    authority = Authority.REPRESENTATIVE if scopes is None else Authority.DELEGATE
    return Shown(name, code, authority, [EVERYTHING] if scopes is None else scopes)


async def list_scopes(db: Executor) -> list[Scope]:
    """What a delegate may be let do."""
    return await store.list_scopes(db)


async def list_mandates(desk: EnterpriseDesk, caller: ResidentCaller, now: datetime) -> list[Mandate]:
    """The companies for which the caller may show codes, now or from a day to come; when each was last shown."""
    require_verified(caller)
    bound = [
        one
        for one in await list_bindings(desk.pool, caller.resident_id)
        if one.kind is BindingKind.ENTERPRISE and one.ended_at is None and (one.ends_at is None or now < one.ends_at)
    ]
    used = await store.list_last_uses(desk.pool, [one.subject_no for one in bound])
    found: list[Mandate] = []
    for one in bound:
        company = await store.get_company(desk.pool, one.principal_id)
        mandate = await _read_mandate(desk, company, one) if company else None
        if mandate is not None:
            found.append(_with_use(mandate, used.get(one.subject_no)))
    return found


async def _read_mandate(desk: EnterpriseDesk, company: Company, bound: Binding) -> Mandate | None:
    standing = await store.get_standing(desk.pool, company.company_id)
    if standing is not None and standing.binding_id == bound.binding_id:
        return mandate_of(standing, company.name, company.unified_social_credit_code)
    one = await delegation_store.get_delegation(desk.pool, company.company_id, bound.binding_id)
    if one is None:
        return None
    return Mandate(
        company_id=company.company_id,
        name=company.name,
        unified_social_credit_code=company.unified_social_credit_code,
        authority=Authority.DELEGATE,
        delegation_id=one.delegation_id,
        scopes=one.scopes,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        review_due_at=one.review_due_at,
    )


def _with_use(mandate: Mandate, used_at: datetime | None) -> Mandate:
    return msgspec.structs.replace(mandate, last_used_at=used_at)
