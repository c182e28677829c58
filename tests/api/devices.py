"""A scanner's device: a key of its own, and the proofs that it makes with it."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from uuid import uuid4

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.api.harness import BASE, Api


class Device:
    """Makes an ES256 or EdDSA key, and signs requests with it."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.algorithm = algorithm
        is_curve = algorithm == "ES256"
        made: Any = ec.generate_private_key(ec.SECP256R1()) if is_curve else ed25519.Ed25519PrivateKey.generate()
        self.private_key = made
        algorithms: Any = jwt.get_algorithm_by_name(algorithm)
        jwk = msgspec.json.decode(algorithms.to_jwk(made.public_key()))
        self.jwk: dict[str, str] = {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}

    @property
    def thumbprint(self) -> str:
        """RFC 7638, worked out here by itself."""
        members = ",".join(f'"{name}":"{self.jwk[name]}"' for name in sorted(self.jwk))
        return _encode(hashlib.sha256(f"{{{members}}}".encode()).digest())

    def prove(
        self,
        method: str,
        path: str,
        credential: str,
        *,
        header: dict[str, Any] | None = None,
        origin: str = BASE,
        key: Any = None,
        **changes: Any,
    ) -> str:
        """A proof for one request; anything in it can be said otherwise, and None leaves it out."""
        claims = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": f"{origin}{path}",
            "iat": int(time.time()),
            "ath": _encode(hashlib.sha256(credential.encode()).digest()),
            **changes,
        }
        headers = {"typ": "dpop+jwt", "jwk": self.jwk, **(header or {})}
        return jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or self.private_key,
            algorithm=headers.pop("alg", self.algorithm),
            headers={name: value for name, value in headers.items() if value is not None},
        )

    async def call(self, api: Api, method: str, path: str, credential: str, **more: Any) -> httpx.Response:
        """Sends a request with a proof of its own."""
        return await send(api, method, path, credential, self.prove(method, path, credential), **more)

    async def register(self, api: Api, credential: str) -> httpx.Response:
        """Binds the scanner to this device's key."""
        return await self.call(api, "PUT", "/v1/scanner/key", credential, json={"public_key": self.jwk})


async def send(
    api: Api, method: str, path: str, credential: str, *proofs: str, scheme: str = "DPoP", **more: Any
) -> httpx.Response:
    """Sends a request with these proofs, however many."""
    headers = httpx.Headers([("Authorization", f"{scheme} {credential}"), *(("DPoP", proof) for proof in proofs)])
    return await api.call(method, path, headers=headers, **more)  # type: ignore[arg-type]  # headers may repeat


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
