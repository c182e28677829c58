"""What is refused to residents who use their rights."""

from __future__ import annotations

from app.errors import RefusedError


class RoleHeldError(RefusedError):
    """Who holds a role gives it back first: the acts done under it must have somebody behind them."""

    slug = "role-held"


class VenueManagedError(RefusedError):
    """Who manages a venue that may scan hands it over or closes it first."""

    slug = "venue-managed"


class ConsentNotSwitchableError(RefusedError):
    """A consent that another act gives or takes back: proving the identity, or leaving."""

    slug = "consent-not-switchable"


class ProofRequiredError(RefusedError):
    """Leaving takes a proof given just now; a session that lies open is none."""

    slug = "proof-required"
