"""The one way in which the rest of the house has an identity proven."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.identity.model import (
    Applicant,
    CredentialCheck,
    EvidenceKind,
    FaceCheck,
    IdentityClaim,
    ProvenIdentity,
)


class IdentityAuthority(Protocol):
    """Starts checks and proves claims. Call none of it inside a transaction: each asks a provider.

    Besides what is said below, each raises EvidenceNotOfferedError where the deployment has no such provider,
    TooManyRequestsError where a resident has tried too often, and ProviderUnavailableError or ProviderRefusedError
    (app/platforms/errors.py) where the provider fails.
    """

    @property
    def kinds(self) -> frozenset[EvidenceKind]:
        """The evidence that this deployment can judge."""
        ...

    async def close(self) -> None:
        """Closes the connections to the providers."""
        ...

    async def start_face_check(
        self, applicant: Applicant, *, name: str, id_number: str, device: str, return_url: str | None, now: datetime
    ) -> FaceCheck:
        """Begins a face check of this person on this installation; good once, within ten minutes.

        `device` is what the authority's SDK says of the phone (its MetaInfo), passed on as it came. Raises InvalidError
        for a name or number that cannot be.
        """
        ...

    async def start_credential_check(self, applicant: Applicant, now: datetime) -> CredentialCheck:
        """Makes the sequence number that a network credential must answer; good once, within five minutes."""
        ...

    async def prove(self, claim: IdentityClaim, now: datetime) -> ProvenIdentity:
        """What the authority confirms; the evidence is used by it.

        Raises InvalidError, IdentityNotConfirmedError, EvidenceExpiredError or EvidencePendingError.
        """
        ...
