"""Companies claimed by their representatives, who let others act for them: the whole of a delegation, and its ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.services import now
from app.development.enterprise_registry import EnterpriseRegistryStandIn
from app.enterprises.model import CompanyState
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
from tests.api.harness import Api, Gate, Session, log_in, make_gate, scan, slug_of


@pytest.fixture
async def boss(api: Api) -> Session:
    return await make_citizen(api, name="李静怡")


@pytest.fixture
async def handler(api: Api) -> Session:
    return await make_citizen(api, name="欧阳兰")


@pytest.fixture
def firm(api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session) -> Firm:
    return make_firm(api, registry[1], boss)


async def test_a_representative_claims_a_company_and_shows_its_code(api: Api, firm: Firm, boss: Session) -> None:
    claimed = await firm.claimed(boss)
    assert (claimed["name"], claimed["authority"]) == (firm.entry.name, "legal-representative")
    assert (claimed["scopes"], claimed["ends_at"]) == (["all"], None)
    assert await list_held(api, boss) == [claimed]
    gate = await make_gate(api)
    accepted = (await scan(api, gate, await code_of(api, boss, claimed["delegation_id"]))).json()
    assert accepted["kind"] == "enterprise"
    assert accepted["holder"]["organisation"] == {
        "name": firm.entry.name,
        "unified_social_credit_code": firm.code,
        "authority": "legal-representative",
        "scopes": ["all"],
    }
    assert (await list_held(api, boss))[0]["last_used_at"] is not None


async def test_claiming_again_is_the_same_as_once(api: Api, firm: Firm, boss: Session) -> None:
    assert await firm.claimed(boss) == await firm.claimed(boss)
    assert (await told(api, boss)).count("enterprise.claimed") == 1


async def test_one_person_has_several_companies(
    api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session
) -> None:
    firms = [make_firm(api, registry[1], boss) for _ in range(3)]
    ids = {(await firm.claimed(boss))["company_id"] for firm in firms}
    assert {held["company_id"] for held in await list_held(api, boss)} == ids
    assert len(ids) == 3


@pytest.mark.parametrize("written", ["wide", "small", "spaced"])
async def test_the_code_may_be_written_in_any_way(firm: Firm, boss: Session, written: str) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in firm.code)
    texts = {"wide": wide, "small": firm.code.lower(), "spaced": f" {firm.code[:8]} {firm.code[8:]} "}
    response = await firm.claim(boss, unified_social_credit_code=texts[written])
    assert response.json()["unified_social_credit_code"] == firm.code


async def test_a_namesake_claims_nothing(api: Api, firm: Firm, boss: Session) -> None:
    namesake = await make_citizen(api, name=boss.person.name)
    refused = await firm.claim(namesake)
    assert (refused.status_code, slug_of(refused)) == (403, "representative-not-confirmed")
    assert await list_held(api, namesake) == []


@pytest.mark.parametrize("state", [CompanyState.DEREGISTERED, CompanyState.REVOKED])
async def test_nobody_claims_what_has_ended(firm: Firm, boss: Session, state: CompanyState) -> None:
    refused = await firm.end(state).claim(boss)
    assert (refused.status_code, slug_of(refused)) == (409, "enterprise-not-active")


async def test_a_company_that_nobody_registered_is_unknown(firm: Firm, boss: Session) -> None:
    refused = await firm.claim(boss, unified_social_credit_code="91110000600037341L")
    assert (refused.status_code, slug_of(refused)) == (404, "enterprise-unknown")


async def test_who_is_known_by_a_network_credential_alone_is_told_what_to_do(
    api: Api, firm: Firm, boss: Session
) -> None:
    await api.services.pool.execute(
        "UPDATE residents SET sealed_id_number = NULL WHERE resident_id = $1", boss.person.resident_id
    )
    refused = await firm.claim(boss)
    assert slug_of(refused) == "representative-not-confirmed"
    assert "姓名和身份证号" in refused.json()["detail"]


async def test_a_delegation_from_invitation_to_scan(api: Api, firm: Firm, boss: Session, handler: Session) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    invited = (await invite(api, boss, company_id, handler.person, scopes=["tax", "customs"])).json()
    assert (invited["state"], invited["masked_name"]) == ("invited", "欧阳*")
    await let_the_worker_tell(api)
    assert await told(api, handler) == ["delegation.invited"]
    [waiting] = (await api.get(INVITATIONS, by=handler)).json()["items"]
    assert (waiting["id"], waiting["name"], waiting["scopes"]) == (invited["id"], firm.entry.name, ["tax", "customs"])
    assert slug_of(await ask_code(api, handler, invited["id"])) == "binding-ended"
    for _ in range(2):  # accepting again changes nothing
        assert (await api.post(f"{INVITATIONS}/{invited['id']}/accept", by=handler)).status_code == 204
    assert (await api.get(INVITATIONS, by=handler)).json()["items"] == []
    gate = await make_gate(api)
    accepted = (await scan(api, gate, await code_of(api, handler, invited["id"]))).json()
    assert accepted["holder"]["organisation"] == {
        "name": firm.entry.name,
        "unified_social_credit_code": firm.code,
        "authority": "delegate",
        "scopes": ["tax", "customs"],
    }
    [granted] = await list_granted(api, boss, company_id)
    assert (granted["state"], granted["masked_name"]) == ("active", "欧阳*")
    assert granted["last_used_at"] is not None
    assert (await told(api, boss))[-1] == "delegation.accepted"
    assert "delegation.accepted" in await told(api, handler)
    assert [held["delegation_id"] for held in await list_held(api, handler)] == [invited["id"]]


async def test_several_handlers_and_several_companies(
    api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session, handler: Session
) -> None:
    other = await make_citizen(api, name="陈新")
    firms = [make_firm(api, registry[1], boss) for _ in range(2)]
    ids = [(await one.claimed(boss))["company_id"] for one in firms]
    for company_id in ids:
        await delegate(api, boss, company_id, handler)
    await delegate(api, boss, ids[0], other)
    assert len(await list_held(api, handler)) == 2
    assert len(await list_granted(api, boss, ids[0])) == 2


@pytest.mark.parametrize("who", ["representative", "delegate"])
async def test_ending_ends_the_codes_already_shown(
    api: Api, firm: Firm, boss: Session, handler: Session, gate: Gate, who: str
) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    delegation_id = await delegate(api, boss, company_id, handler)
    code = await code_of(api, handler, delegation_id)
    for _ in range(2):  # ending again changes nothing
        if who == "representative":
            ended = await api.delete(f"{PATH}/{company_id}/delegations/{delegation_id}", by=boss)
        else:
            ended = await api.delete(f"/v1/me/delegations/{delegation_id}", by=handler)
        assert ended.status_code == 204, ended.text
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await ask_code(api, handler, delegation_id)) == "binding-ended"
    topic = "delegation.ended" if who == "representative" else "delegation.returned"
    for person in (boss, handler):
        assert (await told(api, person)).count(topic) == 1
    [granted] = await list_granted(api, boss, company_id)
    assert (granted["state"], granted["ended_for"]) == ("ended", topic.removeprefix("delegation."))


async def test_a_delegation_begins_on_its_first_day(api: Api, firm: Firm, boss: Session, handler: Session) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    first = now() + timedelta(days=3)
    delegation_id = await delegate(api, boss, company_id, handler, starts_at=first.isoformat())
    assert slug_of(await ask_code(api, handler, delegation_id)) == "binding-ended"
    assert (await list_granted(api, boss, company_id))[0]["state"] == "upcoming"
    assert len(await list_held(api, handler)) == 1


async def test_an_invitation_can_be_declined_and_taken_back(
    api: Api, firm: Firm, boss: Session, handler: Session
) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    first, second = [(await invite(api, boss, company_id, handler.person)).json()["id"] for _ in range(2)]
    assert (await api.post(f"{INVITATIONS}/{first}/decline", by=handler)).status_code == 204
    assert "delegation.declined" in await told(api, boss)
    assert (await api.delete(f"{PATH}/{company_id}/delegations/{second}", by=boss)).status_code == 204
    assert (await api.get(INVITATIONS, by=handler)).json()["items"] == []
    for one in (first, second):
        assert slug_of(await api.post(f"{INVITATIONS}/{one}/accept", by=handler)) == "not-found"
    assert {one["ended_for"] for one in await list_granted(api, boss, company_id)} == {"declined", "withdrawn"}


async def test_the_same_key_invites_once(api: Api, firm: Firm, boss: Session, handler: Session) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    ends_at = (now() + timedelta(days=3)).isoformat()
    first, second = [
        (await invite(api, boss, company_id, handler.person, key="key-1", ends_at=ends_at)).json() for _ in range(2)
    ]
    assert first == second
    assert len(await list_granted(api, boss, company_id)) == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"scopes": ["flying"]}, "/scopes"),
        ({"scopes": ["all", "tax"]}, "/scopes"),
        ({"phone": "12"}, ""),
        ({"phone": "+862112345678"}, "/phone"),
        ({"name": "x1"}, "/name"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "/ends_at"),
        ({"ends_at": "2999-01-01T00:00:00Z"}, "/ends_at"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, "/starts_at"),
    ],
)
async def test_what_cannot_be_granted(
    api: Api, firm: Firm, boss: Session, handler: Session, wrong: dict[str, object], pointer: str
) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    refused = await invite(api, boss, company_id, handler.person, **wrong)
    assert refused.status_code in {400, 422}, refused.text
    if pointer:
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_nobody_invites_themself(api: Api, firm: Firm, boss: Session) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    assert (await invite(api, boss, company_id, boss.person)).json()["errors"][0]["pointer"] == "/phone"


async def test_an_untrusted_installation_does_none_of_it(api: Api, firm: Firm, boss: Session) -> None:
    company_id = (await firm.claimed(boss))["company_id"]
    stranger = await log_in(api, boss.person, boss.person.resident_id)
    for response in (
        await firm.claim(stranger),
        await api.get(PATH, by=stranger),
        await api.get(INVITATIONS, by=stranger),
        await invite(api, stranger, company_id, boss.person),
    ):
        assert slug_of(response) == "installation-not-approved"
