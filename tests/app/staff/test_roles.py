"""Granting and revoking: by whom, to whom, and that what was revoked is over."""

from __future__ import annotations

import asyncio
import dataclasses
from uuid import uuid4

import msgspec
import pytest

from app.database import transaction
from app.errors import ForbiddenError, NotFoundError, TooManyRequestsError
from app.people.endings import EndedSessions, ending
from app.people.errors import SessionExpiredError
from app.people.model import Role
from app.people.sessions import Doorkeeper, refresh
from app.staff.dangerous import standard_acts
from app.staff.errors import OwnRoleError, TwoPersonsRequiredError
from app.staff.proposing import propose_act
from app.staff.registry import Draft
from app.staff.roles import apply_revocation, grant_role, list_staff, revoke_role
from tests.app.staff.harness import (
    START,
    STEP,
    Person,
    enrol,
    invent_phone,
    list_acts,
    list_topics,
    make_person,
    open_with,
    refresh_caller,
)

SMALL = [Role.MANAGER, Role.WINDOW, Role.PUBLISHER, Role.REVIEWER]
GREAT = [Role.OPERATOR, Role.AUDITOR]


async def give(door: Doorkeeper, operator: Person, person: Person, role: Role) -> None:
    await grant_role(door, operator.caller, phone=person.phone, role=role, reason="runs the library", now=START)


async def take(door: Doorkeeper, operator: Person, person: Person, role: Role) -> None:
    await revoke_role(door, operator.caller, resident_id=person.id, role=role, reason="has left the library", now=START)


@pytest.mark.parametrize("role", SMALL)
async def test_one_operator_gives_a_small_role_and_takes_it(
    door: Doorkeeper, operator: Person, resident: Person, role: Role
) -> None:
    await give(door, operator, resident, role)
    await give(door, operator, resident, role)  # once is enough
    assert (await refresh_caller(door, resident.opened, START)).roles == {role}
    await take(door, operator, resident, role)
    assert await list_acts(door, operator) == [f"role.granted:{role}", f"role.revoked:{role}"]
    assert await list_topics(door, resident) == ["staff.role-granted", "staff.role-revoked"]
    with pytest.raises(NotFoundError):
        await take(door, operator, resident, role)


@pytest.mark.parametrize("role", GREAT)
async def test_what_reaches_everybody_takes_two(
    door: Doorkeeper, operator: Person, resident: Person, role: Role
) -> None:
    with pytest.raises(TwoPersonsRequiredError):
        await give(door, operator, resident, role)
    with pytest.raises(TwoPersonsRequiredError):
        await take(door, operator, resident, role)


async def test_nobody_gives_a_role_to_themself(door: Doorkeeper, operator: Person) -> None:
    with pytest.raises(OwnRoleError):
        await give(door, operator, operator, Role.MANAGER)


async def test_looking_for_a_phone_by_giving_it_a_role_is_in_the_log_and_counted(
    door: Doorkeeper, operator: Person
) -> None:
    few = dataclasses.replace(door.settings, desk_looks_per_hour=2)
    asked = msgspec.structs.replace(door, settings=few)
    acts, nobodys = standard_acts(asked), invent_phone()
    draft = Draft(kind="role.grant", reason="is it there", phone=nobodys, role=Role.OPERATOR)
    with pytest.raises(NotFoundError):
        await grant_role(asked, operator.caller, phone=nobodys, role=Role.WINDOW, reason="is it there", now=START)
    with pytest.raises(NotFoundError):
        await propose_act(asked.pool, asked.vault, acts, operator.caller, draft, START)
    assert await list_acts(asked, operator) == ["resident.searched"] * 2
    with pytest.raises(TooManyRequestsError):
        await grant_role(asked, operator.caller, phone=nobodys, role=Role.WINDOW, reason="is it there", now=START)


async def test_a_taken_role_ends_the_session_that_bore_it(door: Doorkeeper, operator: Person, manager: Person) -> None:
    """Without a second factor, which development allows, that is the resident's own; with one, the staff's alone."""
    await take(door, operator, manager, Role.MANAGER)
    ended = EndedSessions(door.pool, 300, lambda: START)
    await ended.catch_up()
    assert manager.caller.session_id in ended
    with pytest.raises(SessionExpiredError):
        await refresh(door, manager.opened.refresh_token, START)

    enrolled = await make_person(door, Role.MANAGER)
    secret, _ = await enrol(door, enrolled)
    opened = await open_with(door, enrolled, secret, START + STEP)
    await take(door, operator, enrolled, Role.MANAGER)
    with pytest.raises(SessionExpiredError):
        await refresh(door, opened.opened.refresh_token, START + STEP)
    assert (await refresh_caller(door, enrolled.opened, START + STEP)).held_roles == frozenset()


async def test_a_session_opened_beside_the_revocation_bears_nothing(
    door: Doorkeeper, operator: Person, manager: Person
) -> None:
    secret, _ = await enrol(door, manager)
    later = START + STEP
    opened, taken = await asyncio.gather(
        open_with(door, manager, secret, later), take(door, operator, manager, Role.MANAGER), return_exceptions=True
    )
    assert taken is None
    if not isinstance(opened, BaseException):
        with pytest.raises(SessionExpiredError):
            await refresh(door, opened.opened.refresh_token, later)
    assert (
        await door.pool.fetchval(
            "SELECT count(*) FROM sessions WHERE resident_id = $1 AND staff_until IS NOT NULL AND ended_at IS NULL",
            manager.id,
        )
        == 0
    )


async def test_the_last_operator_stays(door: Doorkeeper) -> None:
    """Two who remove each other at once: one of them remains."""
    await door.pool.execute("DELETE FROM roles WHERE role = 'operator'")
    first, second = [await make_person(door, Role.OPERATOR) for _ in range(2)]

    async def remove(by: Person, whom: Person) -> None:
        async with ending(door.pool) as db:
            await apply_revocation(db, door, by.caller, whom.id, Role.OPERATOR, reason="moves on", now=START)

    answers = await asyncio.gather(remove(first, second), remove(second, first), return_exceptions=True)
    assert sorted(map(type, answers), key=str) == sorted([type(None), ForbiddenError], key=str)
    assert await door.pool.fetchval("SELECT count(*) FROM roles WHERE role = 'operator'") == 1


async def test_the_list_has_everybody_once(door: Doorkeeper, operator: Person) -> None:
    several = await make_person(door, Role.MANAGER, Role.PUBLISHER)
    await enrol(door, several)
    found, after = [], None
    while page := await list_staff(door.pool, door.vault, after=after, limit=2):
        found += page
        after = page[-1].resident_id
    ids = [one.resident_id for one in found]
    assert len(ids) == len(set(ids))
    [row] = [one for one in found if one.resident_id == several.id]
    assert (row.masked_name, row.roles, row.has_factor) == ("王**", [Role.MANAGER, Role.PUBLISHER], True)
    assert [one.has_factor for one in found if one.resident_id == operator.id] == [False]


async def test_nobodys_role_cannot_be_taken(door: Doorkeeper, operator: Person) -> None:
    async with transaction(door.pool) as db:
        with pytest.raises(NotFoundError):
            await apply_revocation(db, door, operator.caller, uuid4(), Role.AUDITOR, reason="none", now=START)
