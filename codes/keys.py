"""Keys that sign: one algorithm (ES256), one use each, in epochs that overlap.

A kid is the first four bytes of the key's RFC 7638 thumbprint: short, so that it costs a code little, and therefore not
unique; verifiers try every key that bears it. An epoch that makes codes has a handle key of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes import base64url
from codes.errors import KeyRingError
from codes.handles import KEY_BYTES, HandleKey
from codes.model import KID_BYTES, KeyUse, Moment
from codes.signatures import HALF_BYTES, sign, verifies

CURVE = ec.SECP256R1()
_HAVE_HANDLES = frozenset({KeyUse.CODE, KeyUse.CERTIFICATE, KeyUse.PAPER, KeyUse.LICENCE})


class EpochFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An epoch as its file has it."""

    use: KeyUse
    private_key: str
    created_at: Moment
    signs_from: Moment
    not_after: Moment
    development: bool
    handle_key: bytes | None = None

    def __repr__(self) -> str:
        """Without the keys, wherever this may be printed."""
        return f"EpochFile({self.use})"


class Epoch:
    """One signing key and the time in which it signs; verifiers accept it from its publication until `not_after`."""

    def __init__(self, stored: EpochFile) -> None:
        self.use = stored.use
        self.created_at = stored.created_at
        self.signs_from = stored.signs_from
        self.not_after = stored.not_after
        self.is_development = stored.development
        self._private_key = read_private_key(stored.private_key.encode())
        self._handles = HandleKey(stored.handle_key) if stored.handle_key else None
        self.public_key = self._private_key.public_key()
        self.kid = kid_of(self.public_key)

    @property
    def handles(self) -> HandleKey:
        if self._handles is None:
            raise KeyRingError("key-ring-damaged", f"A {self.use} key has no handles.")
        return self._handles

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes r ‖ s of COSE and JOSE."""
        return sign(self._private_key, message)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the 64 bytes r ‖ s over the message."""
        return verifies(self.public_key, message, signature)

    def certify(self, builder: x509.CertificateBuilder) -> bytes:
        """The certificate in DER, signed by this key; deterministically (RFC 6979), so that it is always the same."""
        certificate = builder.sign(self._private_key, hashes.SHA256(), ecdsa_deterministic=True)
        return certificate.public_bytes(serialization.Encoding.DER)

    def signs_at(self, now: datetime) -> bool:
        return self.signs_from <= now < self.not_after


def create_epoch(use: KeyUse, *, now: datetime, lead: timedelta, life: timedelta, development: bool) -> EpochFile:
    """A new key; it signs `lead` after now, so that verifiers have it by then."""
    return EpochFile(
        use=use,
        private_key=to_pem(ec.generate_private_key(CURVE)).decode(),
        created_at=now,
        signs_from=now + lead,
        not_after=now + lead + life,
        development=development,
        handle_key=os.urandom(KEY_BYTES) if use in _HAVE_HANDLES else None,
    )


def to_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, not encrypted: the folder's permissions guard it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def create_p256_pair() -> tuple[str, str]:
    """A new private key (PKCS #8) and its public key, both PEM, for what others have fixed to ES256."""
    key = ec.generate_private_key(CURVE)
    public_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return to_pem(key).decode(), public_pem.decode()


def read_private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Raises ValueError for anything but a P-256 key."""
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not is_p256(key.public_key()):
        raise ValueError("not a P-256 key")
    return key


def is_p256(key: object) -> bool:
    """Whether it is a public key for the one algorithm there is here."""
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a JWK (RFC 7517), the members that its thumbprint is made of."""
    numbers = key.public_numbers()
    x, y = (base64url.encode(number.to_bytes(HALF_BYTES, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def public_key_of(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """Raises ValueError, KeyError or TypeError for anything but a point on P-256."""
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("not a P-256 key")
    x, y = (int.from_bytes(base64url.decode(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, CURVE).public_key()


def kid_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """The first bytes of the key's thumbprint."""
    return thumbprint_of(key)[:KID_BYTES]


def thumbprint_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """What names a key wherever it is written (RFC 7638, SHA-256)."""
    canonical = json.dumps(jwk_of(key), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical).digest()
