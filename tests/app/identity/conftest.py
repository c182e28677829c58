from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from app.database import Pool
from app.development.identity_standing_in import IdentityStandIns
from app.identity.model import Applicant
from app.identity.opening import cloud_auth_access, network_identity_access, open_proving_desk
from app.identity.proving import ProvingDesk
from app.sealing import Vault
from app.settings import Settings
from tests.harness.identity import now, serving_identity


@pytest.fixture(scope="session")
async def served(settings: Settings) -> AsyncGenerator[tuple[Settings, IdentityStandIns]]:
    async with serving_identity(settings) as both:
        yield both


@pytest.fixture
def stand_ins(served: tuple[Settings, IdentityStandIns]) -> IdentityStandIns:
    return served[1]


@pytest.fixture
async def desk(served: tuple[Settings, IdentityStandIns], pool: Pool, vault: Vault) -> AsyncGenerator[ProvingDesk]:
    """The real clients, asking the stand-ins over HTTP."""
    settings, _ = served
    opened = open_proving_desk(
        settings, pool, vault, cloud_auth=cloud_auth_access(settings), network=network_identity_access(settings)
    )
    yield opened
    await opened.close()


@pytest.fixture
async def applicant(pool: Pool) -> Applicant:
    """A resident whom nobody has verified."""
    resident_id, installation_id = uuid4(), uuid4()
    statement = "INSERT INTO residents (resident_id, subject_no, created_at) VALUES ($1, $2, $3)"
    await pool.execute(statement, resident_id, resident_id.int >> 65, now())
    return Applicant(resident_id, installation_id)
