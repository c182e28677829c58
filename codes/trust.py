"""The trust list: whose signatures are good for what, signed by a list-signer whom a pinned root certified.

A compact JWS (RFC 7515), ES256, `typ` suixing-trust-list+jwt, `x5c` [signer, root]. Each entry binds a kid to one key,
one province and one use. Its sequence only grows, so that a withdrawn key cannot come back with an older list.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import jwt
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes.certifying import fingerprint_of, is_certified, province_of
from codes.errors import TrustListError
from codes.keyring import KeyRing
from codes.keys import jwk_of, public_key_of
from codes.model import KeyUse

TYPE = "suixing-trust-list+jwt"
_LONGEST = 4 * 2**20


class KeyEntry(msgspec.Struct, frozen=True):
    """A key as the list names it; `kid` in hexadecimal."""

    province: str
    kid: str
    use: KeyUse
    jwk: dict[str, str]
    not_before: datetime
    not_after: datetime


class _Payload(msgspec.Struct, frozen=True):
    province: str
    sequence: int
    issued_at: datetime
    expires_at: datetime
    keys: list[KeyEntry]


class TrustedKey(msgspec.Struct, frozen=True):
    """A key that may verify, ready to."""

    province: str
    kid: bytes
    use: KeyUse
    public_key: ec.EllipticCurvePublicKey
    not_before: int
    not_after: int


class TrustList:
    """A list that was read and found good; keys are found by use and kid, and two may share one."""

    def __init__(self, payload: _Payload, root_fingerprint: str) -> None:
        self.province = payload.province
        self.sequence = payload.sequence
        self.issued_at = payload.issued_at
        self.expires_at = payload.expires_at
        self.root_fingerprint = root_fingerprint
        found: defaultdict[tuple[KeyUse, bytes], list[TrustedKey]] = defaultdict(list)
        for entry in payload.keys:
            key = _trusted(entry)
            found[key.use, key.kid].append(key)
        self._keys = dict(found)
        self.kids = frozenset(kid for _, kid in self._keys)

    def find(self, use: KeyUse, kid: bytes) -> list[TrustedKey]:
        """Every key of this use that bears this kid: all of them have to be tried."""
        return self._keys.get((use, kid), [])


def _trusted(entry: KeyEntry) -> TrustedKey:
    try:
        return TrustedKey(
            province=entry.province,
            kid=bytes.fromhex(entry.kid),
            use=entry.use,
            public_key=public_key_of(entry.jwk),
            not_before=int(entry.not_before.timestamp()),
            not_after=int(entry.not_after.timestamp()),
        )
    except (ValueError, KeyError, binascii.Error):
        raise TrustListError("trust-list-malformed", "The trust list has a key that is none.") from None


def next_sequence(last: int | None, now: datetime) -> int:
    """One more than the last, or the signing second where that is later: restored from a backup, it still grows."""
    return max((last or 0) + 1, int(now.timestamp()))


def sign_trust_list(ring: KeyRing, *, sequence: int, now: datetime, lifetime: timedelta) -> str:
    """The list of this deployment's published keys."""
    signer = ring.current_signer(now)
    payload = _Payload(
        province=ring.province,
        sequence=sequence,
        issued_at=now,
        expires_at=now + lifetime,
        keys=[
            KeyEntry(
                province=ring.province,
                kid=epoch.kid.hex(),
                use=epoch.use,
                jwk=jwk_of(epoch.public_key),
                not_before=epoch.created_at,
                not_after=epoch.not_after,
            )
            for epoch in ring.published(now)
        ],
    )
    chain = [_der(signer.certificate), _der(ring.root)]
    header = {"typ": TYPE, "x5c": chain}
    return jwt.api_jws.encode(msgspec.json.encode(payload), signer.private_key, "ES256", headers=header)


def read_trust_list(
    text: str, *, now: datetime, root_fingerprint: str | None = None, at_least: int | None = None
) -> TrustList:
    """Verifies a list down to its root, which must be the pinned one where a fingerprint is given.

    Raises TrustListError: trust-list-malformed, -root-unknown, -signature-invalid, -expired, or -older-than-held where
    its sequence is below `at_least`.
    """
    if len(text) > _LONGEST:
        raise TrustListError("trust-list-malformed", "The trust list is too long.")
    signer, root = _chain(text)
    fingerprint = fingerprint_of(root)
    if root_fingerprint is not None and fingerprint != root_fingerprint.lower().replace(":", ""):
        raise TrustListError("trust-list-root-unknown", "The trust list descends from another root.")
    if not is_certified(signer, root, now):
        raise TrustListError("trust-list-signature-invalid", "The root did not certify this signer, or not for now.")
    payload = _verify(text, signer)
    if payload.province != province_of(signer):
        raise TrustListError("trust-list-signature-invalid", "The signer is of another province than the list.")
    if payload.expires_at <= now:
        raise TrustListError("trust-list-expired", "The trust list has ended.")
    if at_least is not None and payload.sequence < at_least:
        raise TrustListError("trust-list-older-than-held", "A newer trust list was seen before.")
    return TrustList(payload, fingerprint)


def _chain(text: str) -> tuple[x509.Certificate, x509.Certificate]:
    try:
        header: dict[str, Any] = jwt.get_unverified_header(text)
        signer, root = (x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in header["x5c"])
        is_ours = (header["typ"], header["alg"]) == (TYPE, "ES256")
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, binascii.Error):
        is_ours = False
    if not is_ours:
        raise TrustListError("trust-list-malformed", "This is not a trust list.") from None
    return signer, root


def _verify(text: str, signer: x509.Certificate) -> _Payload:
    try:
        body = jwt.api_jws.decode(text, signer.public_key(), algorithms=["ES256"])  # type: ignore[arg-type]  # checked
        return msgspec.json.decode(body, type=_Payload)
    except jwt.PyJWTError:
        raise TrustListError("trust-list-signature-invalid", "The trust list's signature is not good.") from None
    except (msgspec.MsgspecError, TypeError):
        raise TrustListError("trust-list-malformed", "The trust list's content is not one.") from None


def _der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
