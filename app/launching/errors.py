"""Why `suixing serve` did not come up."""

from __future__ import annotations

from app.embedded import EmbeddedError
from app.errors import SettingsError


class AddressError(SettingsError):
    """SUIXING_HOST and SUIXING_PORT name no address that can be listened on."""


class StartError(EmbeddedError):
    """The server processes did not come up; what they wrote stands above the message."""
