"""Who would act for a company that is not theirs, or not any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from api.services import now
from app.database import transaction
from app.development.enterprise_registry import EnterpriseRegistryStandIn
from app.development.mishaps import Mishap
from app.enterprises.checking import check_companies
from app.enterprises.model import CompanyState
from app.enterprises.store import claim_check
from app.enterprises.tending import end_due
from app.people.locking import unlock
from tests.api.companies import (
    INVITATIONS,
    PATH,
    Firm,
    ask_code,
    code_of,
    delegate,
    invite,
    let_the_worker_tell,
    list_granted,
    list_held,
    make_citizen,
    make_firm,
    told,
)
from tests.api.harness import Api, Gate, Person, Session, invent_phone, make_person, scan, slug_of
from tests.api.rights_harness import leave

_AT_ONCE = 6


@pytest.fixture
async def boss(api: Api) -> Session:
    return await make_citizen(api, name="李静怡")


@pytest.fixture
async def handler(api: Api) -> Session:
    return await make_citizen(api, name="欧阳兰")


@pytest.fixture
def firm(api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session) -> Firm:
    return make_firm(api, registry[1], boss)


@pytest.fixture
async def company_id(firm: Firm, boss: Session) -> str:
    claimed: str = (await firm.claimed(boss))["company_id"]
    return claimed


async def _shift(api: Api, delegation_id: str, column: str, by: timedelta) -> None:
    """Lets time pass for one delegation, its subject and its binding."""
    pool = api.services.pool
    await pool.execute(
        f"UPDATE enterprise_delegations SET {column} = {column} + $2 WHERE delegation_id = $1",
        delegation_id,
        by,
    )
    if column == "ends_at":
        for table in ("subjects", "bindings"):
            await pool.execute(f"UPDATE {table} SET ends_at = ends_at + $2 WHERE binding_id = $1", delegation_id, by)


async def check_now(api: Api, company_id: str) -> None:
    """As the worker does once a day."""
    await api.services.pool.execute(
        "UPDATE enterprises SET check_due_at = checked_at WHERE company_id = $1", company_id
    )
    assert await check_companies(api.services.enterprises, now()) >= 1


async def test_a_delegate_beyond_the_last_day(
    api: Api, boss: Session, handler: Session, company_id: str, gate: Gate
) -> None:
    delegation_id = await delegate(api, boss, company_id, handler, starts_at=None)
    code = await code_of(api, handler, delegation_id)
    pool = api.services.pool
    await pool.execute("UPDATE enterprise_delegations SET starts_at = starts_at - interval '60 days'")
    await _shift(api, delegation_id, "ends_at", timedelta(days=-31))
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await ask_code(api, handler, delegation_id)) == "binding-ended"
    assert await list_held(api, handler) == []
    await end_due(pool, now())
    assert (await list_granted(api, boss, company_id))[0]["ended_for"] == "expired"
    for person in (boss, handler):
        assert "delegation.expired" in await told(api, person)


async def test_somebody_elses_delegation(api: Api, boss: Session, handler: Session, company_id: str) -> None:
    delegation_id = await delegate(api, boss, company_id, handler)
    thief = await make_citizen(api, name="周文")
    assert slug_of(await ask_code(api, thief, delegation_id)) == "binding-ended"
    assert slug_of(await ask_code(api, boss, delegation_id)) == "binding-ended"
    assert slug_of(await api.delete(f"/v1/me/delegations/{delegation_id}", by=thief)) == "not-found"
    for response in (
        await api.delete(f"{PATH}/{company_id}/delegations/{delegation_id}", by=thief),
        await api.delete(f"{PATH}/{company_id}/delegations/{delegation_id}", by=handler),
        await api.get(f"{PATH}/{company_id}/delegations", by=handler),
        await invite(api, handler, company_id, thief.person),
        await api.delete(f"{PATH}/{company_id}/delegations/{uuid4()}", by=boss),
        await api.get(f"{PATH}/{uuid4()}/delegations", by=boss),
    ):
        assert slug_of(response) == "not-found"


async def test_an_invitation_is_for_one_phone_and_one_name(api: Api, boss: Session, company_id: str) -> None:
    meant = await make_citizen(api, name="欧阳兰")
    mistyped = await make_citizen(api, name="周文")
    phone_of_another = Person(uuid4(), mistyped.person.phone, "欧阳兰", "", uuid4())
    wrong_phone = (await invite(api, boss, company_id, phone_of_another)).json()["id"]
    right = (await invite(api, boss, company_id, meant.person)).json()["id"]
    assert [one["id"] for one in (await api.get(INVITATIONS, by=meant)).json()["items"]] == [right]
    assert (await api.get(INVITATIONS, by=mistyped)).json()["items"] == []
    for who, one in ((mistyped, wrong_phone), (mistyped, right), (meant, wrong_phone), (boss, right)):
        assert slug_of(await api.post(f"{INVITATIONS}/{one}/accept", by=who)) == "not-found"


async def test_nothing_says_whether_a_phone_has_an_account(
    api: Api, boss: Session, handler: Session, company_id: str
) -> None:
    nobody = Person(uuid4(), invent_phone(), "周文", "", uuid4())
    for person in (handler.person, nobody):
        answered = (await invite(api, boss, company_id, person)).json()
        assert answered.keys() >= {"id", "masked_phone", "state"}
    await let_the_worker_tell(api)
    states = {(one["state"], one["ended_for"]) for one in await list_granted(api, boss, company_id)}
    assert states == {("invited", None)}
    assert await told(api, boss) == ["enterprise.claimed"]
    # Whoever comes to have the phone later finds the invitation, once they have proven the name.
    late = await make_person(api, name=nobody.name)
    assert late.name == nobody.name


async def test_a_representative_of_before(
    api: Api, firm: Firm, boss: Session, handler: Session, company_id: str, gate: Gate
) -> None:
    kept, dropped = [await delegate(api, boss, company_id, handler) for _ in range(2)]
    waiting = (await invite(api, boss, company_id, handler.person)).json()["id"]
    before = await code_of(api, boss, (await list_held(api, boss))[0]["delegation_id"])
    successor = await make_citizen(api, name="周文")
    await firm.represented_by(successor).claimed(successor)
    assert slug_of(await scan(api, gate, before)) == "code-revoked"
    assert await list_held(api, boss) == []
    assert slug_of(await firm.claim(boss)) == "representative-not-confirmed"
    assert slug_of(await api.delete(f"{PATH}/{company_id}/delegations/{kept}", by=boss)) == "not-found"
    assert "enterprise.representative-ended" in await told(api, boss)
    assert slug_of(await api.post(f"{INVITATIONS}/{waiting}/accept", by=handler)) == "not-found"
    states = {one["id"]: one["state"] for one in await list_granted(api, successor, company_id)}
    assert states == {kept: "to-confirm", dropped: "to-confirm", waiting: "ended"}
    code = await code_of(api, handler, kept)
    assert (await scan(api, gate, code)).status_code == 201
    keep = f"{PATH}/{company_id}/delegations/{kept}/keep"
    for _ in range(2):
        assert (await api.post(keep, by=successor)).status_code == 204
    assert slug_of(await api.post(keep, by=boss)) == "not-found"
    await _shift(api, dropped, "review_due_at", timedelta(days=-15))
    refused = await api.post(f"{PATH}/{company_id}/delegations/{dropped}/keep", by=successor)
    assert slug_of(refused) == "delegation-closed"
    await end_due(api.services.pool, now())
    held = await list_held(api, handler)
    assert [(one["delegation_id"], one["review_due_at"]) for one in held] == [(kept, None)]
    assert {"delegation.under-review", "delegation.kept", "delegation.lapsed"} <= set(await told(api, handler))


async def test_an_answer_of_before_takes_nothing_back(api: Api, firm: Firm, boss: Session, company_id: str) -> None:
    """The registry was asked of the old representative first, and the answer arrives last."""
    successor = await make_citizen(api, name="周文")
    await firm.represented_by(successor).claimed(successor)
    await api.services.pool.execute(
        "UPDATE enterprises SET checked_at = $2 WHERE company_id = $1", company_id, now() + timedelta(minutes=1)
    )
    assert slug_of(await firm.represented_by(boss).claim(boss)) == "representative-not-confirmed"
    assert [one["company_id"] for one in await list_held(api, successor)] == [company_id]


@pytest.mark.parametrize("state", [CompanyState.DEREGISTERED, CompanyState.REVOKED])
async def test_a_company_that_ends_takes_its_codes_along(
    api: Api, firm: Firm, boss: Session, handler: Session, company_id: str, gate: Gate, state: CompanyState
) -> None:
    delegation_id = await delegate(api, boss, company_id, handler)
    codes = [
        await code_of(api, boss, (await list_held(api, boss))[0]["delegation_id"]),
        await code_of(api, handler, delegation_id),
    ]
    firm.end(state)
    await check_now(api, company_id)
    assert [slug_of(await scan(api, gate, code)) for code in codes] == ["code-revoked"] * 2
    assert "enterprise.ended" in await told(api, boss)
    assert "delegation.company-ended" in await told(api, handler)
    assert await list_held(api, handler) == await list_held(api, boss) == []


async def test_a_representative_whom_the_registry_names_no_more(
    api: Api, firm: Firm, boss: Session, handler: Session, company_id: str
) -> None:
    delegation_id = await delegate(api, boss, company_id, handler)
    firm.register(representative_name="周文")
    await check_now(api, company_id)
    assert await list_held(api, boss) == []
    assert (await list_held(api, handler))[0]["review_due_at"] is not None
    assert (await ask_code(api, handler, delegation_id)).status_code == 201
    firm.end()
    await check_now(api, company_id)  # nobody represents it now; it is asked about all the same
    assert slug_of(await ask_code(api, handler, delegation_id)) == "binding-ended"


async def test_a_registry_that_is_away_takes_nothing_from_anybody(
    api: Api, registry: tuple[str, EnterpriseRegistryStandIn], firm: Firm, boss: Session, company_id: str
) -> None:
    due = "SELECT check_due_at - checked_at, check_failures FROM enterprises WHERE company_id = $1"
    firm.end()
    await api.services.pool.execute(
        "UPDATE enterprises SET check_due_at = $2, check_failures = 2 WHERE company_id = $1", company_id, now()
    )
    await api.services.pool.execute(
        "UPDATE enterprises SET check_due_at = $2 WHERE company_id <> $1", company_id, now() + timedelta(days=1)
    )
    registry[1].fail_next(1, Mishap(close=True))
    assert await check_companies(api.services.enterprises, now()) == 1
    [(waits, failures)] = await api.services.pool.fetch(due, company_id)
    assert failures == 3
    assert timedelta(minutes=19) < waits < timedelta(minutes=30)
    assert len(await list_held(api, boss)) == 1


async def test_two_workers_ask_once(api: Api, company_id: str) -> None:
    pool, moment = api.services.pool, now()
    await pool.execute("UPDATE enterprises SET check_due_at = checked_at WHERE company_id = $1", company_id)
    taken = [await claim_check(pool, UUID(company_id), moment, moment + timedelta(minutes=10)) for _ in range(2)]
    assert [one is not None for one in taken] == [True, False]


async def test_accepting_and_ending_at_once_leaves_no_code(
    api: Api, boss: Session, handler: Session, company_id: str
) -> None:
    for _ in range(_AT_ONCE):
        delegation_id = (await invite(api, boss, company_id, handler.person)).json()["id"]
        accepted, ended = await asyncio.gather(
            api.post(f"{INVITATIONS}/{delegation_id}/accept", by=handler),
            api.delete(f"{PATH}/{company_id}/delegations/{delegation_id}", by=boss),
        )
        assert ended.status_code == 204
        assert accepted.status_code in {204, 404, 409}
        assert slug_of(await ask_code(api, handler, delegation_id)) == "binding-ended"
    assert await list_held(api, handler) == []


async def test_two_claims_at_once_make_one_representative(
    api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session
) -> None:
    firm = make_firm(api, registry[1], boss)
    answers = await asyncio.gather(*(firm.claim(boss) for _ in range(_AT_ONCE)))
    assert {response.status_code for response in answers} == {201}
    assert len({response.json()["delegation_id"] for response in answers}) == 1
    standing = "SELECT count(*) FROM enterprise_representatives WHERE resident_id = $1"
    assert await api.services.pool.fetchval(standing, boss.person.resident_id) == 1


async def test_who_leaves_takes_their_delegations_along(
    api: Api, boss: Session, handler: Session, company_id: str, gate: Gate
) -> None:
    delegation_id = await delegate(api, boss, company_id, handler)
    code = await code_of(api, handler, delegation_id)
    await leave(api, handler)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    [granted] = await list_granted(api, boss, company_id)
    assert (granted["ended_for"], granted["masked_name"], granted["masked_phone"]) == ("left", None, None)


async def test_what_a_locked_representative_granted_waits_for_them(
    api: Api, boss: Session, handler: Session, company_id: str
) -> None:
    """A thief with the representative's phone invites an accomplice, and is locked out before they answer."""
    delegation_id = (await invite(api, boss, company_id, handler.person)).json()["id"]
    assert (await api.post("/v1/me/lock", by=boss)).status_code == 204
    accept = f"{INVITATIONS}/{delegation_id}/accept"
    assert slug_of(await api.post(accept, by=handler)) == "binding-rests"
    assert slug_of(await ask_code(api, handler, delegation_id)) == "binding-ended"
    async with transaction(api.services.pool) as db:
        await unlock(db, boss.person.resident_id, now())
    assert (await api.post(accept, by=handler)).status_code == 204


