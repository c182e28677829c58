"""The trust list: whose signatures are good for what, signed by a list-signer whom a pinned root certified.

A compact JWS (RFC 7515), ES256, `typ` suixing-trust-list+jwt, `x5c` [signer, root]. Each entry binds a kid to one key,
one province and one use. Its sequence only grows, so that a withdrawn key cannot come back with an older list.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import jwt
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes.certifying import fingerprint_of, is_certified, province_of
from codes.errors import TrustListError
from codes.keyring import KeyRing, is_published
from codes.keys import jwk_of, public_key_of
from codes.model import KeyUse, Moment

TYPE = "suixing-trust-list+jwt"
_LONGEST = 4 * 2**20

Province = Annotated[str, msgspec.Meta(pattern="^[0-9]{2}$")]


class _Entry(msgspec.Struct, frozen=True):
    """A key as the list names it. Uses and kinds of key that are not known here may stand in a list for others."""

    province: Province
    kid: str
    use: str
    jwk: dict[str, Any]
    not_before: Moment
    not_after: Moment


class _Payload(msgspec.Struct, frozen=True):
    province: Province
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    issued_at: Moment
    expires_at: Moment
    keys: list[_Entry]


class TrustedKey(msgspec.Struct, frozen=True):
    """A key that may verify, ready to; its times are POSIX seconds."""

    province: str
    kid: bytes
    use: KeyUse
    public_key: ec.EllipticCurvePublicKey
    not_before: int
    not_after: int


class TrustList(msgspec.Struct, frozen=True):
    """A list that was read and found good.

    Whoever holds one past `expires_at` decides, and tells somebody, whether a gate closes or goes on: `verify` does
    not look at it.
    """

    province: str
    sequence: int
    issued_at: datetime
    expires_at: datetime
    root_fingerprint: str
    keys: dict[KeyUse, dict[bytes, Sequence[TrustedKey]]]

    def find(self, use: KeyUse, kid: bytes) -> Sequence[TrustedKey]:
        """Every key of this use that bears this kid: two may share one, so all of them have to be tried."""
        return self.keys[use].get(kid, ())

    def without(self, kids: frozenset[bytes]) -> TrustList:
        """The list as if it had never named these keys."""
        if not kids & self.kids:
            return self
        keys = {use: {kid: found for kid, found in held.items() if kid not in kids} for use, held in self.keys.items()}
        return msgspec.structs.replace(self, keys=keys)

    @property
    def kids(self) -> frozenset[bytes]:
        return frozenset(kid for found in self.keys.values() for kid in found)


def next_sequence(last: int | None, now: datetime) -> int:
    """One more than the last, or the signing second where that is later: restored from a backup, it still grows."""
    return max((last or 0) + 1, int(now.timestamp()))


def carry_over(held: TrustList, ring: KeyRing, now: datetime) -> list[TrustedKey]:
    """The keys of this province's last list that this ring lacks and the next must name all the same: another server's
    folder has them, so that no list is without a key because its publisher is.
    """
    return [
        key
        for by_kid in held.keys.values()
        for keys in by_kid.values()
        for key in keys
        if key.province == ring.province
        and key.kid not in ring.kids | ring.withdrawn_kids
        and is_published(key.use, datetime.fromtimestamp(key.not_after, UTC), now)
    ]


def sign_trust_list(
    ring: KeyRing, *, sequence: int, now: datetime, lifetime: timedelta, carried: Sequence[TrustedKey] = ()
) -> str:
    """The list of this deployment's published keys, with those carried over."""
    signer = ring.current_signer(now)
    keys = [
        _Entry(
            province=ring.province,
            kid=epoch.kid.hex(),
            use=epoch.use,
            jwk=dict(jwk_of(epoch.public_key)),
            not_before=epoch.created_at,
            not_after=epoch.not_after,
        )
        for epoch in ring.published(now)
    ]
    keys += [
        _Entry(
            province=key.province,
            kid=key.kid.hex(),
            use=key.use,
            jwk=dict(jwk_of(key.public_key)),
            not_before=datetime.fromtimestamp(key.not_before, UTC),
            not_after=datetime.fromtimestamp(key.not_after, UTC),
        )
        for key in carried
    ]
    payload = _Payload(ring.province, sequence, issued_at=now, expires_at=now + lifetime, keys=keys)
    header = {"typ": TYPE, "x5c": [_der(signer.certificate), _der(ring.root)]}
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
    signer, root = _read_chain(text)
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
    return TrustList(
        payload.province, payload.sequence, payload.issued_at, payload.expires_at, fingerprint, _read_keys(payload)
    )


def _read_chain(text: str) -> tuple[x509.Certificate, x509.Certificate]:
    try:
        header: dict[str, Any] = jwt.get_unverified_header(text)
        if (header["typ"], header["alg"]) == (TYPE, "ES256"):
            signer, root = header["x5c"]
            return _read_certificate(signer), _read_certificate(root)
    except (jwt.PyJWTError, x509.InvalidVersion, KeyError, ValueError, TypeError, RecursionError):
        pass
    raise TrustListError("trust-list-malformed", "This is not a trust list.")


def _read_certificate(encoded: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))


def _verify(text: str, signer: x509.Certificate) -> _Payload:
    key: Any = signer.public_key()  # of P-256, as is_certified saw
    try:
        return msgspec.json.decode(jwt.api_jws.decode(text, key, algorithms=["ES256"]), type=_Payload)
    except jwt.PyJWTError:
        raise TrustListError("trust-list-signature-invalid", "The trust list's signature is not good.") from None
    except (msgspec.MsgspecError, RecursionError):
        raise TrustListError("trust-list-malformed", "The trust list's content is not one.") from None


def _read_keys(payload: _Payload) -> dict[KeyUse, dict[bytes, Sequence[TrustedKey]]]:
    """The keys that are known here, by use and kid."""
    found: dict[KeyUse, defaultdict[bytes, list[TrustedKey]]] = {use: defaultdict(list) for use in KeyUse}
    for entry in payload.keys:
        if entry.use in found and entry.jwk.get("kty") == "EC" and entry.jwk.get("crv") == "P-256":
            key = _read_key(entry)
            found[key.use][key.kid].append(key)
    return {use: {kid: tuple(keys) for kid, keys in kids.items()} for use, kids in found.items()}


def _read_key(entry: _Entry) -> TrustedKey:
    try:
        return TrustedKey(
            province=entry.province,
            kid=bytes.fromhex(entry.kid),
            use=KeyUse(entry.use),
            public_key=public_key_of(entry.jwk),
            not_before=int(entry.not_before.timestamp()),
            not_after=int(entry.not_after.timestamp()),
        )
    except (ValueError, KeyError, TypeError):
        raise TrustListError("trust-list-malformed", "The trust list has a key that is none.") from None


def _der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
