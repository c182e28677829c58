"""What is refused to people who come in."""

from __future__ import annotations

from app.errors import RefusedError


class OtpWrongError(RefusedError):
    """The one-time password is not the one that was sent; the guess is counted."""

    slug = "otp-wrong"


class OtpExpiredError(RefusedError):
    """The challenge is unknown, used, past its time or out of guesses: the answer does not say which."""

    slug = "otp-expired"


class SessionExpiredError(RefusedError):
    """The session has ended, or was not refreshed in time."""

    slug = "session-expired"


class SessionReusedError(RefusedError):
    """A refresh token came a second time: somebody holds a copy, so the whole session is ended."""

    slug = "session-reused"


class IdentityNotVerifiedError(RefusedError):
    """The resident has not proven who they are."""

    slug = "identity-not-verified"


class InstallationNotApprovedError(RefusedError):
    """The resident is verified, but this installation has proven no presence yet."""

    slug = "installation-not-approved"


class SecondFactorRequiredError(RefusedError):
    """The caller holds the role, and this session has given no second factor, or gave it too long ago for this."""

    slug = "second-factor-required"
