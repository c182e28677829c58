"""What a code says, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as files and lists have it: with its zone, or it is refused."""

# COSE header and CWT claim keys: RFC 9052 section 3.1, RFC 8392 section 4.
ALGORITHM, KEY_ID = 1, 4
ISSUER, EXPIRES, ISSUED, TOKEN_ID = 1, 4, 6, 7
CONFIRMATION = 8
"""Whose key may speak for the token: cnf (RFC 8747)."""
CERTIFICATE = 13
"""In a header, a CWT that certifies the signer's key: kcwt (RFC 9528)."""
KIND, STANDING, LICENCE = -70001, -70002, -70003
"""Of the private range below -65536 (RFC 8392, section 9.1): the kind; the kind with a place in a status list; and the
handle of the licence that is shown."""
ES256 = -7

KID_BYTES = 4
HANDLE_BYTES = 16
NONCE_BYTES = 8
CTI_BYTES = HANDLE_BYTES + NONCE_BYTES

SKEW_SECONDS = 30
"""By which a verifier's clock may be behind the issuer's."""
LONGEST_LIFE_SECONDS = 300
"""Of a dynamic code or a licence in hand, whatever it claims."""
LONGEST_PAPER_SECONDS = 180 * 86400
LONGEST_CERTIFICATE_SECONDS = 12 * 3600
LONGEST_CREDENTIAL_SECONDS = 14 * 86400
"""Of a licence's credential that a phone holds, or a checker was handed."""
PHONE_LIFE_SECONDS = 60
"""Of a code that a phone made, from when it says that it did."""


def to_seconds(moment: datetime) -> float:
    """POSIX seconds; raises ValueError without a zone, since what is meant as UTC would be read as local time."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.timestamp()


@lru_cache(maxsize=1024)
def to_datetime(seconds: int) -> datetime:
    """The other way; remembered, since the codes of one moment share few seconds among them."""
    return datetime.fromtimestamp(seconds, UTC)


class KeyUse(StrEnum):
    """What a key may sign: one use a key, and use and prefix must agree."""

    CODE = "code"
    CERTIFICATE = "certificate"
    PAPER = "paper"
    LICENCE = "licence"
    FEDERATION = "federation"
    LIST = "list"


PREFIX, PHONE_PREFIX, PAPER_PREFIX, LICENCE_PREFIX = "SX1:", "SX2:", "SX3:", "SX4:"
"""Of online dynamic codes, of codes that phones make without a network, of codes on paper, and of licences in hand."""
PREFIXES: Mapping[str, KeyUse] = MappingProxyType(
    {
        PREFIX: KeyUse.CODE,
        PHONE_PREFIX: KeyUse.CERTIFICATE,
        PAPER_PREFIX: KeyUse.PAPER,
        LICENCE_PREFIX: KeyUse.LICENCE,
    }
)
"""What a text begins with, and the use of the keys that may vouch for it."""


class Kind(StrEnum):
    """Whose code it is: the holder's own, a company's by its delegate, or a relative's."""

    PERSONAL = "personal"
    ENTERPRISE = "enterprise"
    CARE = "care"


KIND_NUMBERS: Mapping[Kind, int] = MappingProxyType({Kind.PERSONAL: 1, Kind.ENTERPRISE: 2, Kind.CARE: 3})
"""As the claim has them."""
KINDS_BY_NUMBER: Mapping[int, Kind] = MappingProxyType({number: kind for kind, number in KIND_NUMBERS.items()})


class MintedCode(msgspec.Struct, frozen=True):
    """A code to be shown; times are whole seconds in UTC."""

    text: str
    issued_at: datetime
    expires_at: datetime
    refresh_after: datetime
    """When a page should ask for the next, so that the one it shows is always good for some seconds more."""


class StatusReference(msgspec.Struct, frozen=True):
    """Where a status list says whether something that lives long was revoked; both numbers are below 2³²."""

    list_no: int
    index: int


class VerifiedCode(msgspec.Struct, frozen=True):
    """A genuine code's claims; `cti` is the handle, that its issuer alone can open, and a nonce."""

    issuer: str
    kind: Kind
    cti: bytes
    issued_at: datetime
    expires_at: datetime
    kid: bytes
    use: KeyUse = KeyUse.CODE
    """Of the issuer's key: it says whether the code came from the server, a phone or paper, or shows a licence."""
    status: StatusReference | None = None
    """Of what lives long: a paper code, a phone's certificate."""
    certified_at: datetime | None = None
    """When the issuer certified the phone's key; the phone's own word is `issued_at`."""
    licence_handle: bytes | None = None
    """Of a licence in hand: a second handle, which says to its issuer which licence."""

    @property
    def handle(self) -> bytes:
        return self.cti[:HANDLE_BYTES]
