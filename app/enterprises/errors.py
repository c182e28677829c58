"""What is refused to those who act, or would act, for a company."""

from __future__ import annotations

from app.errors import RefusedError


class EnterpriseUnknownError(RefusedError):
    """The registry knows no entity by this unified social credit code."""

    slug = "enterprise-unknown"


class EnterpriseNotActiveError(RefusedError):
    """The entity is deregistered, or its licence is revoked: nobody acts for it any more."""

    slug = "enterprise-not-active"


class RepresentativeNotConfirmedError(RefusedError):
    """The registry does not confirm that the caller, by name and ID number, is the entity's legal representative."""

    slug = "representative-not-confirmed"


class RegistryNotOfferedError(RefusedError):
    """This deployment has no enterprise registry to ask."""

    slug = "registry-not-offered"


class DelegationClosedError(RefusedError):
    """The invitation was answered, taken back or left too long, or the delegation has ended."""

    slug = "delegation-closed"
