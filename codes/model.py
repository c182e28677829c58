"""What a code says, and what it is made of."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, StrEnum

import msgspec

PREFIX = "SX1:"
"""Of online dynamic codes. `SX2:` (made by a phone) and `SX3:` (on paper) are their siblings to come."""

# COSE header and CWT claim keys: RFC 9052 section 3.1, RFC 8392 section 4.
ALGORITHM, KEY_ID = 1, 4
ISSUER, EXPIRES, ISSUED, TOKEN_ID = 1, 4, 6, 7
KIND = -70001
"""Of the private range below -65536 (RFC 8392, section 9.1)."""
ES256 = -7

KID_BYTES = 4
HANDLE_BYTES = 16
NONCE_BYTES = 8
CTI_BYTES = HANDLE_BYTES + NONCE_BYTES


class Kind(StrEnum):
    """Whose code it is: the holder's own, a company's by its delegate, or a relative's."""

    PERSONAL = "personal"
    ENTERPRISE = "enterprise"
    CARE = "care"

    @property
    def number(self) -> int:
        """In the claim."""
        return _NUMBERS[self]


_NUMBERS = {Kind.PERSONAL: 1, Kind.ENTERPRISE: 2, Kind.CARE: 3}
KIND_BY_NUMBER = {number: kind for kind, number in _NUMBERS.items()}


class KeyUse(StrEnum):
    """What a key may sign: one use a key, and use and prefix must agree."""

    CODE = "code"
    CERTIFICATE = "certificate"
    PAPER = "paper"
    LICENCE = "licence"
    FEDERATION = "federation"
    LIST = "list"


class MintedCode(msgspec.Struct, frozen=True):
    """A code to be shown; times are whole seconds in UTC."""

    text: str
    issued_at: datetime
    expires_at: datetime
    refresh_after: datetime
    """When a page should ask for the next, so that the one it shows is always good for some seconds more."""


class VerifiedCode(msgspec.Struct, frozen=True):
    """A genuine code's claims; `cti` is the handle, that its issuer alone can open, and a nonce."""

    issuer: str
    kind: Kind
    cti: bytes
    issued_at: datetime
    expires_at: datetime
    kid: bytes

    @property
    def handle(self) -> bytes:
        return self.cti[:HANDLE_BYTES]


class Strictness(Enum):
    """Seconds by which clocks may differ, and the longest life that a dynamic code may claim."""

    SKEW = 30
    LONGEST_LIFE = 300
