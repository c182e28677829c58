"""What is refused to venues."""

from __future__ import annotations

from app.errors import RefusedError


class CodeRevokedError(RefusedError):
    """Genuine and in time, but ended by its holder; a venue never learns why."""

    slug = "code-revoked"


class CodeAlreadyUsedError(RefusedError):
    """Some scanner accepted this code before."""

    slug = "code-already-used"


class PurposeNotRegisteredError(RefusedError):
    """The venue asks for a purpose that it was not approved for."""

    slug = "purpose-not-registered"


class VenueNotApprovedError(RefusedError):
    """An operator has not approved this venue yet."""

    slug = "venue-not-approved"


class ScanNotAnnullableError(RefusedError):
    """The time in which a mistaken scan can be annulled is over."""

    slug = "scan-not-annullable"
