"""The identity authority that a deployment's settings name."""

from __future__ import annotations

from app.database import Pool
from app.identity.cloud_auth import CloudAuth, CloudAuthAccess
from app.identity.network_identity import NetworkIdentityAccess, NetworkIdentityAuthority, read_keys
from app.identity.proving import ProvingDesk
from app.sealing import Vault
from app.settings import Settings


def cloud_auth_access(settings: Settings) -> CloudAuthAccess | None:
    """None where the deployment has no authority for faces and carriers; the settings are there all or none."""
    if settings.identity_url is None or settings.identity_scene_id is None:
        return None
    return CloudAuthAccess(
        url=settings.identity_url,
        access_key_id=settings.identity_access_key_id or "",
        access_key_secret=settings.identity_access_key_secret or "",
        scene_id=settings.identity_scene_id,
    )


def network_identity_access(settings: Settings) -> NetworkIdentityAccess | None:
    """None where the deployment has no network identity authority; the settings are there all or none."""
    if settings.network_identity_url is None or settings.network_identity_keys is None:
        return None
    return NetworkIdentityAccess(
        url=settings.network_identity_url,
        secret=settings.network_identity_secret or "",
        organisation=settings.network_identity_organisation or "",
        application=settings.network_identity_application or "",
        keys=read_keys(settings.network_identity_keys),
    )


def open_proving_desk(
    settings: Settings,
    pool: Pool,
    vault: Vault,
    *,
    cloud_auth: CloudAuthAccess | None,
    network: NetworkIdentityAccess | None,
) -> ProvingDesk:
    """Opens the connections to what there is; close it when the process stops."""
    return ProvingDesk(
        pool,
        vault,
        cloud_auth=CloudAuth(cloud_auth) if cloud_auth else None,
        network=NetworkIdentityAuthority(network) if network else None,
        attempts_daily=settings.identity_attempts_daily,
        judges_foreigners=settings.identity_judges_foreigners,
    )
