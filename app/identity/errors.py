"""What is refused to somebody who would prove who they are."""

from __future__ import annotations

from app.errors import RefusedError


class IdentityNotConfirmedError(RefusedError):
    """The authority does not confirm it. Nobody learns whether the person, the name, the phone or the face is wrong."""

    slug = "identity-not-confirmed"


class EvidenceExpiredError(RefusedError):
    """The check is unknown, somebody else's, used or past its time: the answer does not say which."""

    slug = "evidence-expired"


class EvidencePendingError(RefusedError):
    """The check was started, and has not been gone through yet."""

    slug = "evidence-pending"


class EvidenceNotOfferedError(RefusedError):
    """This deployment has no authority for this kind of evidence."""

    slug = "evidence-not-offered"


class GuardianConsentRequiredError(RefusedError):
    """The person is under 14, and no guardian consents, or none does any more."""

    slug = "guardian-consent-required"


class GuardianNotEligibleError(RefusedError):
    """The account is not of somebody who is 18 or older by an ID number proven here."""

    slug = "guardian-not-eligible"
