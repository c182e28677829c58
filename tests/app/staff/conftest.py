from __future__ import annotations

import dataclasses

import pytest

from app.database import Pool
from app.people.model import Role
from app.people.sessions import Doorkeeper
from app.sealing import Vault
from app.settings import Settings
from tests.app.staff.harness import Person, make_person, open_door


@pytest.fixture
def door(pool: Pool, vault: Vault, settings: Settings) -> Doorkeeper:
    """A development deployment: a second factor is asked of whoever has one."""
    return open_door(pool, vault, settings)


@pytest.fixture
def strict_door(pool: Pool, vault: Vault, settings: Settings) -> Doorkeeper:
    """A second factor is asked of all staff."""
    return open_door(pool, vault, dataclasses.replace(settings, staff_second_factor="required"))


@pytest.fixture
async def operator(door: Doorkeeper) -> Person:
    return await make_person(door, Role.OPERATOR)


@pytest.fixture
async def other_operator(door: Doorkeeper) -> Person:
    return await make_person(door, Role.OPERATOR)


@pytest.fixture
async def manager(door: Doorkeeper) -> Person:
    return await make_person(door, Role.MANAGER)


@pytest.fixture
async def resident(door: Doorkeeper) -> Person:
    return await make_person(door)
