"""What licences refuse."""

from __future__ import annotations

from app.errors import RefusedError


class LicenceNotGoodError(RefusedError):
    """It is expired, cancelled, revoked, withdrawn or taken the place of: it is looked at by its holder alone."""

    slug = "licence-not-good"


class RegistryUnknownError(RefusedError):
    """No registry of licences of this deployment has this id."""

    slug = "registry-unknown"
