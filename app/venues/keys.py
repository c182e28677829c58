"""The public keys of scanners: which are taken, and how one is named (RFC 7517, RFC 7638, RFC 8037)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec

from app.errors import InvalidError

ALGORITHMS = ("ES256", "EdDSA")
_MEMBERS = {("EC", "P-256"): ("crv", "kty", "x", "y"), ("OKP", "Ed25519"): ("crv", "kty", "x")}
"""What makes the key, in the order of its thumbprint; whatever else a JWK says of itself is left out."""
_NAMES = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_OTHER_NAMES = {"EdDSA": "Ed25519"}
"""What RFC 9864 calls the same algorithm, and newer libraries write."""
_COORDINATE_BYTES = 32


class ScannerKey(msgspec.Struct, frozen=True):
    """A public key that can check proofs."""

    jwk: dict[str, str]
    algorithm: str
    thumbprint: bytes
    verifying: jwt.PyJWK

    @property
    def algorithms(self) -> list[str]:
        """Under which names a proof by this key may come."""
        return [self.algorithm, *filter(None, [_OTHER_NAMES.get(self.algorithm)])]

    @property
    def name(self) -> str:
        """The thumbprint as people and tools write it."""
        return base64.urlsafe_b64encode(self.thumbprint).decode().rstrip("=")


def read_public_key(jwk: Mapping[str, Any], pointer: str = "/public_key") -> ScannerKey:
    """The key of a JWK; raises InvalidError at `pointer` for another kind, a broken one, or a private one."""
    members = _MEMBERS.get((str(jwk.get("kty")), str(jwk.get("crv"))))
    if members is None:
        raise InvalidError(pointer, "The key must be a JWK of EC with P-256, or of OKP with Ed25519.")
    if "d" in jwk:
        raise InvalidError(pointer, "This is a private key: it never leaves the device. Send the public one.")
    plain = {name: jwk.get(name) for name in members}
    kept = {name: value for name, value in plain.items() if isinstance(value, str)}
    if len(kept) < len(members) or not all(_is_coordinate(kept[name]) for name in members if name in {"x", "y"}):
        raise InvalidError(pointer, "The key's coordinates are not 32 bytes each in base64url.")
    algorithm = _NAMES[kept["kty"], kept["crv"]]
    try:
        verifying = jwt.PyJWK(kept, algorithm)
    except (jwt.PyJWTError, ValueError):
        raise InvalidError(pointer, "The key's coordinates are no point of its curve.") from None
    return ScannerKey(kept, algorithm, find_thumbprint(kept), verifying)


def find_thumbprint(jwk: Mapping[str, Any]) -> bytes:
    """SHA-256 over the key's own members, in order and without spaces (RFC 7638, section 3)."""
    members = _MEMBERS.get((str(jwk.get("kty")), str(jwk.get("crv"))), ())
    return hashlib.sha256(msgspec.json.encode({name: str(jwk.get(name)) for name in members})).digest()


def _is_coordinate(text: str) -> bool:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == _COORDINATE_BYTES and base64.urlsafe_b64encode(raw).decode().rstrip("=") == text
