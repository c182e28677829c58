"""Venues: registered, approved, and given scanners whose credentials are shown once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.people.model import Role
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_person, scan, slug_of

VENUE = {"name": "图书馆", "purpose": "library-entry", "adcode": "310101", "address": "淮海中路1555号"}


async def create(api: Api, manager: Session, key: str | None = None, **changes: object) -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    response = await api.post("/v1/venues", by=manager, json=VENUE | changes, headers=headers)
    assert response.status_code == 201, response.text
    assert response.headers["cache-control"] == "no-store"
    created: dict[str, Any] = response.json()
    return created


async def approve(api: Api, operator: Session, venue_id: str) -> dict[str, Any]:
    response = await api.post(f"/v1/venues/{venue_id}/approve", by=operator)
    assert response.status_code == 200, response.text
    approved: dict[str, Any] = response.json()
    return approved


async def list_all(api: Api, by: Session, **params: str) -> list[dict[str, Any]]:
    """Every page of listVenues, two at a time unless told otherwise."""
    found: list[dict[str, Any]] = []
    params = {"limit": "2", **params}
    while True:
        response = await api.get("/v1/venues", by=by, params=params)
        page = response.json()
        assert response.status_code == 200, page
        assert len(page["items"]) <= int(params["limit"])
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


async def test_from_a_venue_to_its_first_scan(api: Api, manager: Session, operator: Session, resident: Session) -> None:
    venue = await create(api, manager)
    nobodys = {"approved_at": None, "judgement": None, "judgement_words": None, "disputes_upheld": 0}
    assert venue == {"id": venue["id"], **VENUE, **nobodys, "requires_shift": False, "offline_policy": "refuse"}
    assert UUID(venue["id"]).version == 7
    early = await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json={"name": "入口"})
    assert (early.status_code, slug_of(early)) == (403, "venue-not-approved")
    approved = await approve(api, operator, venue["id"])
    assert approved["approved_at"] is not None
    response = await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json={"name": "入口"})
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    scanner = response.json()
    assert scanner.keys() == {"scanner_id", "credential", "expires_at"}
    lifetime = datetime.fromisoformat(scanner["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < lifetime <= timedelta(days=90)
    accepted = await api.post("/v1/scans", by=scanner["credential"], json={"code": await issue_code(api, resident)})
    assert accepted.status_code == 201


async def test_a_revoked_scanner_scans_no_more(api: Api, manager: Session, operator: Session) -> None:
    venue = await create(api, manager)
    await approve(api, operator, venue["id"])
    scanner = (await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json={})).json()
    path = f"/v1/venues/{venue['id']}/scanners/{scanner['scanner_id']}"
    for _ in range(2):
        assert (await api.delete(path, by=manager)).status_code == 204
    refused = await api.post("/v1/scans", by=scanner["credential"], json={"code": "x"})
    assert (refused.status_code, slug_of(refused)) == (401, "unauthenticated")


async def test_who_enrolled_and_revoked_a_scanner_is_kept(api: Api, manager: Session, operator: Session) -> None:
    """Whoever holds a manager's phone for an hour may leave a scanner behind, which outlives the account's lock."""
    venue = await create(api, manager)
    await api.post(f"/v1/venues/{venue['id']}/approve", by=operator)
    scanner = (await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json={})).json()["scanner_id"]
    for _ in range(2):
        await api.delete(f"/v1/venues/{venue['id']}/scanners/{scanner}", by=manager)
    acts = await api.services.pool.fetch(
        "SELECT act, object_id FROM acts WHERE actor_id = $1 ORDER BY act_id", manager.person.resident_id
    )
    assert [(act["act"], str(act["object_id"])) for act in acts] == [
        ("venue.created", venue["id"]),
        ("scanner.enrolled", scanner),
        ("scanner.revoked", scanner),
        ("scanner.revoked", scanner),
    ]


async def test_a_manager_has_to_do_with_their_own_venues_alone(api: Api, manager: Session, operator: Session) -> None:
    stranger = await log_in(api, await make_person(api, role=Role.MANAGER))
    venue = await create(api, manager)
    await approve(api, operator, venue["id"])
    scanner = (await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json={})).json()
    refused = [
        await api.post(f"/v1/venues/{venue['id']}/scanners", by=stranger, json={}),
        await api.delete(f"/v1/venues/{venue['id']}/scanners/{scanner['scanner_id']}", by=stranger),
        await api.delete(f"/v1/venues/{venue['id']}/scanners/{uuid4()}", by=manager),
        await api.delete(f"/v1/venues/{uuid4()}/scanners/{scanner['scanner_id']}", by=manager),
        await api.post(f"/v1/venues/{uuid4()}/scanners", by=manager, json={}),
    ]
    assert [slug_of(response) for response in refused] == ["not-found"] * 5
    assert [one["id"] for one in await list_all(api, stranger)] == []
    assert slug_of(await api.post("/v1/scans", by=scanner["credential"], json={"code": "x"})) == "code-not-ours"


async def test_a_scanner_is_revoked_through_its_own_venue(api: Api, manager: Session, operator: Session) -> None:
    here, there = await create(api, manager), await create(api, manager)
    await approve(api, operator, here["id"])
    scanner = (await api.post(f"/v1/venues/{here['id']}/scanners", by=manager, json={})).json()
    assert (
        slug_of(await api.delete(f"/v1/venues/{there['id']}/scanners/{scanner['scanner_id']}", by=manager))
        == "not-found"
    )


async def test_a_list_is_the_managers_own_or_all(api: Api, gate: Gate, manager: Session, operator: Session) -> None:
    own = [(await create(api, manager, name=f"馆{number}"))["id"] for number in range(5)]
    await approve(api, operator, own[0])
    assert [venue["id"] for venue in await list_all(api, manager)] == own
    assert [venue["id"] for venue in await list_all(api, manager, waiting="true")] == own[1:]
    everybodys = [venue["id"] for venue in await list_all(api, operator, limit="100")]
    assert {*own, str(gate.venue_id)} <= set(everybodys)
    assert set(own[1:]) <= {venue["id"] for venue in await list_all(api, operator, waiting="true", limit="100")}
    assert own[0] not in {venue["id"] for venue in await list_all(api, operator, waiting="true", limit="100")}


async def test_approving_twice_is_approving_once(api: Api, manager: Session, operator: Session) -> None:
    venue = await create(api, manager)
    first = await approve(api, operator, venue["id"])
    assert await approve(api, operator, venue["id"]) == first
    acts = await api.services.pool.fetch(
        "SELECT act, object_id FROM acts WHERE actor_id = $1", operator.person.resident_id
    )
    assert [(row["act"], str(row["object_id"])) for row in acts] == [("venue.approved", venue["id"])]


async def test_what_is_not_there_cannot_be_approved(api: Api, operator: Session) -> None:
    assert slug_of(await api.post(f"/v1/venues/{uuid4()}/approve", by=operator)) == "not-found"


async def test_purposes_are_for_anyone_to_read(api: Api) -> None:
    response = await api.get("/v1/purposes")
    purposes = {purpose["id"]: purpose for purpose in response.json()["items"]}
    assert response.json()["next_cursor"] is None
    assert purposes["hospital-registration"] == {
        "id": "hospital-registration",
        "name_zh": "医院挂号",
        "name_en": "Hospital registration",
        "fields": ["kind", "masked_name"],
        "strict": False,
        "checks_person": True,
    }


@pytest.mark.parametrize(
    ("changes", "slug", "pointer"),
    [
        ({"purpose": "spying"}, "purpose-not-registered", None),
        ({"adcode": "990101"}, "invalid-request", "/adcode"),
        ({"adcode": "3101"}, "invalid-request", "/adcode"),
        ({"adcode": "31010x"}, "invalid-request", "/adcode"),
        ({"adcode": "310101\n"}, "invalid-request", "/adcode"),
        ({"adcode": "３１０１０１"}, "invalid-request", "/adcode"),
        ({"name": ""}, "invalid-request", "/name"),
        ({"name": "x" * 101}, "invalid-request", "/name"),
        ({"name": "a\0b"}, "invalid-request", "/name"),
        ({"name": "   "}, "invalid-request", "/name"),
        ({"name": "two\nlines"}, "invalid-request", "/name"),
        ({"name": "\u3164\u200b"}, "invalid-request", "/name"),
        ({"name": "甲医院\u200f"}, "invalid-request", "/name"),
        ({"name": None}, "invalid-request", "/name"),
        ({"address": "a\0b"}, "invalid-request", "/address"),
        ({"address": "\u202eecalp"}, "invalid-request", "/address"),
        ({"purpose": "a\0b"}, "invalid-request", "/purpose"),
    ],
)
async def test_a_venue_that_cannot_be(
    api: Api, manager: Session, changes: dict[str, object], slug: str, pointer: str | None
) -> None:
    response = await api.post("/v1/venues", by=manager, json=VENUE | changes)
    assert slug_of(response) == slug
    assert [error["pointer"] for error in response.json().get("errors", [])] == ([pointer] if pointer else [])


@pytest.mark.parametrize("name", ["", "x" * 101, "a\0b", "\x1b[31m", 5])
async def test_a_scanners_name_that_cannot_be(api: Api, manager: Session, operator: Session, name: object) -> None:
    venue = await create(api, manager)
    await approve(api, operator, venue["id"])
    response = await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json={"name": name})
    assert slug_of(response) == "invalid-request"


@pytest.mark.parametrize("params", [{"cursor": "x"}, {"limit": "0"}, {"limit": "101"}, {"waiting": "perhaps"}])
async def test_a_page_that_nobody_can_ask_for(api: Api, manager: Session, params: dict[str, str]) -> None:
    response = await api.get("/v1/venues", by=manager, params=params)
    assert slug_of(response) == "invalid-request"
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}" for name in params]


async def test_a_creation_that_is_repeated_gets_its_first_answer(api: Api, manager: Session) -> None:
    first = await create(api, manager, "key-1")
    assert [await create(api, manager, "key-1") for _ in range(2)] == [first] * 2
    assert len(await list_all(api, manager)) == 1
    other = await create(api, manager, "key-2")
    assert other["id"] != first["id"]


async def test_an_enrolment_that_is_repeated_shows_the_credential_again(
    api: Api, manager: Session, operator: Session
) -> None:
    """A manager whose line broke has not lost the scanner; the answer is kept sealed for a day."""
    venue = await create(api, manager)
    await approve(api, operator, venue["id"])
    path, headers = f"/v1/venues/{venue['id']}/scanners", {"Idempotency-Key": "key-1"}
    answers = [await api.post(path, by=manager, json={}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["content-type"] == answers[1].headers["content-type"] == "application/json"
    assert answers[1].headers["cache-control"] == "no-store"
    kept = await api.services.pool.fetchval(
        "SELECT a::text FROM idempotent_answers AS a WHERE caller_id = $1", manager.person.resident_id
    )
    assert answers[0].json()["credential"].encode().hex() not in kept


async def test_a_key_belongs_to_one_request_of_one_caller(api: Api, manager: Session, operator: Session) -> None:
    venue = await create(api, manager, "key-1")
    await approve(api, operator, venue["id"])
    headers = {"Idempotency-Key": "key-1"}
    other_body = await api.post("/v1/venues", by=manager, json=VENUE | {"name": "另一馆"}, headers=headers)
    other_path = await api.post(f"/v1/venues/{venue['id']}/scanners", by=manager, json=VENUE, headers=headers)
    assert [(one.status_code, slug_of(one)) for one in (other_body, other_path)] == [
        (422, "idempotency-key-reused")
    ] * 2
    stranger = await log_in(api, await make_person(api, role=Role.MANAGER))
    assert (await create(api, stranger, "key-1"))["id"] != venue["id"]


async def test_a_refusal_leaves_its_key_free(api: Api, manager: Session) -> None:
    headers = {"Idempotency-Key": "key-1"}
    refused = await api.post("/v1/venues", by=manager, json=VENUE | {"purpose": "spying"}, headers=headers)
    assert slug_of(refused) == "purpose-not-registered"
    assert (await api.post("/v1/venues", by=manager, json=VENUE, headers=headers)).status_code == 201


async def test_creations_at_once_with_one_key_make_one_venue(api: Api, manager: Session) -> None:
    headers = {"Idempotency-Key": "key-1"}
    answers = await asyncio.gather(
        *(api.post("/v1/venues", by=manager, json=VENUE, headers=headers) for _ in range(10))
    )
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {slug_of(answer) for answer in answers if answer.status_code != 201} <= {"request-in-progress"}
    assert len(await list_all(api, manager)) == 1


async def test_a_changed_venue_name_is_shown_in_the_log(api: Api, resident: Session, gate: Gate) -> None:
    """The log names the venue as it is registered now."""
    await scan(api, gate, await issue_code(api, resident))
    await api.services.pool.execute("UPDATE venues SET name = '乙医院' WHERE venue_id = $1", gate.venue_id)
    [access] = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert access["venue"]["name"] == "乙医院"
