"""A demo company: claimed by its representative, with one delegate who acts for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.enterprises import delegation_store, store
from app.enterprises.claiming import begin_standing
from app.enterprises.credit_codes import CreditCode
from app.enterprises.delegating import index_phone
from app.enterprises.desk import seal_handler
from app.enterprises.model import CompanyState, Handler, RegistryAnswer, StoredDelegation
from app.enterprises.rules import CHECKED_EVERY
from app.identifiers import new_id
from app.people.bindings import bind
from app.people.model import BindingKind
from app.people.registering import require_key
from app.people.rules import normalise_phone
from app.people.standing import hold_residents
from app.sealing import Vault

_SCOPES = ["tax", "social-insurance"]
_LIFE = timedelta(days=365)


class SeededCompany(msgspec.Struct, frozen=True):
    """A company plainly invented, and who acts for it."""

    name: str
    code: CreditCode
    representative_id: UUID
    delegate_id: UUID
    delegate_name: str
    delegate_phone: str


async def seed_company(pool: Pool, vault: Vault, company: SeededCompany, now: datetime) -> None:
    """Claims it and delegates; what stands already is left as it is, so twice is the same as once."""
    async with transaction(pool) as db:
        await hold_residents(db, company.representative_id, company.delegate_id)
        answer = RegistryAnswer(company.code.text, company.name, CompanyState.ACTIVE, representative_matches=True)
        await store.write_company(db, company.code, answer, now, now + CHECKED_EVERY)
        if await store.get_standing(db, company.code.company_id) is None:
            await begin_standing(db, company.representative_id, company.code.company_id, now)
        if not await delegation_store.list_open(db, company.code.company_id):
            await _delegate(db, vault, company, now)


async def _delegate(db: Connection, vault: Vault, company: SeededCompany, now: datetime) -> None:
    """As an invitation that was accepted at once."""
    handler = Handler(company.delegate_name, normalise_phone(company.delegate_phone))
    sealed = seal_handler(await require_key(db, vault, company.delegate_id), handler)
    one = StoredDelegation(
        company_id=company.code.company_id,
        delegation_id=new_id(),
        granted_by=company.representative_id,
        scopes=_SCOPES,
        starts_at=now,
        ends_at=now + _LIFE,
        sealed_handler=sealed,
        sealed_for=company.delegate_id,
        phone_index=index_phone(vault, handler.phone),
        invited_at=now,
        answer_by=now + _LIFE,
    )
    await delegation_store.insert_delegation(db, one)
    subject_no = await bind(
        db,
        kind=BindingKind.ENTERPRISE,
        binding_id=one.delegation_id,
        shows=company.delegate_id,
        principal_id=one.company_id,
        ends_at=one.ends_at,
        now=now,
    )
    await delegation_store.accept(
        db, one, delegate_id=company.delegate_id, subject_no=subject_no, sealed_handler=sealed, now=now
    )
