"""What asking for licences takes."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from app.credentials.places import StatusPlaces
from app.database import Pool
from app.licences.holding import LicenceDesk
from app.limits import Limit
from app.sealing import Vault
from app.wallet.postman import Postman
from codes import KeyRing, KeyUse
from codes.request_objects import name_verifier


class AskingRoom(msgspec.Struct, frozen=True):
    """One process's share of it."""

    pool: Pool
    vault: Vault
    ring: KeyRing
    places: StatusPlaces
    url: str
    """Where clients and other wallets reach this deployment; credentials name it as their issuer."""
    lifetime: timedelta
    """In which a question may be answered."""
    limit: Limit
    """How often one venue may ask one resident."""
    most_credentials: int
    postman: Postman

    @property
    def licences(self) -> LicenceDesk:
        return LicenceDesk(self.pool, self.vault)

    def audience(self, now: datetime) -> str:
        """Whom a holder's signature names: this deployment, as OpenID4VP calls a verifier by its certificate."""
        return name_verifier(self.ring.current(KeyUse.FEDERATION, now), self.url)
