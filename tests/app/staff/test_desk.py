"""Looking for a resident: by the whole number, for a reason, told to them, and only so often."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from uuid import uuid4

import pytest

from app.errors import InvalidError, NotFoundError, TooManyRequestsError
from app.people.acting import open_reason
from app.people.errors import SessionExpiredError
from app.people.sessions import Doorkeeper, refresh
from app.staff import desk
from app.staff.dangerous import standard_acts
from app.staff.errors import LookExpiredError
from app.staff.model import Look
from app.staff.proposing import propose_act
from app.staff.registry import Draft
from tests.app.staff.harness import START, Person, list_acts, list_topics, make_person

ASKED = {"reason": "lost the phone, calls the hotline", "case_reference": "H-2026-17"}


async def look(door: Doorkeeper, by: Person, *, phone: str | None = None, id_number: str | None = None) -> Look:
    return await desk.find_resident(door, by.caller, phone=phone, id_number=id_number, now=START, **ASKED)


async def test_found_by_the_whole_phone_or_the_whole_id_number(
    door: Doorkeeper, operator: Person, resident: Person
) -> None:
    for given in ({"phone": resident.phone}, {"phone": resident.phone[3:]}, {"id_number": resident.id_number}):
        found = await look(door, operator, **given)
        assert (found.masked_name, found.verified, found.locked, found.installations) == ("王**", True, False, 1)
        assert found.masked_phone == f"{resident.phone[3:6]}****{resident.phone[-4:]}"
        assert found.look_id != resident.id


async def test_a_look_is_kept_with_its_reason_and_told(door: Doorkeeper, operator: Person, resident: Person) -> None:
    await look(door, operator, phone=resident.phone)
    assert await list_topics(door, resident) == ["staff.looked"]
    [act] = await door.pool.fetch("SELECT * FROM acts WHERE actor_id = $1", operator.id)
    assert (act["act"], act["object_id"], act["role"]) == ("resident.searched", resident.id, "operator")
    words = f"{ASKED['case_reference']}: {ASKED['reason']}"
    assert await open_reason(door.pool, door.vault, act["sealed_reason"], act["sealed_for"]) == words
    assert act["sealed_for"] == resident.id
    assert b"hotline" not in act["sealed_reason"]


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None)])
async def test_a_part_of_a_number_finds_nobody(
    door: Doorkeeper, operator: Person, resident: Person, cut: slice
) -> None:
    for given in ({"phone": resident.phone[3:][cut]}, {"id_number": resident.id_number[cut]}):
        with pytest.raises((InvalidError, NotFoundError)):
            await look(door, operator, **given)
    assert await list_topics(door, resident) == []


async def test_looking_for_nobody_is_kept_too(door: Doorkeeper, operator: Person) -> None:
    with pytest.raises(NotFoundError):
        await look(door, operator, phone="+8619900000000")
    assert await list_acts(door, operator) == ["resident.searched"]


async def test_one_of_the_two_is_asked_for(door: Doorkeeper, operator: Person, resident: Person) -> None:
    for given in ({}, {"phone": resident.phone, "id_number": resident.id_number}):
        with pytest.raises(InvalidError):
            await look(door, operator, **given)


async def test_only_so_many_an_hour(door: Doorkeeper, operator: Person, resident: Person) -> None:
    few = dataclasses.replace(door.settings, desk_looks_per_hour=2)
    busy = Doorkeeper(door.pool, door.vault, few, door.access_tokens, door.refresh_tokens)
    for _ in range(2):
        await look(busy, operator, phone=resident.phone)
    with pytest.raises(TooManyRequestsError) as refused:
        await look(busy, operator, phone=resident.phone)
    assert refused.value.retry_after == 3601


async def test_the_hotline_locks_for_a_caller(door: Doorkeeper, operator: Person, resident: Person) -> None:
    found = await look(door, operator, phone=resident.phone)
    await desk.lock_for_caller(door, operator.caller, found.look_id, reason="phone was stolen", now=START)
    with pytest.raises(SessionExpiredError):
        await refresh(door, resident.opened.refresh_token, START)
    assert await list_topics(door, resident) == ["staff.looked", "account.locked-by-desk"]
    assert await list_acts(door, operator) == ["resident.searched", "resident.locked"]
    again = await look(door, operator, phone=resident.phone)
    assert (again.locked, again.installations) == (True, 0)


async def test_a_look_is_its_finders_for_a_quarter_of_an_hour(
    door: Doorkeeper, operator: Person, other_operator: Person, resident: Person
) -> None:
    found = await look(door, operator, phone=resident.phone)
    late = START + timedelta(minutes=15)

    async def lock(by: Person, look_id: object, now: object) -> None:
        await desk.lock_for_caller(door, by.caller, look_id, reason="stolen", now=now)  # type: ignore[arg-type]

    with pytest.raises(NotFoundError):
        await lock(other_operator, found.look_id, START)
    with pytest.raises(NotFoundError):
        await lock(operator, uuid4(), START)
    with pytest.raises(NotFoundError):
        await lock(operator, resident.id, START)
    with pytest.raises(LookExpiredError):
        await lock(operator, found.look_id, late)
    assert await list_topics(door, resident) == ["staff.looked"]


async def test_erasing_is_proposed_upon_a_look(door: Doorkeeper, operator: Person, resident: Person) -> None:
    async def erase(*_: object) -> None:
        raise AssertionError("nobody approved it")

    found = await look(door, operator, phone=resident.phone)
    draft = Draft(kind="resident.erase", reason="asked in writing", look_id=found.look_id)
    acts = standard_acts(door, erase=erase)
    proposal = await propose_act(door.pool, door.vault, acts, operator.caller, draft, START)
    assert proposal.object_id == resident.id
    assert proposal.sealed_for == resident.id


async def test_an_unverified_resident_is_found_without_a_name(door: Doorkeeper, operator: Person) -> None:
    person = await make_person(door, verified=False)
    found = await look(door, operator, phone=person.phone)
    assert (found.masked_name, found.verified, found.installations) == (None, False, 0)
