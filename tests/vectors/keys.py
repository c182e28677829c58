"""Keys that everybody knows: derived from their names, so that vectors can be made again. Never for anything else."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of P-256 (SEC 2, section 2.4.2)."""


@dataclass(frozen=True)
class TestKey:
    """A P-256 key; its kid is the start of its thumbprint, unless another is claimed for it."""

    __test__ = False

    name: str
    claimed_kid: bytes | None = None

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        return _derive(self.name)

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private_key.public_key().public_numbers()
        return {"crv": "P-256", "kty": "EC", "x": base64url_number(numbers.x), "y": base64url_number(numbers.y)}

    @property
    def kid(self) -> bytes:
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":")).encode()
        return self.claimed_kid or hashlib.sha256(canonical).digest()[:4]

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes r ‖ s of ES256, deterministic (RFC 6979)."""
        der = self.private_key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@cache
def _derive(name: str) -> ec.EllipticCurvePrivateKey:
    secret = int.from_bytes(hashlib.sha256(f"suixing test key {name}".encode()).digest(), "big")
    return ec.derive_private_key(secret % (CURVE_ORDER - 1) + 1, ec.SECP256R1())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base64url_number(number: int) -> str:
    return base64url(number.to_bytes(32, "big"))


HOME = TestKey("31 code")
PEER = TestKey("32 code")
PAPER = TestKey("31 paper")
PEER_PAPER = TestKey("32 paper")
CERTIFICATE = TestKey("31 certificate")
PEER_CERTIFICATE = TestKey("32 certificate")
LICENCE = TestKey("31 licence")
PEER_LICENCE = TestKey("32 licence")
PHONE = TestKey("a phone's")
FEDERATION = TestKey("31 federation")
STRANGER = TestKey("nobody's")
TWIN = TestKey("31 code, first twin", bytes.fromhex("7717717f"))
OTHER_TWIN = TestKey("31 code, second twin", TWIN.kid)
FOREIGN_TWIN = TestKey("32 code, of the same kid as 31's", HOME.kid)
ENDED = TestKey("31 code, ended")
COMING = TestKey("31 code, not yet published")
ROOT = TestKey("31 root")
SIGNER = TestKey("31 list signer")
HANDLE_KEY = hashlib.sha256(b"suixing test handle key").digest()
"""AES-256, of HOME's epoch."""
