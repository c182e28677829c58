"""What is refused to whoever reports where they are."""

from __future__ import annotations

from app.errors import RefusedError


class LocationConsentMissingError(RefusedError):
    """The resident has not agreed to positions being taken, or agrees no more."""

    slug = "location-consent-missing"


class BackgroundConsentMissingError(RefusedError):
    """The position was taken while the app was closed, to which the resident has not agreed."""

    slug = "background-location-consent-missing"


class BoundariesNotLoadedError(RefusedError):
    """This process does not know yet where provinces lie."""

    slug = "boundaries-not-loaded"
    retry_after = 2
