"""Those who run it, over HTTP: a second factor, roles, two persons, and the log of what they do."""

from __future__ import annotations

import dataclasses
import re

import msgspec
import pytest

from api.callers import Audience, roles_of
from app.people.model import Role
from app.settings import Settings
from codes import KeyUse
from tests.api.described import list_routes
from tests.api.harness import Api, Session, log_in, make_person, refresh, running_api, slug_of, wait_refused
from tests.api.office import enrol, make_staff, open_staff_session, propose
from tests.api.staff_page import PAGE, write_page
from tests.house.source import list_modules

UNRECORDED = {
    "GET /v1/staff/me": "the caller's own standing",
    "GET /v1/staff/factors": "the caller's own factors",
    "POST /v1/staff/sessions/options": "a challenge alone; opening the session is recorded",
    "POST /v1/staff/factors/totp": "a secret that does not count yet; confirming it is recorded",
    "POST /v1/staff/factors/passkeys/options": "a challenge alone; adding the passkey is recorded",
    "GET /v1/staff/roles": "a list of colleagues, masked",
    "GET /v1/staff/proposals": "a list of what colleagues propose",
    "GET /v1/venues": "a list of venues, which are no persons",
    "GET /v1/venues/{venue_id}/scanners": "a list of devices",
    "GET /v1/venues/{venue_id}/scans": "a day of the manager's own venue; nothing of any holder is in it",
    "GET /v1/venues/{venue_id}/scans/counts": "figures of the manager's own venue",
    "GET /v1/venues/{venue_id}/staff": "a list of the manager's own people",
    "GET /v1/venues/{venue_id}/poster": "a drawing of what is public",
    "GET /v1/desk/overview": "figures and states, of nobody",
    "GET /v1/desk/measurements": "figures, of nobody",
    "GET /v1/desk/verifiers": "a list of verifiers, which are no persons",
    "GET /v1/desk/deliveries": "figures, of nobody",
    "GET /v1/desk/campaigns": "a list of campaigns, which are no persons, and round numbers",
    "GET /v1/desk/campaigns/{campaign_id}": "a campaign, and round numbers",
    "POST /v1/desk/campaigns/preview": "a round number and words; what is kept of them is recorded",
    "POST /v1/licence-types/{type_id}/check": "a question about a definition; proposing it is recorded",
    "GET /v1/windows/presences/{presence_id}/materials/{request_id}": "what was asked there, an act",
}
"""Routes of staff that leave no act, each with its reason."""


def test_a_route_of_staff_names_its_act_or_says_why_it_has_none() -> None:
    of_staff = {re.sub(r":\w+", "", str(one)): one for one in list_routes() if roles_of(one.audience) is not None}
    unrecorded = {name for name, route in of_staff.items() if route.opt["records"] is None}
    assert unrecorded == UNRECORDED.keys()
    acts = {name: route.opt["records"] for name, route in of_staff.items() if name not in unrecorded}
    source = "".join(path.read_text("utf-8") for path in list_modules("app"))
    assert {name for name, act in acts.items() if f'"{act}' not in source} == set(), "nothing in app/ records it"


async def last_acts(api: Api, person: Session, count: int = 1) -> list[str]:
    rows = await api.services.pool.fetch(
        "SELECT act FROM acts WHERE actor_id = $1 ORDER BY act_id DESC LIMIT $2", person.person.resident_id, count
    )
    return [row["act"] for row in rows]


async def test_a_second_factor_from_enrolment_to_a_session(api: Api, operator: Session) -> None:
    before = (await api.get("/v1/staff/me", by=operator)).json()
    assert (before["held_roles"], before["roles"], before["has_factor"]) == (["operator"], ["operator"], False)
    enrolled = await enrol(api, operator)
    assert len(enrolled.recovery_codes) == 10
    own = await refresh(api, operator)
    refused = await api.get("/v1/staff/roles", by=own)
    assert slug_of(refused) == "second-factor-required"
    assert slug_of(await api.get("/v1/venues", by=own)) == "second-factor-required"
    between = (await api.get("/v1/staff/me", by=own)).json()
    assert (between["held_roles"], between["roles"], between["has_factor"]) == (["operator"], [], True)
    opened = await open_staff_session(api, msgspec.structs.replace(enrolled, session=own))
    assert opened["roles"] == ["operator"]
    assert (await api.get("/v1/staff/roles", by=opened["access_token"])).status_code == 200
    assert (await api.get("/v1/me", by=opened["access_token"])).json()["roles"] == ["operator"]
    again = await api.post("/v1/sessions/refresh", json={"refresh_token": opened["refresh_token"]})
    assert (await api.get("/v1/staff/roles", by=again.json()["access_token"])).status_code == 200
    listed = (await api.get("/v1/staff/factors", by=own)).json()
    assert [(one["kind"], one["name"]) for one in listed["items"]] == [("totp", "phone")]
    assert listed["recovery_codes_left"] == 9


async def test_whoever_holds_no_role_is_forbidden_whatever_they_show(api: Api, resident: Session) -> None:
    for method, path in (("GET", "/v1/staff/me"), ("POST", "/v1/staff/sessions"), ("GET", "/v1/staff/factors")):
        assert slug_of(await api.call(method, path, by=resident, json={})) == "forbidden"


