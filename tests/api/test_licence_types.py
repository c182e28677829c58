"""Kinds of licences over HTTP: listed and held, told to foreign verifiers, and changed by two operators."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.licences.model import LicenceType
from app.licences.types import read_shipped
from app.people.model import Role
from tests.api.harness import Api, Session, slug_of
from tests.api.office import make_staff
from tests.app.licences.kinds import invent_kind
from tests.codes.oracles import ask_node

_REASON = {"reason": "as agreed at the meeting"}


async def test_every_kind_is_listed_as_cards_need_it(api: Api) -> None:
    response = await api.get("/v1/licence-types")
    listed = {item["id"]: item for item in response.json()["items"]}
    assert listed.keys() >= read_shipped().keys()
    card = listed["resident-identity-card"]
    assert card["name"] == {"zh": "居民身份证", "en": "Resident identity card"}
    assert (card["code"], card["code_certain"]) == ("11100000000013127D001", False)
    assert (card["holder"], card["name_field"], card["number_field"]) == ("resident", "name", "id_number")
    assert card["look"] == {"colour": "#2f6f8f", "emblem": "identity", "layout": "portrait"}
    assert card["fields"][0] == {
        "id": "name",
        "label": {"zh": "姓名", "en": "Name"},
        "kind": "text",
        "sensitivity": "personal",
        "mask": "name",
        "on_card": True,
    }
    assert listed["restaurant-composite-licence"]["parts"][0] == "business-licence"
    assert response.json()["next_cursor"] is None


@pytest.mark.parametrize("path", ["", "/driving-licence", "/driving-licence/vct"])
async def test_what_is_held_is_not_sent_again(api: Api, path: str) -> None:
    first = await api.get(f"/v1/licence-types{path}")
    assert first.headers["cache-control"] == "public, max-age=10"
    etag = first.headers["etag"]
    again = await api.get(f"/v1/licence-types{path}", headers={"If-None-Match": f'"0", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await api.get(f"/v1/licence-types{path}", headers={"If-None-Match": '"0"'})
    assert (other.status_code, other.content) == (200, first.content)


async def test_a_kind_is_answered_as_put_takes_it(api: Api) -> None:
    response = await api.get("/v1/licence-types/vehicle-licence")
    assert msgspec.json.decode(response.content, type=LicenceType) == read_shipped()["vehicle-licence"]


@pytest.mark.parametrize("path", ["nothing", "nothing/vct"])
async def test_a_kind_that_is_not_there_is_not_found(api: Api, path: str) -> None:
    assert slug_of(await api.get(f"/v1/licence-types/{path}")) == "not-found"


async def test_foreign_verifiers_are_told_what_a_credential_may_say(api: Api) -> None:
    described = (await api.get("/v1/licence-types/driving-licence/vct")).json()
    assert described["vct"] == f"{api.services.settings.url}/v1/licence-types/driving-licence/vct"
    assert described["name"] == "Driving licence"
    assert [(one["locale"], one["name"]) for one in described["display"]] == [
        ("zh-CN", "机动车驾驶证"),
        ("en", "Driving licence"),
    ]
    kind = read_shipped()["driving-licence"]
    assert [claim["path"] for claim in described["claims"]] == [[field.id] for field in kind.fields]
    assert described["claims"][0]["display"] == [
        {"locale": "zh-CN", "label": "证号"},
        {"locale": "en", "label": "Licence number"},
    ]


async def test_another_library_reads_the_metadata_of_every_kind(api: Api) -> None:
    """By the schema of the npm package @sd-jwt/sd-jwt-vc; it is seen to refuse what is none."""
    described = [(await api.get(f"/v1/licence-types/{kind}/vct")).json() for kind in read_shipped()]
    answers = ask_node("ask_type_metadata.mjs", [*described, {"vct": 1}, {**described[0], "display": [{"name": 5}]}])
    assert answers == [*(kind["vct"] for kind in described), None, None]


async def _decide(api: Api, proposal: dict[str, Any]) -> dict[str, Any]:
    second = await make_staff(api, Role.OPERATOR)
    response = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)
    assert response.status_code == 200, response.text
    decided: dict[str, Any] = response.json()
    return decided


async def _put(api: Api, operator: Session, kind: LicenceType) -> dict[str, Any]:
    body = {"definition": msgspec.to_builtins(kind), **_REASON}
    response = await api.call("PUT", f"/v1/licence-types/{kind.id}", by=operator, json=body)
    assert response.status_code == 202, response.text
    proposal: dict[str, Any] = response.json()
    return proposal


async def test_a_kind_is_put_by_two_and_withdrawn_by_two(api: Api, operator: Session) -> None:
    kind = invent_kind()
    proposal = await _put(api, operator, kind)
    assert (proposal["kind"], proposal["state"]) == ("licence-type.put", "waiting")
    assert slug_of(await api.get(f"/v1/licence-types/{kind.id}")) == "not-found"
    own = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=operator)
    assert slug_of(own) == "own-proposal"
    assert (await _decide(api, proposal))["state"] == "executed"
    assert (await api.get(f"/v1/licence-types/{kind.id}")).json() == msgspec.to_builtins(kind)
    proposed = await api.post(f"/v1/licence-types/{kind.id}/withdraw", by=operator, json=_REASON)
    assert (proposed.status_code, proposed.json()["details"]) == (202, {"type_id": kind.id})
    await _decide(api, proposed.json())
    assert slug_of(await api.get(f"/v1/licence-types/{kind.id}")) == "not-found"


async def test_nobody_agrees_to_what_they_could_not_read(api: Api, operator: Session) -> None:
    kind = invent_kind()
    await _decide(api, await _put(api, operator, kind))
    withdrawal = await api.post(f"/v1/licence-types/{kind.id}/withdraw", by=operator, json=_REASON)
    assert withdrawal.json()["details"] == {"type_id": kind.id}, "it breaks nothing yet"
    asked = {"fields": ["name"], "kept_days": 7, **_REASON}
    proposed = await api.call("PUT", f"/v1/purposes/exam-hall/licences/{kind.id}", by=operator, json=asked)
    await _decide(api, proposed.json())
    second = await make_staff(api, Role.OPERATOR)
    late = await api.post(f"/v1/staff/proposals/{withdrawal.json()['id']}/approve", by=second)
    assert slug_of(late) == "forbidden"
    assert (await api.get(f"/v1/licence-types/{kind.id}")).status_code == 200


async def test_what_a_change_would_break_is_said_before_it_is_proposed(api: Api, operator: Session) -> None:
    kind = read_shipped()["driving-licence"]
    fewer = msgspec.structs.replace(kind, fields=[one for one in kind.fields if one.id != "vehicle_classes"])
    chinese = "用途 car-rental 需要 vehicle_classes，将无法再获得"
    english = "purpose car-rental asks for vehicle_classes, and would no longer get it"
    for changed, language, said in ((kind, "en", []), (fewer, "en", [english]), (fewer, "zh-CN", [chinese])):
        body = {"definition": msgspec.to_builtins(changed)}
        path, spoken = f"/v1/licence-types/{kind.id}/check", {"Accept-Language": language}
        checked = await api.post(path, by=operator, json=body, headers=spoken)
        assert checked.status_code == 200, checked.text
        assert [one for one in checked.json()["breaks"] if "car-rental" in one] == said
    assert (await api.get(f"/v1/licence-types/{kind.id}")).json() == msgspec.to_builtins(kind), "nothing was changed"
    other = await api.post("/v1/licence-types/other/check", by=operator, json=body)
    assert other.json()["errors"][0]["pointer"] == "/definition/id"


async def test_what_a_purpose_may_ask_takes_two_and_nothing_takes_one(api: Api, operator: Session) -> None:
    kind = invent_kind()
    await _decide(api, await _put(api, operator, kind))
    address = f"/v1/purposes/exam-hall/licences/{kind.id}"
    body = {"fields": ["name", "photo"], "kept_days": 7, **_REASON}
    proposed = await api.call("PUT", address, by=operator, json=body)
    assert proposed.json()["details"] == {
        "purpose": "exam-hall",
        "type_id": kind.id,
        "fields": "name,photo",
        "kept_days": "7",
    }
    assert kind.id not in await _list_asked(api)
    await _decide(api, proposed.json())
    asked = {"licence_type": kind.id, "fields": ["name", "photo"], "kept_days": 7}
    assert (await _list_asked(api))[kind.id] == asked
    smaller = await _put(api, operator, msgspec.structs.replace(kind, fields=kind.fields[:4]))
    assert smaller["details"]["breaks"] == "用途 exam-hall 需要 photo，将无法再获得"
    listed = await api.get("/v1/staff/proposals", by=operator, headers={"Accept-Language": "en"})
    [own] = [one for one in listed.json()["items"] if one["id"] == smaller["id"]]
    assert own["details"]["breaks"] == "purpose exam-hall asks for photo, and would no longer get it"
    assert (await api.delete(address, by=operator)).status_code == 204
    assert kind.id not in await _list_asked(api)
    assert slug_of(await api.delete(address, by=operator)) == "not-found"
    acts = await api.services.pool.fetch(
        "SELECT act FROM acts WHERE actor_id = $1 ORDER BY act_id DESC LIMIT 1", operator.person.resident_id
    )
    assert acts[0]["act"] == f"purpose.licence-refused:exam-hall/{kind.id}"


async def _list_asked(api: Api) -> dict[str, Any]:
    response = await api.get("/v1/purposes/exam-hall/licences")
    return {item["licence_type"]: item for item in response.json()["items"]}


async def test_a_purpose_asks_what_it_was_given(api: Api) -> None:
    listed = (await api.get("/v1/purposes/hotel-check-in/licences")).json()
    card = {"licence_type": "resident-identity-card", "fields": ["name", "id_number", "photo"], "kept_days": 30}
    assert card in listed["items"]
    assert slug_of(await api.get("/v1/purposes/nothing/licences")) == "not-found"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/purposes/nothing/licences/driving-licence", {"fields": ["name"], "kept_days": 1}, "/purpose"),
        ("/v1/purposes/exam-hall/licences/nothing", {"fields": ["name"], "kept_days": 1}, "/type_id"),
        ("/v1/purposes/exam-hall/licences/driving-licence", {"fields": ["nothing"], "kept_days": 1}, "/fields"),
        ("/v1/purposes/exam-hall/licences/driving-licence", {"fields": ["name"], "kept_days": 3651}, "/kept_days"),
        ("/v1/licence-types/other", {"definition": msgspec.to_builtins(invent_kind())}, "/definition/id"),
    ],
)
async def test_what_could_never_be_asked_is_not_proposed(
    api: Api, operator: Session, path: str, body: dict[str, Any], pointer: str
) -> None:
    refused = await api.call("PUT", path, by=operator, json={**body, **_REASON})
    assert slug_of(refused) == "invalid-request"
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_kind_that_cannot_be_is_not_proposed(api: Api, operator: Session) -> None:
    kind = invent_kind(number_field="nobody")
    body = {"definition": msgspec.to_builtins(kind), **_REASON}
    refused = await api.call("PUT", f"/v1/licence-types/{kind.id}", by=operator, json=body)
    assert refused.json()["errors"][0]["pointer"] == "/number_field"
    assert slug_of(await api.post("/v1/licence-types/nothing/withdraw", by=operator, json=_REASON)) == "not-found"
