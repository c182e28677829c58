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
    """A refresh token came again, though its answer was not lost: somebody holds a copy, so the session is ended."""

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


class LoginAlreadyLinkedError(RefusedError):
    """The account is another resident's login: it stays theirs, and they are told that somebody tried."""

    slug = "login-already-linked"


class LastLoginError(RefusedError):
    """Without this login nobody could come in any more."""

    slug = "last-login"


class IdentityDiffersError(RefusedError):
    """The account belongs to a person who has proven another identity; nothing is said of the one proven now."""

    slug = "identity-differs"


class PresenceRequiredError(RefusedError):
    """The account was locked: a SIM card and what is known of a person do not open it again."""

    slug = "presence-required"


class ClaimNotReadyError(RefusedError):
    """The claim is neither approved nor has it waited long enough."""

    slug = "claim-not-ready"


class ClaimEndedError(RefusedError):
    """The claim was denied, completed, left too long, or the account was locked meanwhile."""

    slug = "claim-ended"


class EndingsUnknownError(RefusedError):
    """This process has not heard for too long which sessions have ended, so it issues no codes."""

    slug = "unavailable"
    retry_after = 1


class BindingEndedError(RefusedError):
    """Nobody is bound to the caller by this id, or not any more: a delegation, or a care relation, that has ended."""

    slug = "binding-ended"


class BindingRestsError(RefusedError):
    """Somebody whom the binding concerns is away for a while: it comes back with them."""

    slug = "binding-rests"


class PresenceEndedError(RefusedError):
    """Nobody stands at this window by this id any more: the minutes are over, or it was closed."""

    slug = "window-presence-ended"


class UnregisteredPersonError(RefusedError):
    """The person at the window has no account here yet; they are registered first."""

    slug = "person-not-registered"


class InvitationEndedError(RefusedError):
    """The invitation was answered, taken back or left too long, or whoever invited cannot be bound to anybody now."""

    slug = "invitation-ended"


class CareLimitError(RefusedError):
    """One of the two has as many relatives, or as many who care for them, as this deployment allows."""

    slug = "care-limit-reached"