async def test_where_it_is_required_there_are_no_roles_without(roomy: Settings) -> None:
    async with running_api(dataclasses.replace(roomy, staff_second_factor="required")) as strict:
        manager = await make_staff(strict, Role.MANAGER)
        assert slug_of(await strict.get("/v1/venues", by=manager)) == "second-factor-required"
        assert slug_of(await strict.get("/v1/staff/roles", by=manager)) == "forbidden"
        opened = await open_staff_session(strict, await enrol(strict, manager))
        assert (await strict.get("/v1/venues", by=opened["access_token"])).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"totp": "123456", "recovery_code": "AAAA-BBBB-CCCC"}, {"totp": "12345"}, {"passkey": {}}]
)
async def test_exactly_one_factor_is_shown(api: Api, operator: Session, body: dict[str, object]) -> None:
    assert slug_of(await api.post("/v1/staff/sessions", by=operator, json=body)) == "invalid-request"


async def test_a_role_is_given_and_taken_and_both_are_told(api: Api, operator: Session) -> None:
    person = await make_person(api)
    body = {"phone": person.phone, "role": "manager", "reason": "runs the library"}
    assert (await api.post("/v1/staff/roles", by=operator, json=body)).status_code == 204
    session = await log_in(api, person)
    assert (await api.get("/v1/venues", by=session)).status_code == 200
    revoking = {"resident_id": str(person.resident_id), "role": "manager", "reason": "has left the library"}
    assert (await api.post("/v1/staff/roles/revoke", by=operator, json=revoking)).status_code == 204
    assert (await wait_refused(api, session)).status_code == 401
    assert slug_of(await api.get("/v1/venues", by=await log_in(api, person))) == "forbidden"
    assert await last_acts(api, operator, 2) == ["role.revoked:manager", "role.granted:manager"]


async def test_the_list_of_staff_goes_page_by_page(api: Api, operator: Session) -> None:
    made = {(await make_staff(api, role)).person.resident_id for role in Role}
    seen, cursor = [], None
    while True:
        page = (
            await api.get("/v1/staff/roles", by=operator, params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [one["resident_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert {str(one) for one in made} <= set(seen)


async def test_two_persons_make_an_auditor_who_reads_what_was_done(api: Api, operator: Session) -> None:
    second, person = await make_staff(api, Role.OPERATOR), await make_person(api)
    proposal = await propose(api, operator, kind="role.grant", phone=person.phone, role="auditor")
    assert (proposal["state"], proposal["details"]) == ("waiting", {"role": "auditor"})
    waiting = (await api.get("/v1/staff/proposals", by=second, params={"waiting": True})).json()["items"]
    assert proposal["id"] in {one["id"] for one in waiting}
    approved = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)
    assert (approved.json()["state"], approved.json()["decided_by"]) == ("executed", str(second.person.resident_id))
    auditor = await log_in(api, person)
    acts = await api.get(
        "/v1/staff/acts",
        by=auditor,
        params={"object": str(person.resident_id), "actor": str(second.person.resident_id)},
    )
    assert [(one["act"], one["role"], one["reason"]) for one in acts.json()["items"]] == [
        ("role.granted:auditor", "operator", "as agreed at the meeting"),
        ("proposal.approved:role.grant", "operator", None),
    ]
    assert acts.json()["items"][0]["request_id"] == approved.headers["x-request-id"]
    assert await last_acts(api, auditor) == ["acts.read"]
    for method, path in (("POST", "/v1/staff/roles"), ("POST", "/v1/staff/proposals"), ("GET", "/v1/desk/disputes")):
        assert slug_of(await api.call(method, path, by=auditor, json={})) == "forbidden"


async def test_a_proposal_that_is_sent_again_is_made_once(api: Api, operator: Session) -> None:
    body = {"kind": "keys.rotate", "use": "code", "reason": "the yearly rotation"}
    headers = {"Idempotency-Key": "the-same"}
    first, second = [await api.post("/v1/staff/proposals", by=operator, json=body, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    count = await api.services.pool.fetchval(
        "SELECT count(*) FROM proposals WHERE proposed_by = $1", operator.person.resident_id
    )
    assert count == 1


@pytest.mark.parametrize("use", KeyUse)
async def test_an_operator_proposes_to_rotate_each_use(api: Api, operator: Session, use: KeyUse) -> None:
    body = {"kind": "keys.rotate", "use": use.value, "reason": "the yearly rotation"}
    proposed = await api.post("/v1/staff/proposals", by=operator, json=body)
    assert (proposed.status_code, proposed.json()["details"]) == (201, {"use": use.value})


async def test_acts_go_page_by_page_and_only_grow(api: Api, operator: Session) -> None:
    auditor = await make_staff(api, Role.AUDITOR)
    for _ in range(5):
        await api.get("/v1/desk/disputes", by=operator)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await api.get(
            "/v1/staff/acts",
            by=auditor,
            params={"actor": str(operator.person.resident_id), "limit": 2} | ({"cursor": cursor} if cursor else {}),
        )
        seen += [one["id"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert (len(seen), len(set(seen)), cursor) == (5, 5, None)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert slug_of(await api.call(method, "/v1/staff/acts", by=auditor)) == "method-not-allowed"


async def test_nothing_of_a_factor_is_told_twice(api: Api, operator: Session) -> None:
    enrolled = await enrol(api, operator)
    opened = await open_staff_session(api, enrolled)
    for path in ("/v1/staff/factors", "/v1/staff/me", "/v1/me", "/v1/staff/roles"):
        text = (await api.get(path, by=opened["access_token"])).text
        assert enrolled.secret not in text
        assert not [code for code in enrolled.recovery_codes if code in text]


def test_every_role_has_an_audience() -> None:
    assert {role.value for role in Role} <= {audience.value for audience in Audience}


def test_the_table_of_least_privilege_is_current() -> None:
    assert PAGE.read_text("utf-8") == write_page(), "run python -m tests.api.staff_page"
