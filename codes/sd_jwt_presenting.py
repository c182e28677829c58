"""Presenting a credential: some of its disclosures, and the holder's signature for one verifier and one question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec

from codes import base64url
from codes.keys import CURVE, jwk_of, public_key_of, thumbprint_of
from codes.model import to_seconds
from codes.sd_jwt import ALGORITHM_NAME, BINDING_TYPE, Parts, decode_json, digest_of, read_jws, split, to_signed
from codes.signatures import sign


class HolderKey:
    """The key of one showing: made for it, kept in memory, and gone with it. A key used twice would link two venues."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        self.jwk: Mapping[str, str] = jwk_of(private_key.public_key())

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return "HolderKey()"

    @classmethod
    def create(cls) -> Self:
        return cls(ec.generate_private_key(CURVE))

    @property
    def thumbprint(self) -> bytes:
        return thumbprint_of(self._private_key.public_key())

    def sign(self, message: bytes) -> str:
        """ES256, r ‖ s, in Base64url."""
        return base64url.encode(sign(self._private_key, message))


def present(
    credential: str, fields: Collection[str], *, holder: HolderKey, nonce: str, audience: str, now: datetime
) -> str:
    """The credential with these fields alone, bound to a verifier (`audience`) and its question (`nonce`).

    Raises ValueError for a credential of another key, one that was presented already, or a field that it has not.
    """
    parts = split(credential)
    if parts.binding is not None or _confirmed_key(parts) != holder.thumbprint:
        raise ValueError("not a credential of this key")
    named = {_name_of(disclosure): disclosure for disclosure in parts.disclosures}
    if missing := set(fields) - named.keys():
        raise ValueError(f"the credential has no {', '.join(sorted(missing))}")
    shown = Parts(parts.jwt, [disclosure for name, disclosure in named.items() if name in fields], None)
    payload = {"iat": int(to_seconds(now)), "aud": audience, "nonce": nonce, "sd_hash": digest_of(shown.bound)}
    signed = to_signed({"alg": ALGORITHM_NAME, "typ": BINDING_TYPE}, payload)
    return f"{shown.bound}{signed}.{holder.sign(signed.encode())}"


def _confirmed_key(parts: Parts) -> bytes:
    try:
        return thumbprint_of(public_key_of(read_jws(parts.jwt).payload["cnf"]["jwk"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("a credential that no key can present") from error


def _name_of(disclosure: str) -> str:
    """The field that it discloses; a licence's are flat."""
    content: Any = decode_json(disclosure)
    match content:
        case [str(), str(name), _]:
            return name
        case _:
            raise ValueError("not a disclosure of a field")
