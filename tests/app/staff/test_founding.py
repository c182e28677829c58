from __future__ import annotations

import pytest

from app.errors import NotFoundError
from app.people.model import Role
from app.people.sessions import Doorkeeper
from app.staff.founding import COMMAND_LINE, FoundedError, found_office
from tests.app.staff.harness import START, make_person, refresh_caller


async def test_the_first_two_operators_are_made_at_the_command_line(door: Doorkeeper) -> None:
    await door.pool.execute("DELETE FROM roles WHERE role = 'operator'")
    people = [await make_person(door) for _ in range(3)]

    async def found(number: int, role: Role = Role.OPERATOR) -> bool:
        return await found_office(door.pool, door.vault, phone=people[number].phone, role=role, now=START)

    assert await found(0)
    assert not await found(0)
    assert await found(2, Role.AUDITOR)
    assert await found(1)
    for role in (Role.OPERATOR, Role.MANAGER):
        with pytest.raises(FoundedError):
            await found(2, role)
    assert (await refresh_caller(door, people[0].opened, START)).roles == {Role.OPERATOR}
    acts = await door.pool.fetch(
        "SELECT act, role, object_id FROM acts WHERE actor_id = $1 AND object_id = ANY($2::uuid[]) ORDER BY act_id",
        COMMAND_LINE,
        [person.id for person in people],
    )
    assert [(act["act"], act["role"], act["object_id"]) for act in acts] == [
        ("role.granted:operator", "command-line", people[0].id),
        ("role.granted:auditor", "command-line", people[2].id),
        ("role.granted:operator", "command-line", people[1].id),
    ]


async def test_whom_nobody_knows(door: Doorkeeper) -> None:
    await door.pool.execute("DELETE FROM roles WHERE role = 'operator'")
    with pytest.raises(NotFoundError):
        await found_office(door.pool, door.vault, phone="+8619900000000", role=Role.OPERATOR, now=START)
