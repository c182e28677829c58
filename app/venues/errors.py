"""What is refused to venues."""

from __future__ import annotations

from app.errors import RefusedError


class CodeRevokedError(RefusedError):
    """Genuine and in time, but ended by its holder; a venue never learns why."""

    slug = "code-revoked"


class CodeAlreadyUsedError(RefusedError):
    """Some scanner accepted this code before."""

    slug = "code-already-used"


class CodeFormRefusedError(RefusedError):
    """Genuine, but made without a network or printed, where the purpose wants a code of this very minute."""

    slug = "code-form-refused"


class PurposeNotRegisteredError(RefusedError):
    """The venue asks for a purpose that it was not approved for."""

    slug = "purpose-not-registered"


class VenueNotApprovedError(RefusedError):
    """An operator has not approved this venue yet."""

    slug = "venue-not-approved"


class ScanNotAnnullableError(RefusedError):
    """The time in which a mistaken scan can be annulled is over."""

    slug = "scan-not-annullable"


class DpopProofInvalidError(RefusedError):
    """The request's proof of possession is missing or wrong; the detail names the claim."""

    slug = "dpop-proof-invalid"


class ScannerKeyRequiredError(RefusedError):
    """The scanner has registered no key yet, and does nothing here without one."""

    slug = "scanner-key-required"


class ScannerKeyRegisteredError(RefusedError):
    """A scanner's key is registered once; another device is another scanner."""

    slug = "scanner-key-registered"


class EnrolmentOverError(RefusedError):
    """The time after enrolment in which a scanner can register its key is over."""

    slug = "enrolment-over"


class ShiftRequiredError(RefusedError):
    """Nobody is signed in on this scanner, and its venue wants to know who scans."""

    slug = "shift-required"


class PinWrongError(RefusedError):
    """The number and the PIN do not go together; the answer does not say which is wrong."""

    slug = "pin-wrong"


class StaffNumberTakenError(RefusedError):
    """Somebody else of this venue has this number."""

    slug = "staff-number-taken"


class VenueJudgedError(RefusedError):
    """The venue is not waiting for an approval, or not approved: somebody was here before."""

    slug = "venue-judged"


class DisputeAnsweredError(RefusedError):
    """The desk has answered this dispute before."""

    slug = "dispute-answered"
