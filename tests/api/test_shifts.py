"""Staff sign in on a shared scanner for a shift, and each look is somebody's, by a pseudonym."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest

from app.people.model import Role
from tests.api.asking import make_hotel
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_gate, make_person, scan, slug_of
from tests.api.test_scanners import own_gate, path_of

__all__ = ["own_gate"]

_SHIFTS = "/v1/scanner/shifts"


class Colleague(NamedTuple):
    """Somebody of the staff."""

    staff_id: str
    number: str
    pin: str

    @property
    def pseudonym(self) -> str:
        return self.staff_id.replace("-", "")[-4:].upper()


async def add(api: Api, manager: Session, gate: Gate, number: str, name: str = "张三") -> Colleague:
    added = await api.post(path_of(gate, "/staff"), by=manager, json={"name": name, "number": number})
    assert added.status_code == 201, added.text
    return Colleague(added.json()["staff_id"], number, added.json()["pin"])


async def sign_in(api: Api, gate: Gate, who: Colleague, pin: str | None = None) -> httpx.Response:
    return await api.post(_SHIFTS, by=gate, json={"number": who.number, "pin": pin or who.pin})


async def shift_of(api: Api, gate: Gate) -> dict[str, str] | None:
    shift: dict[str, str] | None = (await api.get("/v1/scanner", by=gate)).json()["shift"]
    return shift


def other_than(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06}"


@pytest.fixture
async def strict_gate(api: Api, manager: Session, own_gate: Gate) -> Gate:
    """A scanner on which nobody scans without having signed in."""
    await api.patch(path_of(own_gate), by=manager, json={"requires_shift": True})
    return own_gate


async def test_a_look_names_whoever_was_signed_in(
    api: Api, manager: Session, strict_gate: Gate, resident: Session
) -> None:
    first, second = await add(api, manager, strict_gate, "A1"), await add(api, manager, strict_gate, "A2")
    code = await issue_code(api, resident)
    refused = await scan(api, strict_gate, code)
    assert (refused.status_code, slug_of(refused)) == (403, "shift-required")
    opened = await sign_in(api, strict_gate, first)
    assert opened.status_code == 201, opened.text
    shift = opened.json()
    assert (shift["number"], shift["staff"]) == ("A1", first.pseudonym)
    ends_in = datetime.fromisoformat(shift["ends_at"]) - datetime.now(UTC)
    assert timedelta(hours=11) < ends_in <= timedelta(hours=12)
    assert await shift_of(api, strict_gate) == shift
    assert (await scan(api, strict_gate, code)).status_code == 201
    await sign_in(api, strict_gate, second)
    assert (await scan(api, strict_gate, await issue_code(api, resident))).status_code == 201
    accesses = (await api.get("/v1/me/accesses", by=resident, headers={"Accept-Language": "en"})).json()["items"]
    assert [one["staff"] for one in accesses] == [f"Staff {second.pseudonym}", f"Staff {first.pseudonym}"]
    chinese = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert chinese[0]["staff"] == f"工作人员 {second.pseudonym}"


async def test_a_look_that_is_agreed_to_later_is_theirs_who_asked(
    api: Api, manager: Session, resident: Session
) -> None:
    """Whoever is signed in when the resident says yes; and nobody's where nobody was signed in when it was asked."""
    hotel = await make_hotel(api, resident)
    manage = "UPDATE venues SET manager_id = $2 WHERE venue_id = $1"
    await api.services.pool.execute(manage, hotel.gate.venue_id, manager.person.resident_id)
    first, second = [await add(api, manager, hotel.gate, number) for number in ("A1", "A2")]
    asked_by_nobody = await hotel.asked()
    await sign_in(api, hotel.gate, first)
    asked_by_first = await hotel.asked()
    await sign_in(api, hotel.gate, second)
    for asked in (asked_by_nobody, asked_by_first):
        await hotel.open(asked)
        assert (await hotel.grant(asked)).status_code == 200
    accesses = (await api.get("/v1/me/accesses", by=resident, headers={"Accept-Language": "en"})).json()["items"]
    assert [one["staff"] for one in accesses] == [f"Staff {first.pseudonym}", None]


async def test_a_shift_is_one_persons_and_ends(
    api: Api, manager: Session, strict_gate: Gate, resident: Session
) -> None:
    who = await add(api, manager, strict_gate, "7")
    await sign_in(api, strict_gate, who)
    assert (await api.delete(f"{_SHIFTS}/current", by=strict_gate)).status_code == 204
    assert (await api.delete(f"{_SHIFTS}/current", by=strict_gate)).status_code == 204
    assert await shift_of(api, strict_gate) is None
    await sign_in(api, strict_gate, who)
    await api.services.pool.execute(
        "UPDATE shifts SET ends_at = $2 WHERE scanner_id = $1", strict_gate.scanner_id, datetime.now(UTC)
    )
    assert await shift_of(api, strict_gate) is None
    assert slug_of(await scan(api, strict_gate, await issue_code(api, resident))) == "shift-required"
    assert (await sign_in(api, strict_gate, who)).status_code == 201


