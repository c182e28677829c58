"""By what a registry is asked about a company."""

from __future__ import annotations

from uuid import UUID

import msgspec

from app.database import Executor
from app.enterprises import store


class CompanyCode(msgspec.Struct, frozen=True):
    """A company as registries know it."""

    code: str
    """Its unified social credit code."""
    name: str


async def get_company_code(db: Executor, company_id: UUID) -> CompanyCode | None:
    """None of a company that was never claimed here."""
    company = await store.get_company(db, company_id)
    return None if company is None else CompanyCode(company.unified_social_credit_code, company.name)