async def test_who_gives_up_their_identity_gives_up_their_companies(
    api: Api, boss: Session, handler: Session, company_id: str, gate: Gate
) -> None:
    """Whoever proves an identity in that account next is not the representative, nor the delegate."""
    delegation_id = await delegate(api, boss, company_id, handler)
    codes = [
        await code_of(api, boss, (await list_held(api, boss))[0]["delegation_id"]),
        await code_of(api, handler, delegation_id),
    ]
    for one in (boss, handler):
        assert (await api.delete("/v1/me/consents/identity", by=one)).status_code == 200
    for one in (boss, handler):  # as when another identity is proven there
        async with transaction(api.services.pool) as db:
            await unlock(db, one.person.resident_id, now())
    assert [slug_of(await scan(api, gate, code)) for code in codes] == ["code-revoked"] * 2
    alive = "SELECT count(*) FROM bindings WHERE resident_id = ANY($1) AND ended_at IS NULL"
    assert await api.services.pool.fetchval(alive, [boss.person.resident_id, handler.person.resident_id]) == 0
    assert (
        await api.services.pool.fetchval(
            "SELECT ended_for FROM enterprise_representatives WHERE company_id = $1", UUID(company_id)
        )
        == "left"
    )


async def test_who_has_the_phone_and_another_name_hears_nothing(
    api: Api, boss: Session, handler: Session, company_id: str
) -> None:
    """A number mistyped, or another's by now, or anybody's who is to be molested: they could not even decline."""
    meant = msgspec.structs.replace(handler.person, name="周文")
    assert (await invite(api, boss, company_id, meant)).status_code == 201
    await let_the_worker_tell(api)
    assert await told(api, handler) == []
    assert (await api.get(INVITATIONS, by=handler)).json()["items"] == []


async def test_nothing_of_an_invited_person_stands_open(api: Api, boss: Session, company_id: str) -> None:
    handler = Person(uuid4(), invent_phone(), "欧阳兰", "", uuid4())
    await invite(api, boss, company_id, handler)
    for table in ("enterprise_delegations", "enterprise_invitations", "acts"):
        rows = await api.services.pool.fetch(f"SELECT row_to_json(t)::text AS text FROM {table} AS t")
        assert not [row for row in rows if handler.name in row["text"] or handler.phone in row["text"]]


async def test_a_day_has_so_many_claims(api: Api, firm: Firm) -> None:
    curious = await make_citizen(api)
    most = api.services.settings.enterprise_claims_daily
    answers = [slug_of(await firm.claim(curious)) for _ in range(most + 1)]
    assert answers == ["representative-not-confirmed"] * most + ["too-many-requests"]
