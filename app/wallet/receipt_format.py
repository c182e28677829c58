"""Receipts as they are written: a compact JWS (RFC 7515), ES256 by a federation key, `typ` suixing-receipt+jwt.

The same key signs the heads of the access log. What is signed there is CBOR and begins with a byte of an array (0x80 to
0x9f); what is signed here is the base64url of a header and begins with "eyJ": neither can be passed off as the other.
Other JWS of this deployment are told apart by `typ`, which is signed. docs/audit.md has it for whoever checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from app.wallet.errors import ReceiptInvalidError
from codes import KeyRing, KeyUse, TrustList, base64url
from codes.model import to_datetime
from codes.signatures import verifies

TYPE: Final = "suixing-receipt+jwt"
VERSION = 1
LONGEST = 8192
_SKEW = timedelta(minutes=5)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Hash = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")]
"""A SHA-256 in base64url."""
Verifies = Callable[[bytes, bytes], bool]
"""Whether a key made a signature: over this message, these 64 bytes."""
FindKeys = Callable[[str, bytes, datetime], Iterable[Verifies]]
"""From a province, a kid and the time of signing: each federation key that may have signed then."""


class ReceiptVenue(msgspec.Struct, frozen=True):
    """Who looked, under the name that it was registered by."""

    id: UUID
    name: str
    province: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One look, as the province that recorded it states it; nothing in it says who was looked at."""

    version: int = VERSION
    iss: Annotated[str, msgspec.Meta(pattern="^[0-9]{2}$")]
    """The province."""
    iat: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
    """When this copy was signed."""
    access_id: UUID
    recorded_at: Moment
    venue: ReceiptVenue
    purpose: str
    form: str
    licence_type: str | None
    fields: list[str]
    """What was told, by the fields' names."""
    kept_until: Moment | None
    """Until when the venue may keep it; none: it may look, not keep."""
    commitment: Hash
    """Of the access, as the leaf of the chained log has it."""
    presentation: Hash | None
    """Of what was handed over, where something was: an SD-JWT with its key binding, as sent."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No more than this: a header that asks for something else (`crit`, `jwk`, `jku`) is none of ours."""

    alg: Literal["ES256"]
    kid: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$")]
    typ: Literal["suixing-receipt+jwt"]


class _Versioned(msgspec.Struct, frozen=True):
    version: int


def digest(text: str) -> bytes:
    """What a receipt calls a presentation by."""
    return sha256(text.encode()).digest()


def sign_receipt(ring: KeyRing, receipt: Receipt, now: datetime) -> str:
    """By the federation key of the moment."""
    epoch = ring.current(KeyUse.FEDERATION, now)
    header = _Header(alg="ES256", kid=epoch.kid.hex(), typ=TYPE)
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (header, receipt))
    return f"{signed}.{base64url.encode(epoch.sign(signed.encode()))}"


def read_receipt(text: str, find_keys: FindKeys, now: datetime) -> Receipt:
    """Verifies one and answers with what it states; raises ReceiptInvalidError, whose detail says what is wrong."""
    header, payload, signed, signature = _take_apart(text)
    receipt = _read_claims(payload)
    signed_at = to_datetime(receipt.iat)
    keys = find_keys(receipt.iss, bytes.fromhex(header.kid), signed_at)
    if not any(verify(signed, signature) for verify in keys):
        raise ReceiptInvalidError("No federation key of that province, good when it was signed, made this signature.")
    if signed_at > now + _SKEW:
        raise ReceiptInvalidError("It says that it was signed in a time to come.")
    return receipt


def _take_apart(text: str) -> tuple[_Header, bytes, bytes, bytes]:
    if len(text) > LONGEST:
        raise ReceiptInvalidError("This is too long for a receipt.")
    try:
        head, payload, signature = (base64url.decode(part) for part in text.split("."))
        header = msgspec.json.decode(head, type=_Header)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise ReceiptInvalidError("This is not a receipt.") from None
    return header, payload, text.rpartition(".")[0].encode(), signature


def _read_claims(payload: bytes) -> Receipt:
    try:
        if msgspec.json.decode(payload, type=_Versioned).version != VERSION:
            raise ReceiptInvalidError("A later version of the program made this receipt: check it with that.")
        return msgspec.json.decode(payload, type=Receipt)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise ReceiptInvalidError("This is not a receipt.") from None


def keys_of_list(trust: TrustList) -> FindKeys:
    """For whoever has a trust list and nothing else."""

    def find(province: str, kid: bytes, moment: datetime) -> list[Verifies]:
        second = moment.timestamp()
        return [
            partial(verifies, key.public_key)
            for key in trust.find(KeyUse.FEDERATION, kid)
            if key.province == province and key.not_before <= second < key.not_after
        ]

    return find


def keys_of_ring(ring: KeyRing) -> FindKeys:
    """For the deployment itself: every federation key that it ever had, except those that were withdrawn."""

    def find(province: str, kid: bytes, moment: datetime) -> list[Verifies]:
        if province != ring.province or kid in ring.withdrawn_kids:
            return []
        return [
            epoch.verifies
            for epoch in ring.epochs
            if epoch.use is KeyUse.FEDERATION
            and epoch.kid == kid
            and epoch.created_at.replace(microsecond=0) <= moment < epoch.not_after
        ]

    return find
