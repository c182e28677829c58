"""The enterprise registry that a deployment's settings name, and the desk around it."""

from __future__ import annotations

from datetime import timedelta

from app.database import Pool
from app.enterprises.desk import EnterpriseDesk
from app.enterprises.registry import RegistryAccess, RegistryClient
from app.sealing import Vault
from app.settings import Settings


def registry_access(settings: Settings) -> RegistryAccess | None:
    """None where the deployment has no registry to ask; the settings are there all or none."""
    if settings.enterprise_registry_url is None:
        return None
    return RegistryAccess(
        url=settings.enterprise_registry_url,
        requester=settings.enterprise_registry_requester or "",
        service=settings.enterprise_registry_service or "",
        secret=settings.enterprise_registry_secret or "",
    )


def open_enterprise_desk(settings: Settings, pool: Pool, vault: Vault, access: RegistryAccess | None) -> EnterpriseDesk:
    """Opens the connection to the registry, where there is one; close it when the process stops."""
    return EnterpriseDesk(
        pool=pool,
        vault=vault,
        registry=RegistryClient(access) if access else None,
        claims_daily=settings.enterprise_claims_daily,
        longest=timedelta(days=settings.delegation_longest_days),
        review=timedelta(days=settings.delegation_review_days),
    )


async def close_desk(desk: EnterpriseDesk) -> None:
    """Closes the connection to the registry, where there is one."""
    if desk.registry is not None:
        await desk.registry.close()
