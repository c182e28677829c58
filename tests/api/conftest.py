from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import uuid4

import pytest

from api.services import now
from app.database import Pool
from app.development.enterprise_registry import EnterpriseRegistryStandIn, stand_in_registry_access
from app.development.identity_standing_in import IdentityStandIns
from app.development.mini_programs import invent_mini_programs, write_mini_programs
from app.development.platforms import PlatformStandIns
from app.keeping import create_keys
from app.people.model import Role
from app.recognition.publishing import publish_trust_list
from app.sealing import Vault
from app.settings import Settings
from codes import KeyRing
from tests.api.claimants import Town
from tests.api.harness import Api, Gate, Session, log_in, make_gate, make_person, running_api
from tests.harness.answering import answering
from tests.harness.identity import serving_identity

_MANY = 1_000_000
_MINI_PROGRAMS = "mini-programs.json"


@pytest.fixture(scope="session")
async def ring(settings: Settings, vault: Vault, pool: Pool) -> KeyRing:
    """The deployment's keys, with a trust list published."""
    assert vault
    made = create_keys(settings, development=True, now=now())
    await publish_trust_list(pool, made, lifetime=timedelta(days=1), now=now())
    return made


@pytest.fixture(scope="session")
async def platforms(settings: Settings) -> AsyncGenerator[PlatformStandIns]:
    """WeChat and Alipay, as the application of these tests reaches them; `create_code` logs somebody in."""
    async with answering(PlatformStandIns(settings.data, now)) as server:
        write_mini_programs(settings.data / _MINI_PROGRAMS, invent_mini_programs(settings, server.url))
        yield server.stand_in


@pytest.fixture(scope="session")
async def identity(settings: Settings) -> AsyncGenerator[tuple[Settings, IdentityStandIns]]:
    """Settings that lead to the identity authorities' stand-ins, and those: tell them how a check is to end."""
    async with serving_identity(settings) as served:
        yield served


@pytest.fixture(scope="session")
async def registry(settings: Settings) -> AsyncGenerator[tuple[str, EnterpriseRegistryStandIn]]:
    """Where the enterprise registry's stand-in is, and itself: write companies into it."""
    async with answering(EnterpriseRegistryStandIn(settings, settings.url, now)) as server:
        yield server.url, server.stand_in


@pytest.fixture(scope="session")
def roomy(
    identity: tuple[Settings, IdentityStandIns],
    ring: KeyRing,
    platforms: PlatformStandIns,
    registry: tuple[str, EnterpriseRegistryStandIn],
) -> Settings:
    """The settings without the limits that tests, all from one address, would meet."""
    settings, _ = identity
    assert ring
    assert platforms
    access = stand_in_registry_access(registry[0])
    return dataclasses.replace(
        settings,
        otp_per_address=_MANY,
        logins_per_address=_MANY,
        mini_programs=settings.data / _MINI_PROGRAMS,
        enterprise_registry_url=access.url,
        enterprise_registry_requester=access.requester,
        enterprise_registry_service=access.service,
        enterprise_registry_secret=access.secret,
    )


@pytest.fixture(scope="session")
async def api(roomy: Settings) -> AsyncGenerator[Api]:
    """The application, shared by the tests of a worker."""
    async with running_api(roomy) as running:
        yield running


@pytest.fixture
def town(api: Api, platforms: PlatformStandIns, identity: tuple[Settings, IdentityStandIns]) -> Town:
    """The application, and the platforms and authorities around it."""
    return Town(api, platforms, identity[1])


@pytest.fixture
async def resident(api: Api) -> Session:
    """A verified resident on a trusted installation."""
    return await log_in(api, await make_person(api))


@pytest.fixture
async def unverified(api: Api) -> Session:
    """A resident who has not proven who they are."""
    return await log_in(api, await make_person(api, verified=False))


@pytest.fixture
async def newcomer(api: Api, resident: Session) -> Session:
    """The verified resident again, on an installation that nobody has let in."""
    return await log_in(api, resident.person, uuid4())


@pytest.fixture
async def manager(api: Api) -> Session:
    return await log_in(api, await make_person(api, role=Role.MANAGER))


@pytest.fixture
async def operator(api: Api) -> Session:
    return await log_in(api, await make_person(api, role=Role.OPERATOR))


@pytest.fixture
async def gate(api: Api) -> Gate:
    """A scanner at an approved hospital."""
    return await make_gate(api)
