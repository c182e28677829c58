"""Keys that sign: one algorithm (ES256), one use each, in epochs that overlap.

A kid is the first four bytes of the key's RFC 7638 thumbprint: short, so that it costs a code little, and therefore not
unique; verifiers try every key that bears it. An epoch that makes codes has a handle key of its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from codes.errors import KeyRingError
from codes.handles import HandleKey
from codes.model import KID_BYTES, KeyUse

ES256 = ec.ECDSA(hashes.SHA256())
CURVE = ec.SECP256R1()
COORDINATE_BYTES = 32
_HAVE_HANDLES = frozenset({KeyUse.CODE, KeyUse.CERTIFICATE, KeyUse.PAPER})
_PAIR = struct.Struct(">32s32s")


class EpochFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An epoch as its file has it."""

    use: KeyUse
    private_key: str
    handle_key: bytes
    created_at: datetime
    signs_from: datetime
    not_after: datetime
    development: bool


class Epoch:
    """One signing key and the time in which it signs; verifiers accept it from its publication until `not_after`."""

    def __init__(self, stored: EpochFile) -> None:
        key = serialization.load_pem_private_key(stored.private_key.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KeyRingError("key-ring-damaged", "A signing key is not on P-256.")
        self.stored = stored
        self.use = stored.use
        self.created_at = stored.created_at
        self.signs_from = stored.signs_from
        self.not_after = stored.not_after
        self.handles = HandleKey(stored.handle_key)
        self.public_key = key.public_key()
        self.kid = kid_of(self.public_key)
        self._private_key = key

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes r ‖ s of COSE and JOSE (RFC 9053, section 2.1)."""
        r, s = decode_dss_signature(self._private_key.sign(message, ES256))
        return _PAIR.pack(r.to_bytes(COORDINATE_BYTES, "big"), s.to_bytes(COORDINATE_BYTES, "big"))

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the 64 bytes r ‖ s over the message."""
        return verifies(self.public_key, message, signature)

    def signs_at(self, now: datetime) -> bool:
        return self.signs_from <= now < self.not_after


def create_epoch(use: KeyUse, *, now: datetime, lead: timedelta, life: timedelta, development: bool) -> EpochFile:
    """A new key; it signs `lead` after now, so that verifiers have it by then."""
    key = ec.generate_private_key(CURVE)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return EpochFile(
        use=use,
        private_key=pem.decode(),
        handle_key=os.urandom(32),
        created_at=now,
        signs_from=now + lead,
        not_after=now + lead + life,
        development=development,
    )


def verifies(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Checks an ES256 signature of 64 bytes r ‖ s."""
    if len(signature) != _PAIR.size:
        return False
    r, s = (int.from_bytes(half, "big") for half in _PAIR.unpack(signature))
    try:
        key.verify(encode_dss_signature(r, s), message, ES256)
    except InvalidSignature:
        return False
    return True


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a JWK (RFC 7517), the members that its thumbprint is made of."""
    numbers = key.public_numbers()
    return {"crv": "P-256", "kty": "EC", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}


def public_key_of(jwk: dict[str, str]) -> ec.EllipticCurvePublicKey:
    """Raises ValueError for anything but a point on P-256."""
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("not a P-256 key")
    x, y = (int.from_bytes(_read_base64url(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, CURVE).public_key()


def kid_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """The first bytes of the key's thumbprint (RFC 7638)."""
    canonical = json.dumps(jwk_of(key), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical).digest()[:KID_BYTES]


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(COORDINATE_BYTES, "big")).rstrip(b"=").decode()


def _read_base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
