"""Request objects of OpenID4VP 1.0 (RFC 9101): a verifier's question, signed by the key that its client_id names.

This deployment's own client_id is `x509_hash:` and the SHA-256 of the certificate in the header (OpenID4VP, section
5.9.3). It is a certificate of the federation key by itself, made with RFC 6979 so that every server makes the same
bytes: whoever wants to know it beforehand takes it from the trust list, which names that key.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codes import base64url
from codes.errors import RequestObjectError
from codes.keys import Epoch, is_p256, public_key_of
from codes.signatures import verifies

TYPE = "oauth-authz-req+jwt"
HASH_PREFIX = "x509_hash:"
LONGEST_REQUEST = 64 * 1024
_MOST_CERTIFICATES = 8
_OUTLIVES = timedelta(days=1)
_SKEW = timedelta(seconds=60)
"""By how much clocks may differ."""


class _Header(msgspec.Struct, frozen=True):
    alg: str
    typ: str
    kid: str | None = None
    x5c: list[str] = []
    crit: list[str] = []


class RequestObject(msgspec.Struct, frozen=True):
    """A question that was taken apart; nothing of it is to be believed before `is_signed_by` says so."""

    claims: Mapping[str, Any]
    certificates: Sequence[bytes]
    """As the header has them, in DER, the signer's own first."""
    _signed: bytes
    _signature: bytes

    def is_signed_by(self, jwk: Mapping[str, Any]) -> bool:
        """Whether a registered key made it."""
        try:
            return verifies(public_key_of(jwk), self._signed, self._signature)
        except (ValueError, KeyError, TypeError):
            return False

    def is_signed_by_certificate(self, client_id: str) -> bool:
        """Whether it is signed by the certificate that a client_id is the hash of."""
        if not self.certificates or client_id != name_certificate(self.certificates[0]):
            return False
        try:
            key = x509.load_der_x509_certificate(self.certificates[0]).public_key()
        except (ValueError, TypeError):
            return False
        return (
            isinstance(key, ec.EllipticCurvePublicKey) and is_p256(key) and verifies(key, self._signed, self._signature)
        )

    def has_current_certificate(self, now: datetime) -> bool:
        """Whether the signer's certificate is good now: past its end, nobody says that the key is still theirs."""
        try:
            certificate = x509.load_der_x509_certificate(self.certificates[0])
        except (ValueError, IndexError):
            return False
        return certificate.not_valid_before_utc <= now + _SKEW and now - _SKEW <= certificate.not_valid_after_utc


@lru_cache(maxsize=8)
def certify_verifier(epoch: Epoch, url: str) -> bytes:
    """The certificate of a key by itself, in DER: the same bytes whenever and wherever it is made. Remembered, since
    each question names it.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, (urlsplit(url).hostname or "suixing")[:64])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(epoch.public_key)
        .serial_number(int.from_bytes(hashlib.sha256(epoch.kid).digest()[:8], "big") | 1)
        .not_valid_before(epoch.created_at.replace(microsecond=0))
        .not_valid_after(epoch.not_after.replace(microsecond=0) + _OUTLIVES)
    )
    return epoch.certify(builder)


def name_certificate(certificate: bytes) -> str:
    """The client_id of whoever has a certificate."""
    return HASH_PREFIX + base64url.encode(hashlib.sha256(certificate).digest())


def name_verifier(epoch: Epoch, url: str) -> str:
    """This deployment's own client_id, while this key signs."""
    return name_certificate(certify_verifier(epoch, url))


def sign_request_object(epoch: Epoch, url: str, claims: Mapping[str, Any]) -> str:
    """A compact JWS with the certificate in its header."""
    certificate = base64.b64encode(certify_verifier(epoch, url)).decode()
    header = {"alg": "ES256", "typ": TYPE, "x5c": [certificate]}
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (header, claims))
    return f"{signed}.{base64url.encode(epoch.sign(signed.encode()))}"


def read_request_object(text: str) -> RequestObject:
    """Takes a question apart; raises RequestObjectError for what is none, or is not signed by ES256."""
    if len(text) > LONGEST_REQUEST:
        raise RequestObjectError("request-object-invalid", "The request object is too long.")
    try:
        encoded, payload, signature = text.split(".")
        header = msgspec.json.decode(base64url.decode(encoded), type=_Header)
        claims = msgspec.json.decode(base64url.decode(payload), type=dict[str, Any])
        certificates = [base64.b64decode(one, validate=True) for one in header.x5c[:_MOST_CERTIFICATES]]
        made = base64url.decode(signature)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise RequestObjectError("request-object-invalid", "This is no signed request object.") from None
    if header.typ != TYPE or header.alg != "ES256" or header.crit:
        raise RequestObjectError("request-object-invalid", f"A request object has typ {TYPE} and alg ES256.")
    return RequestObject(claims, certificates, f"{encoded}.{payload}".encode(), made)
