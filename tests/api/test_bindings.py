"""Codes of companies and relatives: whose they are, who is told, and that ending a binding ends them at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from api.services import now
from app.database import transaction
from app.people.bindings import bind, end_all, end_binding, renew_binding
from app.people.errors import BindingEndedError
from app.people.model import BindingKind
from tests.api.harness import Api, Gate, Session, log_in, make_person, scan, slug_of


@pytest.fixture
async def carer(api: Api) -> Session:
    return await log_in(api, await make_person(api, name="李小红"))


async def _bind(api: Api, carer: Session, relative: Session, **more: timedelta) -> UUID:
    binding_id = uuid4()
    async with transaction(api.services.pool) as db:
        await bind(
            db,
            kind=BindingKind.CARE,
            binding_id=binding_id,
            shows=carer.person.resident_id,
            is_shown=relative.person.resident_id,
            principal_id=carer.person.resident_id,
            ends_at=now() + more.get("life", timedelta(days=1)),
            now=now(),
        )
    return binding_id


async def _ask(api: Api, session: Session, relative_id: UUID) -> str:
    answer = await api.post("/v1/codes", by=session, json={"kind": "care", "relative_id": str(relative_id)})
    return answer.json()["code"] if answer.status_code == 201 else slug_of(answer)


async def test_a_relative_is_shown_and_both_are_told(api: Api, resident: Session, carer: Session, gate: Gate) -> None:
    code = await _ask(api, carer, await _bind(api, carer, resident))
    accepted = (await scan(api, gate, code)).json()
    assert accepted["kind"] == "care"
    assert accepted["holder"] == {"masked_name": "王**"}
    told = await api.services.pool.fetch("SELECT recipient FROM outbox WHERE topic = 'code.scanned'")
    assert {row["recipient"] for row in told} >= {resident.person.resident_id, carer.person.resident_id}
    for person in (resident, carer):
        accesses = (await api.get("/v1/me/accesses", by=person)).json()["items"]
        assert [(access["id"], access["kind"]) for access in accesses] == [(accepted["scan_id"], "care")]


async def test_nobody_shows_what_is_not_theirs(api: Api, resident: Session, carer: Session) -> None:
    relative_id = await _bind(api, carer, resident)
    assert await _ask(api, resident, relative_id) == "binding-ended"
    assert await _ask(api, carer, uuid4()) == "binding-ended"
    answer = await api.post("/v1/codes", by=carer, json={"kind": "enterprise", "delegation_id": str(relative_id)})
    assert slug_of(answer) == "binding-ended"


async def test_ending_ends_the_codes_already_shown(api: Api, resident: Session, carer: Session, gate: Gate) -> None:
    relative_id = await _bind(api, carer, resident)
    code = await _ask(api, carer, relative_id)
    people = [resident.person.resident_id, carer.person.resident_id]
    async with transaction(api.services.pool) as db:
        assert await end_binding(db, relative_id, people, now())
        assert not await end_binding(db, relative_id, people, now())
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert await _ask(api, carer, relative_id) == "binding-ended"


async def test_its_end_date_ends_it_and_can_be_moved(api: Api, resident: Session, carer: Session, gate: Gate) -> None:
    relative_id = await _bind(api, carer, resident, life=timedelta(hours=1))
    code = await _ask(api, carer, relative_id)
    people = [resident.person.resident_id, carer.person.resident_id]
    async with transaction(api.services.pool) as db:
        await renew_binding(db, relative_id, people, now() - timedelta(seconds=1), now())
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    async with transaction(api.services.pool) as db:
        with pytest.raises(BindingEndedError):
            await renew_binding(db, relative_id, people, now() + timedelta(days=1), now())


async def test_what_a_relative_withholds_is_withheld_when_shown(
    api: Api, resident: Session, carer: Session, gate: Gate
) -> None:
    await api.delete("/v1/me/consents/masked-name", by=resident)
    early = await _bind(api, carer, resident)
    assert (await scan(api, gate, await _ask(api, carer, early))).json()["holder"] == {}
    await api.call("PUT", "/v1/me/consents/masked-name", by=resident, json={"version": 1})
    assert (await scan(api, gate, await _ask(api, carer, early))).json()["holder"] == {"masked_name": "王**"}


async def test_all_of_one_resident_end_for_both(api: Api, resident: Session, carer: Session) -> None:
    relative_id = await _bind(api, carer, resident)
    async with transaction(api.services.pool) as db:
        ended = await end_all(db, resident.person.resident_id, now())
    assert [binding.binding_id for binding in ended] == [relative_id]
    assert await _ask(api, carer, relative_id) == "binding-ended"
