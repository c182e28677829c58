"""How a development server is wired to its own stand-ins of the identity authorities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from app.development.identity_cloud_auth import CloudAuthStandIn
from app.development.identity_files import IdentityFiles
from app.development.identity_network import NetworkIdentityStandIn, public_keys
from app.development.identity_register import IdentityRegister
from app.development.mishaps import Answer
from app.identity.cloud_auth import CloudAuthAccess
from app.identity.network_identity import NetworkIdentityAccess
from app.settings import Settings

IDENTITY_PATH = "/v1/development/identity"
_CLOUD_AUTH = f"{IDENTITY_PATH}/cloud-auth"
_NETWORK = f"{IDENTITY_PATH}/network"
_SECRET = "development-only"  # noqa: S105  of the stand-in, which production never loads


def face_page_of(check_id: UUID) -> str:
    """Where a browser goes through a face check."""
    return f"{IDENTITY_PATH}/face-pages/{check_id}"


def open_identity_files(settings: Settings) -> IdentityFiles:
    """Where the stand-ins keep what they were asked."""
    return IdentityFiles(settings.data / "identity-stand-in")


def stand_in_cloud_auth_access(url: str) -> CloudAuthAccess:
    """Speaks to the stand-in of the server at `url`."""
    return CloudAuthAccess(
        url=f"{url}{_CLOUD_AUTH}", access_key_id="development", access_key_secret=_SECRET, scene_id="1000000001"
    )


def stand_in_network_access(url: str, files: IdentityFiles, now: datetime) -> NetworkIdentityAccess:
    """Speaks to the stand-in of the server at `url`, and trusts its key."""
    return NetworkIdentityAccess(
        url=f"{url}{_NETWORK}",
        secret=_SECRET,
        organisation="00000001",
        application="0001",
        keys=public_keys(files, now),
    )


class IdentityStandIns:
    """All of them, by path; one a process, since they remember the nonces they have seen."""

    def __init__(self, settings: Settings, url: str, now: Callable[[], datetime]) -> None:
        files = open_identity_files(settings)
        self.files = files
        self.register = IdentityRegister(settings.province, now())

        def page_url(check_id: UUID) -> str:
            return f"{url}{face_page_of(check_id)}"

        self.cloud_auth = CloudAuthStandIn(
            stand_in_cloud_auth_access(url), files, self.register, page_url=page_url, now=now
        )
        self.network = NetworkIdentityStandIn(stand_in_network_access(url, files, now()), files, self.register, now)

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Passes a request to whom its path names."""
        stand_in = self.network if path.startswith(_NETWORK) else self.cloud_auth
        return stand_in.handle(method, path, query, headers, body)
