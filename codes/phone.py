"""Codes that a phone makes without a network (`SX2:`): its own signature, under a certificate from its province.

The server certifies a batch of the phone's public keys, one for each showing, since a key used twice would link two
venues. A phone can sign ahead of time, so such a code proves less than one that the server made: it says that the
phone had the certificate, not that its clock was right. Who scans one online is told so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes.errors import CodeRefusedError
from codes.explaining import explain_phone
from codes.handles import RANDOM_BYTES
from codes.keys import CURVE, Epoch, public_key_of
from codes.long_layout import (
    CERTIFICATE,
    CERTIFICATE_BETWEEN,
    PHONE,
    PHONE_BETWEEN,
    Y_EVEN,
    Y_ODD,
    certificate_signed_part,
    pack_unsigned,
    phone_signed_part,
)
from codes.model import (
    KIND_NUMBERS,
    KINDS_BY_NUMBER,
    LONGEST_CERTIFICATE_SECONDS,
    PHONE_LIFE_SECONDS,
    PHONE_PREFIX,
    SKEW_SECONDS,
    KeyUse,
    Kind,
    StatusReference,
    VerifiedCode,
    to_datetime,
    to_seconds,
)
from codes.provinces import is_province
from codes.reading import read_text
from codes.signatures import HALF_BYTES, to_der, verifies
from codes.trust import TrustList
from codes.verifying import require_signature

_EVEN_POINT, _ODD_POINT = b"\x02", b"\x03"
CERTIFICATE_LIFE = timedelta(seconds=LONGEST_CERTIFICATE_SECONDS)


class IssuedCertificate(msgspec.Struct, frozen=True):
    """A certificate as the phone keeps it: bytes that go into the header of its code as they are."""

    certificate: bytes
    expires_at: datetime


class _Certificate(msgspec.Struct, frozen=True):
    """What a certificate says; its times are POSIX seconds."""

    kid: bytes
    province: str
    kind: Kind
    handle: bytes
    issued: int
    expires: int
    key: bytes
    """A compressed point of P-256."""
    status: StatusReference


def certify_phone_key(
    epoch: Epoch,
    *,
    issuer: str,
    subject_no: int,
    kind: Kind,
    public_key: Mapping[str, Any],
    status: StatusReference,
    now: datetime,
    lifetime: timedelta = CERTIFICATE_LIFE,
) -> IssuedCertificate:
    """Certifies a phone's P-256 key (a JWK) to show one code of `subject_no`, revocable at `status`.

    Raises ValueError for what no verifier would accept, a key that is none among it.
    """
    seconds = int(lifetime.total_seconds())
    if epoch.use is not KeyUse.CERTIFICATE or not 0 < seconds <= LONGEST_CERTIFICATE_SECONDS or not is_province(issuer):
        raise ValueError("not a certificate that verifiers accept: look at key use, issuer and lifetime")
    x, y = _read_jwk(public_key)
    issued = int(to_seconds(now))
    handle = epoch.handles.seal(subject_no, os.urandom(RANDOM_BYTES))
    fields = (
        epoch.kid, issuer.encode("ascii"), issued + seconds, issued, handle, x, y, KIND_NUMBERS[kind],
        status.list_no, status.index,
    )  # fmt: skip
    packed = pack_unsigned(CERTIFICATE, CERTIFICATE_BETWEEN, fields)
    signature = epoch.sign(certificate_signed_part(packed))
    return IssuedCertificate(packed[: -len(signature)] + signature, to_datetime(issued + seconds))


def _read_jwk(jwk: Mapping[str, Any]) -> tuple[bytes, int]:
    """x, and y as a sign."""
    try:
        key = public_key_of(jwk)
    except (KeyError, TypeError) as error:
        raise ValueError("not a P-256 key") from error
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    return point[1:], Y_ODD if point[:1] == _ODD_POINT else Y_EVEN


def verify_phone(text: str, trust: TrustList, now: datetime) -> VerifiedCode:
    """The claims, or CodeRefusedError with the slug of the first check that fails, in the order of `verify`.

    The code is good for a minute from when the phone says it made it, while its certificate lives; `cti` is the
    certificate's handle and the phone's nonce. Whether the certificate was revoked, its `status` says.
    """
    moment = to_seconds(now)
    raw = read_text(text, PHONE_PREFIX)
    if len(raw) != PHONE.size:
        raise explain_phone(raw, trust)
    parts = PHONE.unpack(raw)
    certificate = _read_certificate(parts[1])
    if parts[0:7:2] != PHONE_BETWEEN or certificate is None:
        raise explain_phone(raw, trust)
    made, nonce = parts[3:7:2]
    _require_certified(parts[1], certificate, trust)
    _require_phone_signature(certificate, raw)
    code = VerifiedCode(
        certificate.province, certificate.kind, certificate.handle + nonce, to_datetime(made),
        to_datetime(min(made + PHONE_LIFE_SECONDS, certificate.expires)), certificate.kid, KeyUse.CERTIFICATE,
        certificate.status, to_datetime(certificate.issued),
    )  # fmt: skip
    _require_time(code, certificate, made, moment)
    return code


def _read_certificate(encoded: bytes) -> _Certificate | None:
    parts = CERTIFICATE.unpack(encoded)
    if parts[0:21:2] != CERTIFICATE_BETWEEN:
        return None
    kid, issuer, expires, issued, handle, x, y, number, list_no, index = parts[1:21:2]
    kind = KINDS_BY_NUMBER.get(number)
    if kind is None or not issuer.isdigit() or expires <= issued or y not in {Y_EVEN, Y_ODD}:
        raise CodeRefusedError("code-malformed", "The certificate's claims make no sense.")
    point = (_ODD_POINT if y == Y_ODD else _EVEN_POINT) + x
    status = StatusReference(list_no, index)
    return _Certificate(kid, issuer.decode("ascii"), kind, handle, issued, expires, point, status)


def _require_certified(encoded: bytes, certificate: _Certificate, trust: TrustList) -> None:
    keys = trust.find(KeyUse.CERTIFICATE, certificate.kid)
    r, s = encoded[-2 * HALF_BYTES : -HALF_BYTES], encoded[-HALF_BYTES:]
    signed = certificate_signed_part(encoded)
    require_signature(keys, certificate.province, certificate.issued, signature=to_der(r, s), signed=signed)


def _require_phone_signature(certificate: _Certificate, raw: bytes) -> None:
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, certificate.key)
    except ValueError:
        raise CodeRefusedError("code-malformed", "The certificate's key is no point of P-256.") from None
    if not verifies(key, phone_signed_part(raw), raw[-2 * HALF_BYTES :]):
        raise CodeRefusedError("code-signature-invalid", "The phone's signature does not fit the code.")


def _require_time(code: VerifiedCode, certificate: _Certificate, made: int, now: float) -> None:
    if made > now + SKEW_SECONDS or certificate.issued > now + SKEW_SECONDS or made + SKEW_SECONDS < certificate.issued:
        raise CodeRefusedError("code-not-yet-valid", "The code or its certificate is from the future.", code)
    if made + PHONE_LIFE_SECONDS <= now or certificate.expires <= now:
        raise CodeRefusedError("code-expired", "The code or its certificate has expired.", code)
    if certificate.expires - certificate.issued > LONGEST_CERTIFICATE_SECONDS:
        raise CodeRefusedError("code-lifetime-excessive", "The certificate claims too long a life.", code)
