"""What showing, asking and handing over licences refuses."""

from __future__ import annotations

from app.errors import RefusedError


class ReceiptInvalidError(RefusedError):
    """It is no receipt, or none that a province's federation key signed as it stands; the detail says which."""

    slug = "receipt-invalid"


class CopySpentError(RefusedError):
    """A copy is downloaded once, within ten minutes: it was, or they are over, or there never was such a token."""

    slug = "copy-spent"


class CopyMalformedError(RefusedError):
    """What is to be checked is no licence's copy at all."""

    slug = "copy-malformed"


class FieldsNotAllowedError(RefusedError):
    """More is asked, or shown, than the venue's purpose may ask of this kind of licence; the detail says what."""

    slug = "fields-not-allowed"


class LicenceNotHeldError(RefusedError):
    """What was chosen is no licence of the kind that is asked for, or none that the caller may show."""

    slug = "licence-not-held"


class ConsentRefusedError(RefusedError):
    """Whoever was asked said no; a venue never learns why."""

    slug = "consent-refused"


class ConsentTimedOutError(RefusedError):
    """Nobody answered in time."""

    slug = "consent-timed-out"


class PresentationAnsweredError(RefusedError):
    """The question was answered before, be it a moment ago on another phone."""

    slug = "presentation-answered"


class PresentationEndedError(RefusedError):
    """The question was taken back or ran out, or what was told lay there until its time was over."""

    slug = "presentation-ended"


class IssuerUntrustedError(RefusedError):
    """Genuinely signed, and of a kind that this signer, or the authority that it names, may not vouch for."""

    slug = "presentation-issuer-untrusted"


class PresentationRevokedError(RefusedError):
    """The credential has ended before its time, by its licence, its holder or its issuer: nobody is told which."""

    slug = "presentation-revoked"


class PresentationReplayedError(RefusedError):
    """The credential was shown before; each is for one showing."""

    slug = "presentation-replayed"


class VerifierUnknownError(RefusedError):
    """Who asks is registered nowhere here, or not approved, or no more."""

    slug = "verifier-unknown"


class ResponseAddressRefusedError(RefusedError):
    """The answer was to go, or the question to come from, where this verifier is not, or an inner address."""

    slug = "response-address-refused"


class RequestInvalidError(RefusedError):
    """A verifier's question that is malformed, too old, meant for somebody else, or signed by none of its keys."""

    slug = "request-object-invalid"


class RequestUnsupportedError(RefusedError):
    """A verifier's question that asks in a way, or for something, that this wallet does not answer."""

    slug = "request-unsupported"


class VerifierExistsError(RefusedError):
    """Another verifier has this client_id."""

    slug = "verifier-exists"


class NotDeliveredError(RefusedError):
    """The verifier did not take the answer; it lies here for some minutes and can be sent again."""

    slug = "answer-not-delivered"


class MaterialsNotAgreedError(RefusedError):
    """Whoever stands at the window has not agreed yet, on their phone, or at the window where they have none."""

    slug = "materials-not-agreed"
