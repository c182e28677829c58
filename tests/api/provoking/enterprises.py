"""Of companies, and of acting for them."""

from __future__ import annotations

import httpx
from msgspec.structs import replace

from api.services import now
from app.development.enterprise_registry import EnterpriseRegistryStandIn
from app.enterprises.model import CompanyState
from tests.api.companies import INVITATIONS, Firm, invite, make_citizen, make_firm
from tests.api.harness import Session
from tests.api.provoking.scene import Provoking, Scene


async def open_firm(scene: Scene) -> tuple[Firm, Session]:
    """A company in the register, and who represents it; the register's files are what all processes share."""
    boss = await make_citizen(scene.api)
    settings = scene.api.services.settings
    stand_in = EnterpriseRegistryStandIn(settings, settings.url, now)
    return make_firm(scene.api, stand_in, boss), boss


async def claim_what_nobody_registered(scene: Scene) -> httpx.Response:
    firm, boss = await open_firm(scene)
    return await firm.claim(boss, unified_social_credit_code="91110000600037341L")


async def claim_what_has_ended(scene: Scene) -> httpx.Response:
    firm, boss = await open_firm(scene)
    return await firm.end(CompanyState.REVOKED).claim(boss)


async def claim_what_is_anothers(scene: Scene) -> httpx.Response:
    firm, _ = await open_firm(scene)
    return await firm.claim(await make_citizen(scene.api))


async def claim_where_no_registry_is(scene: Scene) -> httpx.Response:
    firm, boss = await open_firm(scene)
    services, state = scene.api.services, scene.api.litestar.state
    state.services = replace(services, enterprises=replace(services.enterprises, registry=None))
    try:
        return await firm.claim(boss)
    finally:
        state.services = services


async def accept_too_late(scene: Scene) -> httpx.Response:
    firm, boss = await open_firm(scene)
    handler = await make_citizen(scene.api, name="欧阳兰")
    company_id = (await firm.claimed(boss))["company_id"]
    delegation_id = (await invite(scene.api, boss, company_id, handler.person)).json()["id"]
    await scene.api.services.pool.execute(
        "UPDATE enterprise_delegations SET answer_by = invited_at WHERE delegation_id = $1", delegation_id
    )
    return await scene.api.post(f"{INVITATIONS}/{delegation_id}/accept", by=handler)


PROVOKED: dict[str, Provoking] = {
    "enterprise-unknown": claim_what_nobody_registered,
    "enterprise-not-active": claim_what_has_ended,
    "representative-not-confirmed": claim_what_is_anothers,
    "registry-not-offered": claim_where_no_registry_is,
    "delegation-closed": accept_too_late,
}
