"""Where messages reach a resident beside their inbox: who may say so, whose a phone is, and what ends it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from secrets import token_hex
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from api.services import now
from app.devices import registering
from app.pushing.addressing import open_address
from push.addresses import Allowance
from push.reaching import list_addresses, list_allowances
from tests.api.claimants import Town, Visitor, answer_of, invent_user, read_visitor
from tests.api.harness import Api, Session, log_in, make_person, slug_of, spend_quota
from tests.api.pushing import LASTING, ONCE, agree, list_devices, phone, register, template


async def make_owner(api: Api) -> Session:
    return await log_in(api, await make_person(api))


async def reached_at(api: Api, by: Session) -> list[str]:
    found = await list_addresses(api.services.pool, by.person.resident_id)
    return [open_address(api.services.vault, one.sealed) for one in found]


async def make_reached(town: Town, channel: str = "wechat") -> Visitor:
    """Somebody who agreed to notices in a mini-program of theirs."""
    _, owner = await town.make_owner()
    user = invent_user()
    assert (await town.link(owner, town.wechat(user) if channel == "wechat" else town.alipay(user))).status_code == 201
    await agree(town.api, owner, f"messages-{channel}")
    return owner


async def allowances(api: Api, by: Visitor) -> dict[str, Allowance]:
    return {one.template_id: one for one in await list_allowances(api.services.pool, by.resident_id)}


async def test_a_phone_registers_and_is_listed_under_a_name_of_its_own(api: Api) -> None:
    owner, token = await make_owner(api), token_hex(32)
    first = await register(api, owner, phone(token.upper()))
    assert first.status_code == 200, first.text
    again = await register(api, owner, phone(token, locale="en"))
    (device,) = await list_devices(api, owner)
    assert again.json()["device"] == device
    assert (device["channel"], device["environment"], device["locale"]) == ("apns", "production", "en")
    assert device["current"]
    assert (device["id"], device["templates"]) == (first.json()["device"]["id"], [])
    assert str(owner.installation_id) not in first.text, "who knows it passes for the phone"
    assert token not in first.text
    assert await reached_at(api, owner) == [token]
    stored = await api.services.pool.fetchval(
        "SELECT sealed_address FROM push_addresses WHERE recipient = $1", owner.person.resident_id
    )
    assert bytes.fromhex(token) not in stored
    assert token.encode() not in stored


async def test_a_phone_of_another_is_taken_from_them(api: Api) -> None:
    token, former, owner = token_hex(32), await make_owner(api), await make_owner(api)
    await register(api, former, phone(token))
    await register(api, owner, phone(token))
    assert (await reached_at(api, former), await reached_at(api, owner)) == ([], [token])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"token": "not hexadecimal, and not Apple's"}, "/token"),
        ({"token": "ab" * 16}, "/token"),
        ({"channel": "fcm", "token": "short"}, "/token"),
        ({"app_id": "cn.example.another"}, "/app_id"),
        ({"environment": "staging"}, "/environment"),
        ({"locale": "fr"}, "/locale"),
        (template(template_id="another"), "/template_id"),
        (template(app_id="wx0000000000000099"), "/app_id"),
        (template(granted_at=(now() + timedelta(hours=1)).isoformat()), "/granted_at"),
        (template(granted_at="0001-01-01T00:00:00+14:00"), "/granted_at"),
    ],
)
async def test_what_cannot_be_right_is_refused_at_its_place(town: Town, changes: dict[str, Any], pointer: str) -> None:
    owner = await make_reached(town) if pointer == "/granted_at" else await make_owner(town.api)
    answer = await register(town.api, owner, changes if "template_id" in changes else phone() | changes)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert str(changes.get("token", "…")) not in answer.text


async def test_room_is_made_by_what_was_used_longest_ago_and_by_nothing_beside_it(api: Api) -> None:
    owner, token = await make_owner(api), "f" * 64
    await register(api, owner, phone())
    await api.services.pool.execute(
        "INSERT INTO push_addresses SELECT recipient, channel, app_id, gen_random_uuid(), environment, sealed_address, "
        "address_index, locale, registered_at, now() FROM push_addresses, generate_series(1, 19) WHERE recipient = $1",
        owner.person.resident_id,
    )
    registered = await register(api, owner, phone(token, channel="fcm"))
    assert registered.status_code == 200, registered.text
    found = await list_devices(api, owner)
    assert (len(found), [one["channel"] for one in found if one["current"]]) == (20, ["fcm"])


async def test_each_installation_registers_itself_alone(api: Api) -> None:
    owner = await make_owner(api)
    assert answer_of(await register(api, owner, phone(), uuid4())) == "forbidden"


async def test_whom_nobody_let_in_is_told_nothing(api: Api) -> None:
    """A thief with the number, on a phone of their own."""
    person = await make_person(api)
    owner, thief = await log_in(api, person), await log_in(api, person, uuid4())
    for attempt in (
        await register(api, thief, phone()),
        await api.get("/v1/me/devices", by=thief),
        await api.delete(f"/v1/me/devices/{thief.installation_id}", by=thief),
        await api.get("/v1/me/preferences", by=thief),
    ):
        assert answer_of(attempt) == "installation-not-approved"
    assert await list_devices(api, owner) == []


async def test_a_token_of_before_a_lock_registers_nothing(api: Api) -> None:
    """The access token lives on for minutes, and another process may not know yet that it ended."""
    owner = await make_owner(api)
    await api.services.pool.execute(
        "UPDATE sessions SET ended_at = now() WHERE resident_id = $1", owner.person.resident_id
    )
    assert answer_of(await register(api, owner, phone())) == "session-expired"


async def close(api: Api, owner: Session) -> httpx.Response:
    (current,) = [one for one in (await api.get("/v1/me/sessions", by=owner)).json()["items"] if one["current"]]
    return await api.delete(f"/v1/me/sessions/{current['id']}", by=owner)


async def test_logging_out_on_one_phone_leaves_the_others(api: Api) -> None:
    person = await make_person(api)
    owner, second = await log_in(api, person), await log_in(api, person, uuid4())
    approved = await api.post(f"/v1/me/installations/{second.installation_id}/approve", by=owner)
    assert approved.status_code == 204
    second = await log_in(api, person, second.installation_id)
    await register(api, owner, phone())
    await register(api, second, phone("ab" * 32))
    again = await log_in(api, person)
    assert len(await list_devices(api, again)) == 2, "a log-in in the place of the one before is no log-out"
    assert (await close(api, again)).status_code == 204
    assert await reached_at(api, second) == ["ab" * 32]


async def test_a_lock_ends_every_push_and_a_new_login_registers_nothing(api: Api) -> None:
    person = await make_person(api)
    owner = await log_in(api, person)
    await register(api, owner, phone())
    assert (await api.post("/v1/me/lock", by=owner)).status_code == 204
    assert await reached_at(api, owner) == []
    assert answer_of(await register(api, await log_in(api, person), phone())) == "installation-not-approved"


async def test_a_resident_takes_a_phone_away(api: Api) -> None:
    owner = await make_owner(api)
    device = (await register(api, owner, phone())).json()["device"]
    assert answer_of(await api.delete(f"/v1/me/devices/{uuid4()}", by=owner)) == "not-found"
    other = await make_owner(api)
    assert answer_of(await api.delete(f"/v1/me/devices/{device['id']}", by=other)) == "not-found"
    assert (await api.delete(f"/v1/me/devices/{device['id']}", by=owner)).status_code == 204
    assert await list_devices(api, owner) == []
    await register(api, owner, phone())
    assert (await api.delete(f"/v1/me/devices/{owner.installation_id}", by=owner)).status_code == 204
    assert await list_devices(api, owner) == []


async def test_one_yes_is_one_message_however_often_it_is_told(town: Town) -> None:
    owner, at = await make_reached(town), now()
    for _ in range(3):
        told = await register(town.api, owner, template(granted_at=at.isoformat()))
        assert told.status_code == 200, told.text
    assert told.json()["device"]["templates"] == [{"template_id": ONCE, "lasts": False, "remaining": 1}]
    later = template(granted_at=(at + timedelta(seconds=1)).isoformat())
    assert (await register(town.api, owner, later)).json()["device"]["templates"][0]["remaining"] == 2
    await register(town.api, owner, template(template_id=LASTING))
    assert {name: one.lasts for name, one in (await allowances(town.api, owner)).items()} == {
        ONCE: False,
        LASTING: True,
    }
    assert len(await list_devices(town.api, owner)) == 1


async def test_a_yes_without_its_time_that_comes_again_at_once_is_the_same(town: Town) -> None:
    owner = await make_reached(town)
    await asyncio.gather(*(register(town.api, owner, template()) for _ in range(4)))
    assert (await allowances(town.api, owner))[ONCE].remaining == 1


async def test_a_no_takes_back_what_was_left_and_no_more(town: Town) -> None:
    owner = await make_reached(town)
    assert (await register(town.api, owner, template(granted=False))).json() == {"device": None}
    ahead = (now() + timedelta(minutes=4)).isoformat()
    await register(town.api, owner, template(granted_at=ahead))
    await register(town.api, owner, template(template_id=LASTING))
    answer = await register(town.api, owner, template(granted=False))
    assert [one["remaining"] for one in answer.json()["device"]["templates"]] == [None, 0]
    found = await allowances(town.api, owner)
    assert (found[ONCE].remaining, found[LASTING].lasts) == (0, True)


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
async def test_withdrawing_the_consent_ends_what_rested_on_it(town: Town, channel: str) -> None:
    owner = await make_reached(town, channel)
    await register(town.api, owner, phone())
    assert (await register(town.api, owner, template(channel))).status_code == 200
    withdrawn = await town.api.delete(f"/v1/me/consents/messages-{channel}", by=owner)
    assert withdrawn.status_code == 200
    assert [one["channel"] for one in await list_devices(town.api, owner)] == ["apns"]
    assert (await allowances(town.api, owner))[ONCE].remaining == 0
    assert answer_of(await register(town.api, owner, template(channel))) == "messages-consent-required"


async def test_a_mini_program_is_left_with_its_login(town: Town) -> None:
    owner = await make_reached(town)
    await register(town.api, owner, phone())
    await register(town.api, owner, template(template_id=LASTING))
    (login,) = [one for one in await town.list_logins(owner) if one["kind"] == "wechat"]
    assert (await town.api.delete(f"/v1/me/logins/{login['id']}", by=owner)).status_code == 204
    assert [one["channel"] for one in await list_devices(town.api, owner)] == ["apns"]
    assert not (await allowances(town.api, owner))[LASTING].lasts


async def test_proving_who_one_is_makes_every_phone_register_anew(town: Town) -> None:
    """Whoever else logged in to the account without a proof was somebody without one as well."""
    from tests.harness.identity import invent_id_number  # noqa: PLC0415  one test of many

    grant = town.wechat(invent_user())
    newcomer = await town.open(grant)
    await register(town.api, newcomer, phone())
    assert len(await list_devices(town.api, newcomer)) == 1
    proven = await town.prove_by_face(newcomer, invent_id_number(age=40))
    assert proven.status_code == 200, proven.text
    assert await list_devices(town.api, read_visitor(proven, newcomer.installation_id)) == []


async def test_a_lock_that_comes_in_between_leaves_nothing(api: Api) -> None:
    """Either the phone was registered first and goes with the lock, or the lock came first and refuses it."""
    for _ in range(5):
        owner = await make_owner(api)
        await asyncio.gather(*(register(api, owner, phone()) for _ in range(3)), api.post("/v1/me/lock", by=owner))
        assert await reached_at(api, owner) == []


async def test_registering_has_its_limit(api: Api) -> None:
    owner, state, services = await make_owner(api), api.litestar.state, api.services
    state.services = msgspec.structs.replace(services, devices=msgspec.structs.replace(services.devices, daily=1))
    try:
        assert (await register(api, owner, phone())).status_code == 200
        limited = await register(api, owner, phone())
    finally:
        state.services = services
    assert answer_of(limited) == "too-many-requests"
    assert int(limited.headers["retry-after"]) > 0


async def test_of_many_phones_those_that_were_used_last_are_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registering, "_MOST", 2)
    person = await make_person(api)
    owner = await log_in(api, person)
    await register(api, owner, phone())
    tokens = [token_hex(32) for _ in range(2)]
    for token in tokens:
        other = await log_in(api, person, uuid4())
        await api.post(f"/v1/me/installations/{other.installation_id}/approve", by=owner)
        await register(api, await log_in(api, person, other.installation_id), phone(token))
    assert await reached_at(api, owner) == tokens[::-1]


async def test_places_are_not_removed_without_end_and_registering_takes_nothing_off_it(api: Api) -> None:
    owner, desk = await make_owner(api), api.services.devices
    await spend_quota(api, f"device:{owner.person.resident_id}", desk.daily - 1)
    assert (await register(api, owner, phone(token_hex(32)))).status_code == 200
    assert slug_of(await register(api, owner, phone(token_hex(32)))) == "too-many-requests"
    path = f"/v1/me/devices/{owner.installation_id}"
    await spend_quota(api, f"device-removal:{owner.person.resident_id}", desk.daily - 1)
    assert (await api.delete(path, by=owner)).status_code == 204
    refused = await api.delete(path, by=owner)
    assert slug_of(refused) == "too-many-requests"
    assert int(refused.headers["Retry-After"]) > 3600


async def test_a_thief_who_has_the_number_alone_spends_none_of_the_owners_changes(api: Api) -> None:
    """Else a hundred requests would keep the owner for a day from removing a place."""
    owner, state, services = await make_owner(api), api.litestar.state, api.services
    thief = await log_in(api, owner.person, uuid4())
    few = msgspec.structs.replace(services.devices, daily=1, preferences_daily=1)
    chosen = (await api.get("/v1/me/preferences", by=owner)).json()
    refusals: list[str] = []
    statuses: list[int] = []
    state.services = msgspec.structs.replace(services, devices=few)
    try:
        for by in (thief, owner):
            answers = [
                await register(api, by, phone()),
                await api.call("PUT", "/v1/me/preferences", by=by, json=chosen),
                await api.delete(f"/v1/me/devices/{by.installation_id}", by=by),
            ]
            refusals += [slug_of(one) for one in answers if one.is_error]
            statuses = [one.status_code for one in answers]
    finally:
        state.services = services
    assert refusals == ["installation-not-approved"] * 3
    assert statuses == [200, 200, 204]
