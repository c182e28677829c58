"""A venue asks for a licence, and its holder says yes or no: once, in time, and within what the purpose may ask."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.services import now
from app.licences.model import Standing
from app.wallet.results import empty_results
from codes.sd_jwt_verifying import find_licence_keys, verify_presentation
from tests.api.asking import CARD, FIELDS, Hotel, make_hotel
from tests.api.harness import Api, Session, log_in, make_gate, make_person, slug_of, wait_refused
from tests.harness.licences import hold_licence

ASKED = ["name", "id_number", "photo"]


@pytest.fixture
async def hotel(api: Api, resident: Session) -> Hotel:
    return await make_hotel(api, resident)


def read(api: Api, told: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """What the presentation says to whoever verifies it for this question."""
    services = api.services
    keys = find_licence_keys(services.trust.current, {services.settings.url: services.ring.province})
    verified = verify_presentation(
        item["credential"],
        find_keys=keys,
        nonce=told["nonce"],
        audience=told["audience"],
        now=now(),
        max_age=timedelta(minutes=5),
    )
    return dict(verified.fields)


async def test_a_guest_agrees_and_the_hotel_learns_three_fields(hotel: Hotel) -> None:
    asked = await hotel.asked()
    assert asked["state"] == "pending"
    assert asked["items"] == []
    assert asked["link"].endswith(f"/resident#/p/{asked['id']}")
    seen = (await hotel.open(asked)).json()
    assert seen["venue"] == {"id": str(hotel.gate.venue_id), "name": "甲医院", "province": "31", "city": "上海市"}
    assert (seen["state"], seen["purpose"], seen["kept_days"]) == ("pending", "hotel-check-in", 30)
    [query] = seen["queries"]
    assert query["fields"] == ASKED
    [candidate] = query["candidates"]
    assert candidate == {
        "licence_id": str(hotel.licence_id),
        "standing": "valid",
        "preview": {field: FIELDS[field] for field in ASKED},
        "holder": {"kind": "resident", "name": None, "delegation_id": None},
        "masked_number": "310***********1234",
        "issuer_name": "示范发证机关",
        "valid_from": "2020-07-01",
        "valid_until": "2036-06-30",
    }
    answer = await hotel.grant(asked)
    assert answer.status_code == 200, answer.text
    told = (await hotel.fetch(asked)).json()
    [item] = told["items"]
    assert told["state"] == "granted"
    assert item["fields"] == {field: FIELDS[field] for field in ASKED}
    assert read(hotel.api, told, item) == item["fields"]
    assert answer.json() == {"state": "granted", "accesses": [item["access_id"]], "delivery": "here"}
    assert datetime.fromisoformat(told["kept_until"]) > now() + timedelta(days=29)
    checked = await hotel.api.post("/v1/receipts/checks", json={"receipt": item["receipt"]})
    assert checked.json()["claims"]["access_id"] == item["access_id"]


async def test_the_look_is_in_the_residents_log(hotel: Hotel) -> None:
    asked = await hotel.asked(fields=["name"])
    await hotel.open(asked)
    access_id = (await hotel.grant(asked)).json()["accesses"][0]
    [access] = (await hotel.api.get("/v1/me/accesses", by=hotel.guest)).json()["items"]
    assert access["id"] == access_id
    assert (access["form"], access["licence_type"], access["fields"]) == ("consent", CARD, ["name"])


async def test_whoever_was_scanned_is_asked_and_told(hotel: Hotel) -> None:
    asked = await hotel.asked(scan_id=await hotel.scanned())
    assert asked["openid4vp_link"] is None
    stranger = await log_in(hotel.api, await make_person(hotel.api))
    assert slug_of(await hotel.open(asked, by=stranger)) == "not-found"
    [listed] = (await hotel.api.get("/v1/me/presentations", by=hotel.guest)).json()["items"]
    assert listed["id"] == asked["id"]
    waiting = await hotel.api.services.pool.fetchval(
        "SELECT data ->> 'presentation_id' FROM outbox WHERE recipient = $1 AND topic = 'presentation.asked'",
        hotel.guest.person.resident_id,
    )
    assert waiting == asked["id"]
    assert (await hotel.grant(asked)).status_code == 200


async def test_an_open_question_is_whose_it_was_read_by_first(hotel: Hotel) -> None:
    asked = await hotel.asked()
    people = [hotel.guest, await log_in(hotel.api, await make_person(hotel.api))]
    seen = await asyncio.gather(*(hotel.open(asked, by=one) for one in people))
    assert sorted(response.status_code for response in seen) == [200, 404]


async def test_a_venue_that_is_refused_learns_that_alone(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    assert (await hotel.answer(asked, grant=False)).json() == {"state": "refused", "accesses": [], "delivery": "here"}
    assert slug_of(await hotel.fetch(asked)) == "consent-refused"
    assert slug_of(await hotel.grant(asked)) == "presentation-answered"
    assert (await hotel.api.get("/v1/me/accesses", by=hotel.guest)).json()["items"] == []


async def run_out(hotel: Hotel, asked: dict[str, Any]) -> None:
    await hotel.api.services.pool.execute(
        "UPDATE presentations SET expires_at = $2 WHERE presentation_id = $1", asked["id"], now()
    )


async def test_a_question_runs_out(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    await run_out(hotel, asked)
    assert slug_of(await hotel.fetch(asked, wait=5)) == "consent-timed-out"
    assert slug_of(await hotel.grant(asked)) == "presentation-ended"
    assert (await hotel.open(asked)).json()["state"] == "expired"


async def test_a_question_is_taken_back(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    for _ in range(2):
        assert (await hotel.api.delete(f"/v1/presentations/{asked['id']}", by=hotel.gate)).status_code == 204
    assert (await hotel.fetch(asked)).json()["state"] == "withdrawn"
    assert slug_of(await hotel.grant(asked)) == "presentation-ended"


async def test_what_was_answered_cannot_be_taken_back(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    await hotel.grant(asked)
    response = await hotel.api.delete(f"/v1/presentations/{asked['id']}", by=hotel.gate)
    assert slug_of(response) == "presentation-answered"


async def test_of_many_answers_at_once_one_counts(hotel: Hotel) -> None:
    """Two phones, and a thumb that taps twenty times: one look, one answer."""
    asked = await hotel.asked()
    await hotel.open(asked)
    phones = [hotel.guest, await log_in(hotel.api, hotel.guest.person)]
    await hotel.api.services.pool.execute(
        "UPDATE sessions SET ended_at = NULL, ended_for = NULL WHERE resident_id = $1", hotel.guest.person.resident_id
    )
    answers = await asyncio.gather(
        *(hotel.grant(asked, by=phones[n % 2]) if n % 3 else hotel.answer(asked, grant=False) for n in range(21))
    )
    good = [response for response in answers if response.status_code == 200]
    assert len(good) == 1
    assert {slug_of(response) for response in answers if response is not good[0]} == {"presentation-answered"}
    looks = (await hotel.api.get("/v1/me/accesses", by=phones[1])).json()["items"]
    assert len(looks) == len(good[0].json()["accesses"])


async def test_an_answer_wakes_whoever_waits(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    waiting = asyncio.create_task(hotel.fetch(asked, wait=25))
    while not hotel.api.services.hub._waiting:  # noqa: ASYNC110  the hub tells nobody who listens
        await asyncio.sleep(0.01)
    await hotel.grant(asked)
    async with asyncio.timeout(20):
        assert (await waiting).json()["state"] == "granted"


async def test_waiting_ends_with_what_there_is(hotel: Hotel) -> None:
    assert (await hotel.fetch(await hotel.asked(), wait=1)).json()["state"] == "pending"


async def test_what_was_told_lies_there_until_it_was_fetched(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    await hotel.grant(asked)
    pool = hotel.api.services.pool
    assert (await hotel.fetch(asked)).json() == (await hotel.fetch(asked)).json(), "the answer may have been lost"
    await empty_results(pool, now() + timedelta(minutes=2, seconds=1))
    assert slug_of(await hotel.fetch(asked)) == "presentation-ended"
    left = await pool.fetchval(
        "SELECT sealed_result IS NULL AND wrapped_key IS NULL FROM presentations WHERE presentation_id = $1",
        asked["id"],
    )
    assert left


async def test_the_same_request_is_the_same_question(hotel: Hotel) -> None:
    first, again, other = [(await hotel.ask(key)).json() for key in ("one", "one", "two")]
    assert first == again
    assert first["id"] != other["id"]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"fields": ["name", "address"]}, "fields-not-allowed"),
        ({"fields": []}, "invalid-request"),
        ({"licence_type": "driving-licence"}, "fields-not-allowed"),
        ({"licence_type": "no-such-licence"}, "fields-not-allowed"),
        ({"licence_type": None}, "invalid-request"),
        ({"purpose": "service-window"}, "purpose-not-registered"),
        ({"scan_id": str(uuid4())}, "not-found"),
        ({"code": "SX1:ABC"}, "code-not-ours"),
        ({"queries": [{"id": "a", "licence_type": CARD}]}, "invalid-request"),
        (
            {"licence_type": None, "queries": [{"id": "a", "licence_type": CARD}, {"id": "b", "licence_type": CARD}]},
            "invalid-request",
        ),
    ],
)
async def test_a_venue_asks_no_more_than_it_may(hotel: Hotel, body: dict[str, Any], slug: str) -> None:
    response = await hotel.ask(**body)
    assert slug_of(response) in {slug, "code-malformed"} if "code" in body else slug_of(response) == slug, response.text


async def test_a_venue_that_is_not_approved_asks_nothing(hotel: Hotel) -> None:
    gate = await make_gate(hotel.api, purpose="hotel-check-in", approved=False)
    for response in (
        await hotel.api.post("/v1/presentations", by=gate, json={"licence_type": CARD}),
        await hotel.api.get("/v1/scanner/licences", by=gate),
    ):
        assert slug_of(response) == "venue-not-approved"


async def test_what_may_be_asked_is_listed(hotel: Hotel) -> None:
    found = (await hotel.api.get("/v1/scanner/licences", by=hotel.gate)).json()["items"]
    assert {"licence_type": CARD, "fields": ASKED, "kept_days": 30} in found


async def test_another_scanner_fetches_nothing(hotel: Hotel) -> None:
    asked, other = await hotel.asked(), await make_gate(hotel.api, purpose="hotel-check-in")
    assert slug_of(await hotel.fetch(asked, by=other)) == "not-found"
    assert slug_of(await hotel.api.delete(f"/v1/presentations/{asked['id']}", by=other)) == "not-found"


async def test_another_venues_scan_leads_nowhere(hotel: Hotel) -> None:
    other = await make_hotel(hotel.api, hotel.guest)
    assert slug_of(await hotel.ask(scan_id=await other.scanned())) == "not-found"


@pytest.mark.parametrize("column", ["recorded_at", "scanned_at"], ids=["here", "told of later by a journal"])
async def test_a_scan_of_long_ago_leads_nowhere(hotel: Hotel, column: str) -> None:
    scan_id = await hotel.scanned()
    await hotel.api.services.pool.execute(
        f"UPDATE accesses SET {column} = $2 WHERE access_id = $1", scan_id, now() - timedelta(minutes=11)
    )
    assert slug_of(await hotel.ask(scan_id=scan_id)) == "not-found"


async def test_one_venue_asks_one_resident_so_often_alone(hotel: Hotel) -> None:
    scan_id, most = await hotel.scanned(), hotel.api.services.settings.presentations_per_minute
    answers = [await hotel.ask(scan_id=scan_id) for _ in range(most + 1)]
    assert [response.status_code for response in answers] == [201] * most + [429]


async def grant_one(hotel: Hotel, licence_id: object) -> httpx.Response:
    asked = await hotel.asked()
    await hotel.open(asked)
    return await hotel.answer(asked, grant=True, licences={"licence": str(licence_id)})


async def test_somebody_elses_licence_is_not_shown(hotel: Hotel) -> None:
    other = await make_hotel(hotel.api, await log_in(hotel.api, await make_person(hotel.api)))
    assert slug_of(await grant_one(hotel, other.licence_id)) == "licence-not-held"


async def test_another_kind_is_not_shown(hotel: Hotel) -> None:
    services = hotel.api.services
    driving = await hold_licence(services.pool, services.vault, hotel.guest.person.resident_id)
    assert slug_of(await grant_one(hotel, driving)) == "licence-not-held"


async def test_a_licence_that_is_not_good_is_not_shown(hotel: Hotel) -> None:
    services = hotel.api.services
    await hold_licence(
        services.pool,
        services.vault,
        hotel.guest.person.resident_id,
        CARD,
        standing=Standing.WITHDRAWN,
        changed_at=now(),
    )
    assert slug_of(await grant_one(hotel, hotel.licence_id)) == "licence-not-good"


async def test_a_query_that_nobody_put_is_not_answered(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    for licences in ({}, {"other": str(hotel.licence_id)}):
        assert slug_of(await hotel.answer(asked, grant=True, licences=licences)) == "licence-not-held"


async def test_a_lock_meanwhile_refuses(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    assert (await hotel.api.post("/v1/me/lock", by=hotel.guest)).status_code == 204
    assert (await hotel.grant(asked)).status_code in {401, 403, 409}
    await wait_refused(hotel.api, hotel.guest)
    assert (await hotel.fetch(asked)).json()["state"] == "pending"


async def test_a_session_that_has_ended_meanwhile_refuses(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    await hotel.api.services.pool.execute(
        "UPDATE sessions SET ended_at = $2, ended_for = 'closed' WHERE resident_id = $1",
        hotel.guest.person.resident_id,
        now(),
    )
    assert slug_of(await hotel.grant(asked)) == "session-expired"
    assert slug_of(await hotel.answer(asked, grant=False)) == "session-expired"


async def test_a_venue_that_is_stopped_meanwhile_learns_nothing(hotel: Hotel) -> None:
    asked = await hotel.asked()
    await hotel.open(asked)
    await hotel.api.services.pool.execute(
        "UPDATE venues SET approved_at = NULL WHERE venue_id = $1", hotel.gate.venue_id
    )
    assert slug_of(await hotel.grant(asked)) == "presentation-ended"
    assert (await hotel.open(asked)).json()["state"] == "pending", "nothing of it is kept"


async def test_only_verified_residents_on_trusted_installations_are_asked(
    hotel: Hotel, unverified: Session, newcomer: Session
) -> None:
    asked = await hotel.asked()
    for caller, slug in ((unverified, "identity-not-verified"), (newcomer, "installation-not-approved")):
        for response in (await hotel.open(asked, by=caller), await hotel.grant(asked, by=caller)):
            assert slug_of(response) == slug


async def test_history_comes_in_pages(hotel: Hotel) -> None:
    for _ in range(3):
        await hotel.open(await hotel.asked())
    first = (await hotel.api.get("/v1/me/presentations?limit=2", by=hotel.guest)).json()
    rest = (await hotel.api.get(f"/v1/me/presentations?cursor={first['next_cursor']}", by=hotel.guest)).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    wrong = await hotel.api.get(f"/v1/me/presentations?cursor={uuid4()}", by=hotel.guest)
    assert slug_of(wrong) == "invalid-request"


async def test_a_licence_in_hand_is_answered_at_once(hotel: Hotel) -> None:
    shown = await hotel.api.post(f"/v1/wallet/licences/{hotel.licence_id}/presentations", by=hotel.guest, json={})
    answers = [await hotel.ask("in hand", code=shown.json()["code"], licence_type=None) for _ in range(2)]
    told = answers[0].json()
    assert answers[0].status_code == 201, answers[0].text
    assert told == answers[1].json(), "the same request gets its first answer"
    [item] = told["items"]
    assert read(hotel.api, told, item) == item["fields"] == {field: FIELDS[field] for field in ASKED}
    assert (await hotel.fetch(told)).json()["items"] == told["items"]
    again = await hotel.ask(code=shown.json()["code"], licence_type=None)
    assert slug_of(again) == "code-already-used"
