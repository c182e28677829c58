"""ES256 signatures: 64 bytes r ‖ s in COSE and JOSE (RFC 9053, section 2.1), DER in the library beneath.

Turned over by hand, since the way through Python integers costs several times as much, on every code and every scan.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

ES256 = ec.ECDSA(hashes.SHA256())
_ES256_OF_HASH = ec.ECDSA(Prehashed(hashes.SHA256()))
HALF_BYTES = 32
_SIGN_BIT = 0x80
_HEADS = [bytes((2, length)) for length in range(HALF_BYTES + 2)]
"""Tag and length of a DER integer (X.690, section 8.3)."""
_FIRST_AT = 4
"""Of the first integer's content: after the sequence's and its own tag and length, one byte each."""


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The 64 bytes over a message, whose hash is cheaper from hashlib."""
    return from_der(key.sign(sha256(message).digest(), _ES256_OF_HASH))


def to_der(r: bytes, s: bytes) -> bytes:
    """From two halves of 32 bytes."""
    body = _integer(r) + _integer(s)
    return b"\x30" + len(body).to_bytes(1, "big") + body


def from_der(signature: bytes) -> bytes:
    """To r ‖ s, from DER as the library makes it."""
    second_at = _FIRST_AT + signature[_FIRST_AT - 1]
    return _half(signature[_FIRST_AT:second_at]) + _half(signature[second_at + 2 :])


def verifies(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the 64 bytes are this key's signature over the message."""
    if len(signature) != 2 * HALF_BYTES:
        return False
    try:
        key.verify(to_der(signature[:HALF_BYTES], signature[HALF_BYTES:]), message, ES256)
    except InvalidSignature:
        return False
    return True


def _integer(half: bytes) -> bytes:
    digits = half.lstrip(b"\0") or b"\0"
    if digits[0] & _SIGN_BIT:
        digits = b"\0" + digits
    return _HEADS[len(digits)] + digits


def _half(digits: bytes) -> bytes:
    return digits[-HALF_BYTES:].rjust(HALF_BYTES, b"\0")
