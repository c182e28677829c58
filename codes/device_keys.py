"""A gate's own key: it proves the gate's requests (DPoP, RFC 9449) and signs its journal, and never leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from codes import base64url
from codes.key_files import read_private, write_private
from codes.keys import CURVE, jwk_of, read_private_key, to_pem
from codes.signatures import sign


class DeviceKey:
    """A P-256 key in a file of its own, for its owner alone."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        self.jwk = jwk_of(private_key.public_key())

    @classmethod
    def open(cls, path: Path) -> DeviceKey:
        """Makes it where there is none; raises KeyRingError where others can read it, ValueError for no key."""
        if not path.exists():
            write_private(path, to_pem(ec.generate_private_key(CURVE)))
        return cls(read_private_key(read_private(path)))

    def sign(self, message: bytes) -> str:
        """ES256, r ‖ s, in Base64url."""
        return base64url.encode(sign(self._private_key, message))

    def prove(self, claims: Mapping[str, object]) -> str:
        """A proof of possession: a JWT whose header names this key."""
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (header, claims))
        return f"{signed}.{self.sign(signed.encode())}"
