"""A lock reaches what concerns others too: bindings rest until everybody is back, and nobody hears why."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from api.services import now
from app.database import Executor, transaction
from app.people.bindings import bind, get_binding
from app.people.locking import lock_resident, tell_companies, unlock
from app.people.model import BindingKind
from tests.api.harness import Api, Gate, Session, log_in, make_person, scan, slug_of


@pytest.fixture
async def carer(api: Api) -> Session:
    return await log_in(api, await make_person(api, name="李小红"))


async def _bind(api: Api, shows: UUID, is_shown: UUID | None, principal_id: UUID) -> UUID:
    binding_id = uuid4()
    async with transaction(api.services.pool) as db:
        await bind(
            db,
            kind=BindingKind.CARE if is_shown else BindingKind.ENTERPRISE,
            binding_id=binding_id,
            shows=shows,
            is_shown=is_shown,
            principal_id=principal_id,
            ends_at=None,
            now=now(),
        )
    return binding_id


async def _care(api: Api, carer: Session, relative: Session) -> UUID:
    return await _bind(api, carer.person.resident_id, relative.person.resident_id, carer.person.resident_id)


async def _ask(api: Api, session: Session, binding_id: UUID, kind: str = "care") -> str:
    named = {"care": "relative_id", "enterprise": "delegation_id"}[kind]
    answer = await api.post("/v1/codes", by=session, json={"kind": kind, named: str(binding_id)})
    code: str = answer.json()["code"] if answer.status_code == 201 else slug_of(answer)
    return code


async def _lock(api: Api, session: Session) -> None:
    assert (await api.post("/v1/me/lock", by=session)).status_code == 204


async def _come_back(api: Api, session: Session) -> None:
    """What proving presence does to the account."""
    async with transaction(api.services.pool) as db:
        await unlock(db, session.person.resident_id, now())


async def _list_told(api: Api, resident_id: UUID, prefix: str) -> list[str]:
    rows = await api.services.pool.fetch(
        "SELECT topic FROM outbox WHERE recipient = $1 AND topic LIKE $2 ORDER BY created_at", resident_id, f"{prefix}%"
    )
    return [row["topic"] for row in rows]


async def test_a_code_that_a_carer_shows_ends_with_the_relatives_account(
    api: Api, resident: Session, carer: Session, gate: Gate
) -> None:
    relative_id = await _care(api, carer, resident)
    code = await _ask(api, carer, relative_id)
    await _lock(api, resident)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert await _ask(api, carer, relative_id) == "binding-rests"
    assert await _list_told(api, carer.person.resident_id, "care.") == ["care.rests"]
    assert "account.locked" not in await _list_told(api, carer.person.resident_id, "account")


async def test_a_lost_phone_shows_no_relative(api: Api, resident: Session, carer: Session, gate: Gate) -> None:
    relative_id = await _care(api, carer, resident)
    code = await _ask(api, carer, relative_id)
    await _lock(api, carer)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert await _list_told(api, resident.person.resident_id, "care.") == ["care.rests"]


async def test_it_comes_back_with_whoever_was_away(api: Api, resident: Session, carer: Session, gate: Gate) -> None:
    relative_id = await _care(api, carer, resident)
    early = await _ask(api, carer, relative_id)
    await _lock(api, resident)
    await _lock_again(api, resident)
    await _come_back(api, resident)
    await _come_back(api, resident)
    for person in (resident, carer):
        told = await _list_told(api, person.person.resident_id, "care.resumed")
        assert told == ["care.resumed"], "once"
    assert (await _ask(api, carer, relative_id)).startswith("SX1:")
    assert slug_of(await scan(api, gate, early)) == "code-revoked", "what was shown before is good no more"


async def _lock_again(api: Api, session: Session) -> None:
    """The hotline is called too."""
    async with transaction(api.services.pool) as db:
        await lock_resident(db, session.person.resident_id, now())


async def test_where_both_are_away_it_waits_for_both(api: Api, resident: Session, carer: Session) -> None:
    relative_id = await _care(api, carer, resident)
    await _lock(api, resident)
    await _lock(api, carer)
    await _come_back(api, carer)
    binding = await get_binding(api.services.pool, carer.person.resident_id, relative_id)
    assert binding is not None
    assert binding.rests_at is not None
    await _come_back(api, resident)
    binding = await get_binding(api.services.pool, carer.person.resident_id, relative_id)
    assert binding is not None
    assert binding.rests_at is None


async def test_two_who_come_back_at_once_leave_nothing_resting(api: Api, resident: Session, carer: Session) -> None:
    bound = [await _care(api, carer, resident) for _ in range(5)]
    await _lock(api, resident)
    await _lock(api, carer)
    await asyncio.gather(_come_back(api, carer), _come_back(api, resident))
    rows = await api.services.pool.fetch(
        "SELECT b.rests_at, s.suspended_at, s.suspended_for FROM bindings AS b JOIN subjects AS s USING (subject_no) "
        "WHERE b.binding_id = ANY($1::uuid[])",
        bound,
    )
    assert [tuple(row) for row in rows] == [(None, None, [])] * 10


async def test_a_company_hears_of_its_delegate_through_the_worker(api: Api, resident: Session, carer: Session) -> None:
    company_id, representative_id = uuid4(), carer.person.resident_id
    delegation_id = await _bind(api, resident.person.resident_id, None, company_id)

    async def find(_db: Executor, wanted: UUID) -> UUID | None:
        return representative_id if wanted == company_id else None

    await _lock(api, resident)
    again = await log_in(api, resident.person)
    assert slug_of(await api.post("/v1/codes", by=again, json={"kind": "personal"})) == "installation-not-approved"
    await asyncio.gather(*(tell_companies(api.services.pool, find, now()) for _ in range(3)))
    assert await _list_told(api, representative_id, "enterprise.") == ["enterprise.rests"]
    await _come_back(api, resident)
    await tell_companies(api.services.pool, find, now())
    assert await _list_told(api, representative_id, "enterprise.") == ["enterprise.rests", "enterprise.resumed"]
    binding = await get_binding(api.services.pool, resident.person.resident_id, delegation_id)
    assert binding is not None
    assert binding.rests_at is None
