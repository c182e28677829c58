"""The desk over HTTP: residents found for a reason, disputes answered, venues turned down or stopped, an erasure."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from app.people.model import Role
from tests.api.harness import (
    Api,
    Gate,
    Session,
    issue_code,
    log_in,
    make_gate,
    make_person,
    scan,
    slug_of,
    wait_refused,
)
from tests.api.office import ASKED, find_resident, make_staff, propose
from tests.api.test_venues import VENUE


async def test_a_resident_is_found_masked_told_and_locked(api: Api, operator: Session, resident: Session) -> None:
    found = await find_resident(api, operator, resident.person.phone)
    assert found["look_id"] != str(resident.person.resident_id)
    assert (found["masked_name"], found["verified"], found["locked"], found["installations"]) == (
        "王**",
        True,
        False,
        1,
    )
    assert resident.person.phone[4:] not in str(found)
    address = f"/v1/desk/residents/{found['look_id']}/lock"
    assert (await api.post(address, by=operator, json={"reason": "phone was stolen"})).status_code == 204
    assert (await wait_refused(api, resident)).status_code == 401
    again = await find_resident(api, operator, resident.person.phone)
    assert (again["locked"], again["installations"]) == (True, 0)


async def test_a_search_without_a_reason_is_none(api: Api, operator: Session, resident: Session) -> None:
    phone = resident.person.phone
    for body in (
        {"phone": phone},
        {"phone": phone, "reason": "why", "case_reference": "H-1"},
        {"phone": phone, "reason": "a good reason"},
        {"phone": phone, "reason": "\u202ereversed", "case_reference": "H-1"},
        dict(ASKED),
        {"phone": phone, "id_number": "110101199003077758", **ASKED},
    ):
        assert slug_of(await api.post("/v1/desk/residents/search", by=operator, json=body)) == "invalid-request"
    unknown = {"phone": "+8619900000000", **ASKED}
    assert slug_of(await api.post("/v1/desk/residents/search", by=operator, json=unknown)) == "not-found"


async def dispute(api: Api, resident: Session, gate: Gate) -> str:
    accepted = await scan(api, gate, await issue_code(api, resident), str(uuid4()))
    access_id: str = accepted.json()["scan_id"]
    await api.post(f"/v1/me/accesses/{access_id}/dispute", by=resident, json={"reason": "I was at home"})
    return access_id


async def test_a_dispute_is_answered_and_its_resident_reads_why(
    api: Api, operator: Session, resident: Session, gate: Gate
) -> None:
    access_id = await dispute(api, resident, gate)
    listed = (await api.get("/v1/desk/disputes", by=operator, params={"limit": 100})).json()["items"]
    [waiting] = [one for one in listed if one["access_id"] == access_id]
    assert (waiting["reason"], waiting["venue"]["id"], waiting["outcome"]) == (
        "I was at home",
        str(gate.venue_id),
        None,
    )
    assert (waiting["form"], waiting["licence_type"], waiting["fields"]) == ("dynamic", None, ["kind", "masked_name"])
    assert str(resident.person.resident_id) not in str(waiting)
    receipt = (await api.get(f"/v1/desk/disputes/{access_id}/receipt", by=operator)).json()
    assert (receipt["claims"]["access_id"], receipt["proof"]) == (access_id, None)
    assert (await api.post("/v1/receipts/checks", json={"receipt": receipt["receipt"]})).status_code == 200
    acts = (await api.get("/v1/staff/acts", by=operator, params={"limit": 100})).json()["items"]
    assert ("dispute.read", access_id) in {(one["act"], one["object_id"]) for one in acts}
    answer = {"outcome": "rejected", "words": "the camera shows your phone"}
    address = f"/v1/desk/disputes/{access_id}/answer"
    assert (await api.post(address, by=operator, json=answer)).status_code == 204
    assert slug_of(await api.post(address, by=operator, json=answer)) == "dispute-answered"
    own = (await api.get("/v1/me/disputes", by=resident)).json()["items"]
    assert [(one["access_id"], one["outcome"], one["words"]) for one in own] == [
        (access_id, "rejected", "the camera shows your phone")
    ]
    left = (await api.get("/v1/desk/disputes", by=operator, params={"limit": 100})).json()["items"]
    assert access_id not in {one["access_id"] for one in left}
    done = (await api.get("/v1/desk/disputes", by=operator, params={"answered": True, "limit": 100})).json()["items"]
    assert access_id in {one["access_id"] for one in done}
    assert await topics(api, resident) == {"code.scanned", "dispute.rejected"}


async def topics(api: Api, session: Session) -> set[str]:
    rows = await api.services.pool.fetch(
        "SELECT topic FROM outbox WHERE recipient = $1 AND channel = 'inbox'", session.person.resident_id
    )
    return {row["topic"] for row in rows}


async def test_of_an_upheld_dispute_the_manager_is_told_and_not_whose_it_is(
    api: Api, operator: Session, manager: Session, resident: Session
) -> None:
    gate = await make_gate(api)
    await api.services.pool.execute(
        "UPDATE venues SET manager_id = $2 WHERE venue_id = $1", gate.venue_id, manager.person.resident_id
    )
    access_id = await dispute(api, resident, gate)
    answer = {"outcome": "upheld", "words": "the gate was left unwatched"}
    assert (await api.post(f"/v1/desk/disputes/{access_id}/answer", by=operator, json=answer)).status_code == 204
    [told] = await api.services.pool.fetch(
        "SELECT topic, data FROM outbox WHERE recipient = $1", manager.person.resident_id
    )
    assert told["topic"] == "venue.dispute-upheld"
    assert told["data"].keys() == {"venue_id", "at"}
    assert "dispute.upheld" in await topics(api, resident)
    venues = (await api.get("/v1/venues", by=manager)).json()["items"]
    assert [one["disputes_upheld"] for one in venues] == [1]
    another = await log_in(api, await make_person(api))
    assert (await api.get("/v1/me/disputes", by=another)).json()["items"] == []


async def test_answers_at_once_are_one(api: Api, resident: Session, gate: Gate) -> None:
    access_id = await dispute(api, resident, gate)
    operators = [await make_staff(api, Role.OPERATOR) for _ in range(3)]
    answer = {"outcome": "upheld", "words": "looked into it"}
    answers = await asyncio.gather(
        *(api.post(f"/v1/desk/disputes/{access_id}/answer", by=one, json=answer) for one in operators)
    )
    assert sorted(one.status_code for one in answers) == [204, 409, 409]


async def test_what_nobody_disputed_is_not_there(api: Api, operator: Session) -> None:
    answer = {"outcome": "upheld", "words": "looked into it"}
    assert slug_of(await api.post(f"/v1/desk/disputes/{uuid4()}/answer", by=operator, json=answer)) == "not-found"
    assert slug_of(await api.get(f"/v1/desk/disputes/{uuid4()}/receipt", by=operator)) == "not-found"


async def test_a_venue_is_turned_down_with_words(api: Api, operator: Session, manager: Session) -> None:
    venue_id = (await api.post("/v1/venues", by=manager, json=VENUE)).json()["id"]
    words = {"words": "the address does not exist"}
    rejected = await api.post(f"/v1/venues/{venue_id}/reject", by=operator, json=words)
    assert rejected.json() == {"id": venue_id, "state": "rejected", **words}
    [own] = (await api.get("/v1/venues", by=manager)).json()["items"]
    assert (own["judgement"], own["judgement_words"], own["approved_at"]) == ("rejected", words["words"], None)
    waiting = (await api.get("/v1/venues", by=manager, params={"waiting": True})).json()["items"]
    assert waiting == []
    assert await topics(api, manager) == {"venue.rejected"}
    assert slug_of(await api.post(f"/v1/venues/{venue_id}/reject", by=operator, json=words)) == "venue-judged"
    assert slug_of(await api.post(f"/v1/venues/{uuid4()}/reject", by=operator, json=words)) == "not-found"
    approved = await api.post(f"/v1/venues/{venue_id}/approve", by=operator)
    assert (approved.json()["judgement"], approved.json()["approved_at"] is None) == (None, False)


async def test_a_suspended_venue_scans_nothing_within_seconds(
    api: Api, operator: Session, resident: Session, gate: Gate
) -> None:
    code = await issue_code(api, resident)
    assert (await scan(api, gate, code)).status_code == 201
    words = {"words": "codes were photographed"}
    assert (await api.post(f"/v1/venues/{gate.venue_id}/suspend", by=operator, json=words)).status_code == 200
    assert slug_of(await api.post(f"/v1/venues/{gate.venue_id}/suspend", by=operator, json=words)) == "venue-judged"
    await wait_for_slug(api, gate, code, "venue-not-approved")
    await api.post(f"/v1/venues/{gate.venue_id}/approve", by=operator)
    await wait_for_slug(api, gate, code, "code-already-used")
    assert (await scan(api, gate, await issue_code(api, resident))).status_code == 201


async def wait_for_slug(api: Api, gate: Gate, code: str, slug: str) -> None:
    """The gate is known anew every two seconds, and five are allowed."""
    async with asyncio.timeout(5):
        while slug_of(await scan(api, gate, code)) != slug:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.05)


async def test_two_persons_erase_a_resident_who_is_found(api: Api, operator: Session, resident: Session) -> None:
    second = await make_staff(api, Role.OPERATOR)
    found = await find_resident(api, operator, resident.person.phone)
    proposal = await propose(api, operator, kind="resident.erase", look_id=found["look_id"])
    assert proposal["object_id"] is None
    approved = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)
    assert approved.json()["state"] == "executed"
    assert (await wait_refused(api, resident)).status_code == 401
    ordered = await api.services.pool.fetchval(
        "SELECT due_at FROM deletions WHERE resident_id = $1", resident.person.resident_id
    )
    assert ordered is not None


async def test_a_colleague_is_not_erased_before_the_role_is_given_back(api: Api, operator: Session) -> None:
    second, colleague = await make_staff(api, Role.OPERATOR), await make_staff(api, Role.MANAGER)
    found = await find_resident(api, operator, colleague.person.phone)
    proposal = await propose(api, operator, kind="resident.erase", look_id=found["look_id"])
    refused = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)
    assert slug_of(refused) == "role-held"
    assert (await api.get("/v1/staff/proposals", by=second)).json()["items"][0]["state"] == "waiting"
