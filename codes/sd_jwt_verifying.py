"""Verifying a presented credential with nothing but keys that are trusted and the time.

Checked in this order, and the first that fails is the answer:

    form            presentation-malformed
    issuer          presentation-issuer-unknown
    algorithm       presentation-signature-invalid
    signature       presentation-signature-invalid
    disclosures     presentation-altered
    time            presentation-not-yet-valid, presentation-expired
    holder binding  holder-binding-missing, holder-binding-invalid
    nonce           nonce-wrong
    audience        audience-wrong

Whether it was revoked, shown before, and whether its issuer is trusted for its type is decided above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from codes.errors import PresentationRefusedError
from codes.keys import public_key_of, thumbprint_of
from codes.model import SKEW_SECONDS, KeyUse, to_datetime, to_seconds
from codes.sd_jwt import (
    ALGORITHM_NAME,
    BINDING_TYPE,
    CREDENTIAL_TYPE,
    PROTOCOL_CLAIMS,
    SHA_256,
    CredentialStatus,
    Jws,
    Parts,
    digest_of,
    read_jws,
    split,
)
from codes.sd_jwt_opening import open_claims
from codes.signatures import verifies
from codes.trust import TrustList

_LONGEST_NAME = 2048
_CRITICAL = "crit"
"""Extensions that must be understood (RFC 7515, section 4.1.11): none is."""
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_NAME)]
_Time = Annotated[float, msgspec.Meta(ge=0, le=253_402_300_799)]
"""A NumericDate (RFC 7519, section 2), until the year 9999."""


class ClaimedSigner(msgspec.Struct, frozen=True):
    """Who a credential says signed it: nothing of this is proven yet."""

    issuer: str
    kid: str | None
    certificates: tuple[str, ...]
    """`x5c` of its header (RFC 7515, section 4.1.6), for issuers that are known by a root."""
    issued_at: datetime | None


FindKeys: TypeAlias = Callable[[ClaimedSigner], Sequence[ec.EllipticCurvePublicKey]]
"""The keys that may have signed for an issuer then; none where it is not known. All of them are tried."""


class VerifiedPresentation(msgspec.Struct, frozen=True):
    """What a genuine presentation says, to this verifier and for this question."""

    issuer: str
    vct: str
    fields: Mapping[str, Any]
    """What its holder chose to disclose."""
    plain: Mapping[str, Any]
    """What every verifier sees."""
    status: CredentialStatus | None
    holder_thumbprint: bytes
    """Of the key that presented it (RFC 7638)."""
    issued_at: datetime | None
    expires_at: datetime | None
    kid: str | None

    def __repr__(self) -> str:
        """Without the fields, wherever this may be printed."""
        return f"VerifiedPresentation({self.vct} by {self.issuer})"


class _Header(msgspec.Struct, frozen=True):
    alg: str
    typ: str
    kid: _Name | None = None
    x5c: tuple[str, ...] = ()


class _Place(msgspec.Struct, frozen=True):
    idx: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    uri: _Name


class _Status(msgspec.Struct, frozen=True):
    """The one way to say where revocations are told that is followed; a credential that has another is not accepted."""

    status_list: _Place


class _Confirmation(msgspec.Struct, frozen=True):
    jwk: dict[str, Any] | None = None


class _Claims(msgspec.Struct, frozen=True):
    iss: _Name
    vct: _Name
    iat: _Time | None = None
    nbf: _Time | None = None
    exp: _Time | None = None
    cnf: _Confirmation | None = None
    status: _Status | None = None
    hashed_by: str = msgspec.field(name="_sd_alg", default=SHA_256)


class _Binding(msgspec.Struct, frozen=True):
    iat: _Time
    aud: str
    nonce: str
    sd_hash: str


def verify_presentation(
    text: str, *, find_keys: FindKeys, nonce: str, audience: str, now: datetime, max_age: timedelta
) -> VerifiedPresentation:
    """What was presented; raises PresentationRefusedError with the slug of the first check that fails.

    `max_age` is how long ago its holder may have signed it.
    """
    moment = to_seconds(now)
    parts, jws, header, claims = _read(text)
    signer = ClaimedSigner(claims.iss, header.kid, header.x5c, _moment_of(claims.iat))
    _require_signature(find_keys(signer), header.alg, jws)
    opened, disclosed = open_claims(jws.payload, parts.disclosures)
    _require_time(claims, moment)
    key, binding = _require_bound(parts, claims, moment, max_age)
    if binding.nonce != nonce:
        raise PresentationRefusedError("nonce-wrong", "It answers another question.")
    if binding.aud != audience:
        raise PresentationRefusedError("audience-wrong", "It was made for another verifier.")
    place = claims.status.status_list if claims.status else None
    return VerifiedPresentation(
        issuer=claims.iss,
        vct=claims.vct,
        fields={name: value for name, value in opened.items() if name in disclosed},
        plain={name: value for name, value in opened.items() if name not in disclosed | PROTOCOL_CLAIMS},
        status=CredentialStatus(place.uri, place.idx) if place else None,
        holder_thumbprint=thumbprint_of(key),
        issued_at=_moment_of(claims.iat),
        expires_at=_moment_of(claims.exp),
        kid=header.kid,
    )


def find_licence_keys(trust: TrustList, provinces: Mapping[str, str]) -> FindKeys:
    """How credentials of the trust list's provinces find their keys; `provinces` says which one an issuer's address is.

    A key vouches for what was issued in its time, as with codes.
    """

    def find(signer: ClaimedSigner) -> Sequence[ec.EllipticCurvePublicKey]:
        province = provinces.get(signer.issuer)
        if province is None or signer.kid is None or signer.issued_at is None:
            return ()
        try:
            kid = bytes.fromhex(signer.kid)
        except ValueError:
            return ()
        issued = signer.issued_at.timestamp()
        return [
            key.public_key
            for key in trust.find(KeyUse.LICENCE, kid)
            if key.province == province and key.not_before <= issued + SKEW_SECONDS and issued < key.not_after
        ]

    return find


def _read(text: str) -> tuple[Parts, Jws, _Header, _Claims]:
    """Form: taken apart, with all that a verdict hangs on in its place."""
    try:
        parts = split(text)
        jws = read_jws(parts.jwt)
        header, claims = msgspec.convert(jws.header, _Header), msgspec.convert(jws.payload, _Claims)
    except (msgspec.ValidationError, ValueError):
        raise PresentationRefusedError("presentation-malformed", "This is no credential as it is presented.") from None
    if header.typ != CREDENTIAL_TYPE or _CRITICAL in jws.header or claims.hashed_by != SHA_256:
        raise PresentationRefusedError("presentation-malformed", "A credential of a form that is not read here.")
    return parts, jws, header, claims


def _require_signature(keys: Sequence[ec.EllipticCurvePublicKey], algorithm: str, jws: Jws) -> None:
    if not keys:
        raise PresentationRefusedError("presentation-issuer-unknown", "No trusted key of this issuer and time.")
    if algorithm != ALGORITHM_NAME:
        raise PresentationRefusedError("presentation-signature-invalid", "The key is trusted for ES256 alone.")
    if not any(verifies(key, jws.signed, jws.signature) for key in keys):
        raise PresentationRefusedError("presentation-signature-invalid", "The signature does not fit the credential.")


def _require_time(claims: _Claims, now: float) -> None:
    if max(claims.nbf or 0, claims.iat or 0) > now + SKEW_SECONDS:
        raise PresentationRefusedError("presentation-not-yet-valid", "The credential is not good yet.")
    if claims.exp is not None and claims.exp <= now:
        raise PresentationRefusedError("presentation-expired", "The credential has expired.")


def _require_bound(
    parts: Parts, claims: _Claims, now: float, max_age: timedelta
) -> tuple[ec.EllipticCurvePublicKey, _Binding]:
    """The key that presented it, and what that signed: just now, over just this credential and these disclosures."""
    jwk = claims.cnf.jwk if claims.cnf else None
    if parts.binding is None or jwk is None:
        raise PresentationRefusedError("holder-binding-missing", "Nobody proves to be its holder.")
    try:
        key, jws = public_key_of(jwk), read_jws(parts.binding)
        header, binding = msgspec.convert(jws.header, _Header), msgspec.convert(jws.payload, _Binding)
    except (msgspec.ValidationError, ValueError, KeyError, TypeError, AttributeError):
        raise _unbound("What binds it to its holder cannot be read.") from None
    if (header.typ, header.alg) != (BINDING_TYPE, ALGORITHM_NAME) or _CRITICAL in jws.header:
        raise _unbound("It is bound to its holder in a form that is not read here.")
    if not verifies(key, jws.signed, jws.signature):
        raise _unbound("Another key than its holder's presents it.")
    if binding.sd_hash != digest_of(parts.bound):
        raise _unbound("Its holder presented something else.")
    if not now - max_age.total_seconds() <= binding.iat <= now + SKEW_SECONDS:
        raise _unbound("Its holder presented it at another time.")
    return key, binding


def _unbound(detail: str) -> PresentationRefusedError:
    return PresentationRefusedError("holder-binding-invalid", detail)


def _moment_of(seconds: float | None) -> datetime | None:
    return None if seconds is None else to_datetime(int(seconds))