async def test_whoever_is_removed_is_signed_out_at_once(
    api: Api, manager: Session, strict_gate: Gate, resident: Session
) -> None:
    who = await add(api, manager, strict_gate, "7")
    await sign_in(api, strict_gate, who)
    path = path_of(strict_gate, f"/staff/{who.staff_id}")
    for _ in range(2):
        assert (await api.delete(path, by=manager)).status_code == 204
    assert slug_of(await scan(api, strict_gate, await issue_code(api, resident))) == "shift-required"
    assert slug_of(await sign_in(api, strict_gate, who)) == "pin-wrong"
    assert (await api.get(path_of(strict_gate, "/staff"), by=manager)).json()["items"] == []
    successor = await add(api, manager, strict_gate, "7", "李四")
    assert successor.staff_id != who.staff_id


async def test_a_repeated_scan_gets_its_answer_after_the_shift(
    api: Api, manager: Session, strict_gate: Gate, resident: Session
) -> None:
    await sign_in(api, strict_gate, await add(api, manager, strict_gate, "7"))
    code = await issue_code(api, resident)
    first = await scan(api, strict_gate, code, key="k")
    await api.delete(f"{_SHIFTS}/current", by=strict_gate)
    again = await scan(api, strict_gate, code, key="k")
    assert (again.status_code, again.json()) == (201, first.json())


async def test_five_wrong_guesses_lock_the_number_and_no_other(api: Api, manager: Session, own_gate: Gate) -> None:
    who, other = await add(api, manager, own_gate, "1"), await add(api, manager, own_gate, "2")
    for _ in range(4):
        assert slug_of(await sign_in(api, own_gate, who, other_than(who.pin))) == "pin-wrong"
    assert (await sign_in(api, own_gate, who)).status_code == 201, "a right one clears the count"
    for _ in range(5):
        assert slug_of(await sign_in(api, own_gate, who, other_than(who.pin))) == "pin-wrong"
    locked = await sign_in(api, own_gate, who)
    assert (locked.status_code, slug_of(locked)) == (429, "too-many-requests")
    assert 0 < int(locked.headers["retry-after"]) <= 900
    assert (await sign_in(api, own_gate, other)).status_code == 201


async def test_guesses_at_once_share_one_count(api: Api, manager: Session, own_gate: Gate) -> None:
    who = await add(api, manager, own_gate, "1")
    guesses = await asyncio.gather(*(sign_in(api, own_gate, who, other_than(who.pin)) for _ in range(9)))
    assert sorted(slug_of(one) for one in guesses) == ["pin-wrong"] * 5 + ["too-many-requests"] * 4


async def test_a_number_that_nobody_has_is_answered_alike(api: Api, own_gate: Gate) -> None:
    nobody = Colleague("", "404", "123456")
    for _ in range(5):
        assert slug_of(await sign_in(api, own_gate, nobody)) == "pin-wrong"
    assert slug_of(await sign_in(api, own_gate, nobody)) == "too-many-requests"


async def test_two_who_sign_in_at_once_do_so_one_after_the_other(api: Api, manager: Session, own_gate: Gate) -> None:
    staff = [await add(api, manager, own_gate, str(number)) for number in range(4)]
    answers = await asyncio.gather(*(sign_in(api, own_gate, who) for who in staff))
    assert [one.status_code for one in answers] == [201] * 4
    open_shifts = "SELECT count(*) FROM shifts WHERE scanner_id = $1 AND closed_at IS NULL"
    assert await api.services.pool.fetchval(open_shifts, own_gate.scanner_id) == 1


async def test_staff_are_their_own_venues(api: Api, manager: Session, own_gate: Gate) -> None:
    who = await add(api, manager, own_gate, "1")
    elsewhere = await make_gate(api)
    assert slug_of(await sign_in(api, elsewhere, who)) == "pin-wrong"
    stranger = await log_in(api, await make_person(api, role=Role.MANAGER))
    refused = [
        await api.get(path_of(own_gate, "/staff"), by=stranger),
        await api.post(path_of(own_gate, "/staff"), by=stranger, json={"name": "x", "number": "9"}),
        await api.delete(path_of(own_gate, f"/staff/{who.staff_id}"), by=stranger),
        await api.delete(path_of(own_gate, f"/staff/{UUID(int=5)}"), by=manager),
    ]
    assert [slug_of(one) for one in refused] == ["not-found"] * 4


async def test_a_name_is_for_the_manager_and_sealed(api: Api, manager: Session, own_gate: Gate) -> None:
    who = await add(api, manager, own_gate, "1", "欧阳不见")
    taken = await api.post(path_of(own_gate, "/staff"), by=manager, json={"name": "x", "number": "1"})
    assert (taken.status_code, slug_of(taken)) == (409, "staff-number-taken")
    [seen] = (await api.get(path_of(own_gate, "/staff"), by=manager)).json()["items"]
    assert (seen["name"], seen["number"], seen["pseudonym"]) == ("欧阳不见", "1", who.pseudonym)
    row = await api.services.pool.fetchrow("SELECT * FROM venue_staff WHERE staff_id = $1::uuid", who.staff_id)
    assert row is not None
    assert "欧阳不见".encode() not in row["sealed_name"]
    assert who.pin not in str(dict(row))
    many = [(await add(api, manager, own_gate, f"n{number}")).pseudonym for number in range(6)]
    assert len({*many, who.pseudonym}) == 7
    page = (await api.get(path_of(own_gate, "/staff"), by=manager, params={"limit": 3})).json()
    assert len(page["items"]) == 3
    assert page["next_cursor"]
