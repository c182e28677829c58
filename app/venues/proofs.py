"""Proofs of possession (DPoP, RFC 9449): each request of a scanner is signed with the key that it registered.

A proof names one method and address, one moment and one credential, and is good once. So a credential that somebody
copied is worth nothing without the key, which a device need never let out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import jwt
import msgspec

from app.errors import TooManyRequestsError
from app.venues.errors import DpopProofInvalidError
from app.venues.keys import ALGORITHMS, ScannerKey, find_thumbprint

WINDOW_SECONDS = 60.0
"""How far a proof's time may be from the server's."""
_LONGEST_PROOF = 4096
_LONGEST_ID = 128
_GENERATION_SECONDS = 2 * WINDOW_SECONDS + 1
_MOST_SEEN = 500_000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_JWS = jwt.PyJWS()
_JWS.register_algorithm("Ed25519", jwt.get_algorithm_by_name("EdDSA"))  # one algorithm, by its newer name (RFC 9864)


class Request(msgspec.Struct, frozen=True):
    """What a proof has to be for."""

    method: str
    address: str
    credential_hash: bytes


class SeenProofs:
    """The ids of proofs that were used, for as long as such a proof would still be in time; one a process.

    Two generations: what is in either was seen. The older is dropped when the newer has run for longer than a proof
    can be good, so nothing is looked through and nothing is kept without end.
    """

    def __init__(self) -> None:
        self._newer: set[tuple[UUID, str]] = set()
        self._older: set[tuple[UUID, str]] = set()
        self._turns_at = 0.0

    def claim(self, scanner_id: UUID, proof_id: str, moment: float) -> bool:
        """False where this scanner's proof was here before."""
        if moment >= self._turns_at:
            # After a silence of two generations nothing of either can be in time any more.
            silent = moment >= self._turns_at + _GENERATION_SECONDS
            self._older, self._newer = set() if silent else self._newer, set()
            self._turns_at = moment + _GENERATION_SECONDS
        seen = (scanner_id, proof_id)
        if seen in self._newer or seen in self._older:
            return False
        if len(self._newer) >= _MOST_SEEN:
            raise TooManyRequestsError(int(self._turns_at - moment) + 1)
        self._newer.add(seen)
        return True


def check_proof(proof: str, key: ScannerKey, request: Request, now: datetime) -> str:
    """The proof's id; raises DpopProofInvalidError saying which part of it is wrong."""
    header = _read_header(proof)
    if header.get("typ") != "dpop+jwt":
        raise DpopProofInvalidError("typ: it must be dpop+jwt.")
    if header.get("alg") not in key.algorithms:
        known = " or ".join(ALGORITHMS)
        raise DpopProofInvalidError(f"alg: it must be that of the registered key, {known}.")
    if "crit" in header:
        raise DpopProofInvalidError("crit: no extension is understood here.")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or "d" in jwk or find_thumbprint(cast("dict[str, Any]", jwk)) != key.thumbprint:
        raise DpopProofInvalidError("jwk: it must be the registered public key.")
    return _check_claims(_verify(proof, key), request, now)


def _read_header(proof: str) -> Mapping[str, Any]:
    if not proof or len(proof) > _LONGEST_PROOF:
        raise DpopProofInvalidError("DPoP: there must be one header with one proof.")
    first = proof.partition(".")[0]
    try:
        header = msgspec.json.decode(base64.b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise DpopProofInvalidError("DPoP: this is not a JWT.")
    return cast("dict[str, Any]", header)


def _verify(proof: str, key: ScannerKey) -> Mapping[str, Any]:
    try:
        payload = _JWS.decode(proof, key.verifying.key, algorithms=key.algorithms)
        claims = msgspec.json.decode(payload)
    except (jwt.PyJWTError, ValueError, msgspec.MsgspecError, RecursionError):
        raise DpopProofInvalidError("signature: the registered key did not make it.") from None
    if not isinstance(claims, dict):
        raise DpopProofInvalidError("claims: they must be a JSON object.")
    return cast("dict[str, Any]", claims)


def _check_claims(claims: Mapping[str, Any], request: Request, now: datetime) -> str:
    if claims.get("htm") != request.method:
        raise DpopProofInvalidError("htm: it must be the request's method.")
    address = claims.get("htu")
    if not isinstance(address, str) or normalise(address) != normalise(request.address):
        raise DpopProofInvalidError(f"htu: it must be {request.address}, without query or fragment.")
    issued_at = claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise DpopProofInvalidError("iat: it must be the time in seconds since 1970.")
    moment = now.timestamp()
    if not moment - WINDOW_SECONDS <= issued_at <= moment + WINDOW_SECONDS:
        raise DpopProofInvalidError("iat: it must be within 60 seconds of the server's clock, which Date shows.")
    if claims.get("ath") != base64.urlsafe_b64encode(request.credential_hash).decode().rstrip("="):
        raise DpopProofInvalidError("ath: it must be the SHA-256 of the credential, in base64url.")
    proof_id = claims.get("jti")
    if not isinstance(proof_id, str) or not 1 <= len(proof_id) <= _LONGEST_ID:
        raise DpopProofInvalidError("jti: it must be a text of 1 to 128 characters.")
    return proof_id


def normalise(address: str) -> str | None:
    """An address as two of them are compared (RFC 9449, section 4.3; RFC 3986, section 6.2): None where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
        return None
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}:{port or _DEFAULT_PORTS[scheme]}{parts.path or '/'}"
