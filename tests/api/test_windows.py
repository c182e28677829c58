"""A window: what rests on somebody's presence, and what staff cannot do without it."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest

from api.services import now
from app.development.identity_standing_in import IdentityStandIns
from app.people.model import Role
from app.people.presences import forget_presences
from app.settings import Settings
from tests.api.claimants import Town
from tests.api.harness import Api, Gate, invent_phone, log_in, scan, slug_of
from tests.api.office import make_staff
from tests.api.relatives import RELATIVES, ask_code, list_relatives
from tests.api.windows import PRESENCES, Window, count_notices, make_resident, open_window
from tests.harness.identity import invent_id_number


@pytest.fixture
async def window(api: Api, identity: tuple[Settings, IdentityStandIns]) -> Window:
    return await open_window(api, identity[1])


async def end_presence(api: Api, presence_id: str) -> None:
    over = "UPDATE window_presences SET expires_at = now() - interval '1 second' WHERE presence_id = $1"
    await api.services.pool.execute(over, UUID(presence_id))


async def try_all(window: Window, presence_id: str) -> set[str]:
    """What each thing that a window can do answers by a presence that is none."""
    api, own = window.api, f"{PRESENCES}/{presence_id}"
    answers = [
        await api.post(f"{own}/registration", by=window.staff),
        await api.post(f"{own}/unlock", by=window.staff),
        await api.get(f"{own}/relatives", by=window.staff),
        await api.post(f"{own}/relatives/{uuid4()}/renew", by=window.staff),
        await api.delete(f"{own}/relatives/{uuid4()}", by=window.staff),
        await window.confirm(presence_id, "王小宝", invent_id_number(age=8)),
        await window.set_up(presence_id, presence_id),
    ]
    return {slug_of(answer) for answer in answers}


async def test_a_presence_needs_the_living_face(api: Api, window: Window) -> None:
    person = (await make_resident(api)).person
    assert slug_of(await window.open(person.name, person.id_number, str(uuid4()))) == "evidence-expired"
    started = (await window.start(person.name, person.id_number)).json()
    assert slug_of(await window.open(person.name, person.id_number, started["check_id"])) == "evidence-pending"
    failed = await window.look(person.name, person.id_number, passes=False)
    assert slug_of(failed) == "identity-not-confirmed"


async def test_a_check_is_good_once_for_one_person_at_one_window(api: Api, window: Window) -> None:
    person, other = (await make_resident(api)).person, (await make_resident(api)).person
    started = (await window.start(person.name, person.id_number)).json()
    window.authority.files.complete_face(started["certify_id"], "pass")
    colleague = await make_staff(api, Role.WINDOW)
    tried = [
        await window.open(other.name, other.id_number, started["check_id"]),
        await window.open(person.name, person.id_number, started["check_id"], by=colleague),
        await window.open(person.name, person.id_number, started["check_id"]),
        await window.open(person.name, person.id_number, started["check_id"]),
    ]
    assert [one.status_code for one in tried] == [422, 422, 201, 422]


async def test_a_check_at_a_window_proves_nothing_of_its_staff(api: Api, window: Window) -> None:
    number = invent_id_number(age=70)
    started = (await window.start("王秀英", number)).json()
    window.authority.files.complete_face(started["certify_id"], "pass")
    evidence = {"kind": "face", "check_id": started["check_id"]}
    body = {"name": "王秀英", "id_number": number, "evidence": evidence}
    assert slug_of(await api.post("/v1/me/identity", by=window.staff, json=body)) == "evidence-expired"


async def test_whoever_is_seen_is_told_and_the_window_sees_no_more_than_it_needs(api: Api, window: Window) -> None:
    resident = await make_resident(api, name="王秀英")
    opened = await window.look(resident.person.name, resident.person.id_number)
    shown = opened.json()
    assert (shown["registered"], shown["masked_name"], shown["locked"], shown["has_login"]) == (
        True,
        "王**",
        False,
        True,
    )
    assert str(resident.person.resident_id) not in opened.text
    assert await count_notices(api, resident, "window.presence") == 1
    acts = "SELECT act, role, object_id FROM acts WHERE actor_id = $1 ORDER BY act_id"
    rows = await api.services.pool.fetch(acts, window.staff.person.resident_id)
    assert [tuple(row) for row in rows] == [
        ("window.check-started", "window", None),
        ("window.presence-opened", "window", resident.person.resident_id),
    ]


async def test_nothing_is_done_without_a_presence(api: Api, window: Window) -> None:
    assert await try_all(window, str(uuid4())) == {"not-found"}
    person = (await make_resident(api)).person
    presence_id = await window.meet(person)
    colleague = Window(api, window.authority, await make_staff(api, Role.WINDOW))
    assert await try_all(colleague, presence_id) == {"not-found"}
    assert slug_of(await api.delete(f"{PRESENCES}/{presence_id}", by=colleague.staff)) == "not-found"
    await end_presence(api, presence_id)
    assert await try_all(window, presence_id) == {"window-presence-ended"}


async def test_whoever_leaves_is_present_no_more(api: Api, window: Window) -> None:
    presence_id = await window.meet((await make_resident(api)).person)
    for _ in range(2):
        assert (await api.delete(f"{PRESENCES}/{presence_id}", by=window.staff)).status_code == 204
    assert await try_all(window, presence_id) == {"window-presence-ended"}
    await forget_presences(api.services.pool, now().replace(year=now().year + 1))
    assert await try_all(window, presence_id) == {"not-found"}


async def test_a_lock_ends_the_presence(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    presence_id = await window.meet(resident.person)
    await api.post("/v1/me/lock", by=resident)
    assert await try_all(window, presence_id) == {"window-presence-ended"}
    shown = await window.look(resident.person.name, resident.person.id_number)
    assert shown.json()["locked"] is True


async def test_a_window_unlocks_and_what_rested_goes_on(api: Api, window: Window, gate: Gate) -> None:
    child, mother = await make_resident(api, name="李小红"), await make_resident(api, age=70, name="王秀英")
    made = (await window.set_up(await window.meet(child.person), await window.meet(mother.person))).json()
    await api.post("/v1/me/lock", by=mother)
    assert (await list_relatives(api, child))[0]["resting"] is True
    path = f"{PRESENCES}/{await window.meet(mother.person)}/unlock"
    for _ in range(2):
        assert (await api.post(path, by=window.staff)).status_code == 204
    assert await count_notices(api, mother, "window.unlocked") == 1
    assert (await list_relatives(api, child))[0]["resting"] is False
    assert (await log_in(api, mother.person)).assurance == "phone"
    moved = "UPDATE subjects SET codes_valid_from = now() - interval '1 minute' WHERE binding_id = $1"
    await api.services.pool.execute(moved, UUID(made["id"]))  # else the test waits for seconds
    code = await ask_code(api, child, made["id"])
    assert (await scan(api, gate, code.json()["code"])).status_code == 201


async def test_nobody_serves_themself(api: Api, identity: tuple[Settings, IdentityStandIns]) -> None:
    window = await open_window(api, identity[1])
    number = invent_id_number(age=40)
    own = await make_resident(api, id_number=number)
    await api.services.pool.execute(
        "INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, 'window', now())", own.person.resident_id
    )
    self_serving = Window(api, window.authority, await log_in(api, own.person))
    assert slug_of(await self_serving.look(own.person.name, number)) == "forbidden"


async def test_staff_are_no_party_to_what_they_do(api: Api, identity: tuple[Settings, IdentityStandIns]) -> None:
    """Their own relation with somebody present is for a colleague to renew."""
    number = invent_id_number(age=40)
    own = await make_resident(api, id_number=number, name="李小红")
    mother = await make_resident(api, age=70, name="王秀英")
    window = await open_window(api, identity[1])
    set_up = await window.set_up(await window.meet(own.person), await window.meet(mother.person))
    assert set_up.status_code == 201
    await api.services.pool.execute(
        "INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, 'window', now())", own.person.resident_id
    )
    partial = Window(api, window.authority, await log_in(api, own.person))
    presence_id = await partial.meet(mother.person)
    path = f"{PRESENCES}/{presence_id}/relatives/{set_up.json()['id']}/renew"
    assert slug_of(await api.post(path, by=partial.staff)) == "forbidden"


async def test_a_grandmother_without_a_phone_has_a_code(api: Api, window: Window, gate: Gate) -> None:
    """Registered at the window, cared for by her child with both there, and heard of by both."""
    child = await make_resident(api, name="李小红")
    number = invent_id_number(age=82)
    hers = await window.register("王秀英", number)
    made = await window.set_up(await window.meet(child.person), hers)
    assert made.status_code == 201, made.text
    assert (made.json()["part"], made.json()["agreed_by"]) == ("is-shown", "window")
    [relative] = await list_relatives(api, child)
    assert (relative["id"], relative["masked_name"]) == (made.json()["id"], "王**")
    code = (await ask_code(api, child, relative["id"])).json()["code"]
    accepted = (await scan(api, gate, code)).json()
    assert (accepted["kind"], accepted["holder"]) == ("care", {"masked_name": "王**"})
    row = await api.services.pool.fetchrow(
        "SELECT resident_id, sealed_phone, verified_by FROM residents WHERE subject_no = "
        "(SELECT subject_no FROM residents WHERE resident_id = (SELECT principal_id FROM bindings WHERE "
        "binding_id = $1 AND part = 'shows'))",
        UUID(relative["id"]),
    )
    assert row is not None
    assert (row["sealed_phone"], row["verified_by"]) == (None, "window")


async def test_she_ends_it_at_the_window(api: Api, window: Window, gate: Gate) -> None:
    child = await make_resident(api, name="李小红")
    hers = await window.register("王秀英", invent_id_number(age=82))
    made = (await window.set_up(await window.meet(child.person), hers)).json()
    code = (await ask_code(api, child, made["id"])).json()["code"]
    listed = (await api.get(f"{PRESENCES}/{hers}/relatives", by=window.staff)).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    ended = await api.delete(f"{PRESENCES}/{hers}/relatives/{made['id']}", by=window.staff)
    assert ended.status_code == 204
    assert slug_of(await scan(api, gate, code)) == "code-revoked"


async def test_later_she_links_a_phone_by_proving(town: Town, window: Window) -> None:
    number = invent_id_number(age=82)
    await window.register("王明", number)
    hers = await town.open(await town.otp(invent_phone()))
    answer = await town.prove_by_face(hers, number, name="王明")
    assert answer.status_code == 202, answer.text
    claim_id = UUID(answer.json()["claim_id"])
    await town.let_a_day_pass(claim_id)
    inside = await town.complete(hers, claim_id)
    assert inside.is_verified
    assert inside.resident_id != hers.resident_id
    assert [login["kind"] for login in await town.list_logins(inside)] == ["phone"]


async def test_registering_twice_makes_one_account(api: Api, window: Window) -> None:
    number = invent_id_number(age=82)
    colleague = Window(api, window.authority, await make_staff(api, Role.WINDOW))
    first, second = [(await one.look("王秀英", number)).json()["id"] for one in (window, colleague)]
    answers = await asyncio.gather(
        api.post(f"{PRESENCES}/{first}/registration", by=window.staff),
        api.post(f"{PRESENCES}/{second}/registration", by=colleague.staff),
    )
    assert [one.status_code for one in answers] == [201, 201]
    rows = await api.services.pool.fetch(
        "SELECT resident_id FROM window_presences WHERE presence_id = ANY($1::uuid[])", [UUID(first), UUID(second)]
    )
    assert len({row["resident_id"] for row in rows}) == 1
    again = await api.post(f"{PRESENCES}/{first}/registration", by=window.staff)
    assert slug_of(again) == "forbidden"


async def test_who_is_unknown_is_registered_first(api: Api, window: Window) -> None:
    presence_id = (await window.look("王秀英", invent_id_number(age=82))).json()["id"]
    own = f"{PRESENCES}/{presence_id}"
    answers = [
        await api.get(f"{own}/relatives", by=window.staff),
        await window.confirm(presence_id, "王小宝", invent_id_number(age=8)),
        await window.set_up(presence_id, presence_id),
    ]
    assert {slug_of(answer) for answer in answers} == {"person-not-registered"}


async def test_the_relative_in_person_renews_and_a_carer_agrees(api: Api, window: Window) -> None:
    child, mother = await make_resident(api, name="李小红"), await make_resident(api, age=70, name="王秀英")
    made = (await window.set_up(await window.meet(child.person), await window.meet(mother.person))).json()
    await api.services.pool.execute(
        "UPDATE bindings SET ends_at = now() + interval '3 days' WHERE binding_id = $1", UUID(made["id"])
    )
    carers = f"{PRESENCES}/{await window.meet(child.person)}/relatives/{made['id']}/renew"
    asked = (await api.post(carers, by=window.staff)).json()
    assert asked["renewal_agreed"] is True
    assert asked["ends_at"] < made["ends_at"]
    hers = f"{PRESENCES}/{await window.meet(mother.person)}/relatives/{made['id']}/renew"
    renewed = (await api.post(hers, by=window.staff)).json()
    assert renewed["ends_at"] >= made["ends_at"]
    assert await count_notices(api, child, "care.renewed") == 1


async def test_a_limit_holds_when_two_windows_set_up_care_at_once(api: Api, window: Window) -> None:
    mother = await make_resident(api, age=70, name="王秀英")
    carers = [await make_resident(api, name="李小红") for _ in range(5)]
    hers = await window.meet(mother.person)
    theirs = [await window.meet(one.person) for one in carers]
    answers = await asyncio.gather(*[window.set_up(one, hers) for one in theirs])
    outcomes = Counter("bound" if one.status_code == 201 else slug_of(one) for one in answers)
    assert outcomes == {"bound": 3, "care-limit-reached": 2}


async def test_a_locked_relative_is_bound_to_nobody(api: Api, window: Window) -> None:
    child, mother = await make_resident(api, name="李小红"), await make_resident(api, age=70, name="王秀英")
    await api.post("/v1/me/lock", by=mother)
    answer = await window.set_up(await window.meet(child.person), await window.meet(mother.person))
    assert slug_of(answer) == "presence-required"


async def test_a_child_cares_for_nobody(api: Api, window: Window) -> None:
    child, granny = await make_resident(api, age=9, name="王小贝"), await make_resident(api, age=80, name="李小红")
    answer = await window.set_up(await window.meet(child.person), await window.meet(granny.person), "grandparent")
    assert slug_of(answer) == "guardian-consent-required"


async def test_a_guardian_is_confirmed_by_a_document_and_cares_for_the_child(api: Api, window: Window) -> None:
    number = invent_id_number(age=8)
    mother = await make_resident(api, name="李小红")
    presence_id = await window.meet(mother.person)
    confirmed = await window.confirm(presence_id, "王小宝", number)
    assert confirmed.status_code == 201, confirmed.text
    assert (confirmed.json()["confirmed_by"], confirmed.json()["confirmed_at"] is None) == ("window", False)
    hers = await window.register("王小宝", number)
    made = await window.set_up(presence_id, hers, "child")
    assert (made.json()["agreed_by"], made.json()["kinship"]) == ("guardian", "child")
    assert (await ask_code(api, mother, made.json()["id"])).status_code == 201
    renewed = await api.post(RELATIVES, by=mother, json={"consent_id": confirmed.json()["id"]})
    assert (renewed.status_code, renewed.json()["id"]) == (201, made.json()["id"])
    assert (await api.delete(f"/v1/me/guardian-consents/{confirmed.json()['id']}", by=mother)).status_code == 204
    assert slug_of(await ask_code(api, mother, made.json()["id"])) == "binding-ended"


async def test_a_child_is_neither_registered_nor_bound_without_a_confirmed_guardian(api: Api, window: Window) -> None:
    number = invent_id_number(age=8)
    stranger = await make_resident(api, name="李小红")
    said = {"name": "王小宝", "id_number": number, "relation": "parent"}
    given = await api.post("/v1/me/guardian-consents", by=stranger, json=said)
    assert given.json()["confirmed_at"] is None
    presence_id = (await window.look("王小宝", number)).json()["id"]
    refused = await api.post(f"{PRESENCES}/{presence_id}/registration", by=window.staff)
    assert slug_of(refused) == "guardian-consent-required"
    child = await make_resident(api, age=9, name="王小贝", id_number=invent_id_number(age=9))
    answer = await window.set_up(await window.meet(stranger.person), await window.meet(child.person), "child")
    assert slug_of(answer) == "guardian-consent-required"


async def test_the_other_guardian_confirms_and_one_confirmed_so_confirms_nobody(api: Api, window: Window) -> None:
    number = invent_id_number(age=8)
    said = {"name": "王小宝", "id_number": number, "relation": "parent"}
    mother, father, uncle = [await make_resident(api, name=name) for name in ("李小红", "王大宝", "王二宝")]
    await window.confirm(await window.meet(mother.person), "王小宝", number)
    waits = "/v1/me/guardian-consents/waiting"
    theirs = [(await api.post("/v1/me/guardian-consents", by=one, json=said)).json()["id"] for one in (father, uncle)]
    assert await count_notices(api, mother, "guardian.another") == 2
    assert (await api.get(waits, by=father)).json()["items"] == []
    listed = (await api.get(waits, by=mother)).json()["items"]
    assert [(one["id"], one["guardian_masked_name"], one["child_masked_name"]) for one in listed] == [
        (theirs[0], "王**", "王**"),
        (theirs[1], "王**", "王**"),
    ]
    path = "/v1/me/guardian-consents/{}/confirm"
    assert (await api.post(path.format(theirs[0]), by=mother)).status_code == 204
    assert slug_of(await api.post(path.format(theirs[1]), by=father)) == "not-found"
    assert slug_of(await api.post(path.format(theirs[1]), by=uncle)) == "not-found"
    [consent] = (await api.get("/v1/me/guardian-consents", by=father)).json()["items"]
    assert consent["confirmed_by"] == "guardian"
