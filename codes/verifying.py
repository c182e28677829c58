"""Verifying a code with nothing but a trust list and the time.

Checked in this order: form, issuer, algorithm, signature, time. What the header claims decides nothing: the trust list
binds a kid to one key, one algorithm, one province and one use. A code has one encoding, so verifying compares bytes
instead of parsing them; what differs is only looked at more closely to say what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature

from codes.errors import CodeRefusedError
from codes.explaining import explain
from codes.layout import BETWEEN, CODE, signed_part
from codes.model import (
    KINDS_BY_NUMBER,
    LONGEST_LIFE_SECONDS,
    SKEW_SECONDS,
    KeyUse,
    VerifiedCode,
    to_datetime,
    to_seconds,
)
from codes.reading import read_text
from codes.signatures import ES256, to_der
from codes.trust import TrustedKey, TrustList


def verify(text: str, trust: TrustList, now: datetime) -> VerifiedCode:
    """The code's claims, or CodeRefusedError with the slug of the first check that fails."""
    moment = to_seconds(now)
    raw = read_text(text)
    if len(raw) != CODE.size:
        raise explain(raw, trust)
    b0, kid, b1, issuer, b2, expires, b3, issued, b4, cti, b5, number, b6, r, s = CODE.unpack(raw)
    if (b0, b1, b2, b3, b4, b5, b6) != BETWEEN:
        raise explain(raw, trust)
    kind = KINDS_BY_NUMBER.get(number)
    if kind is None or not issuer.isdigit() or expires <= issued:
        raise CodeRefusedError("code-malformed", "The code's claims make no sense.")
    province = issuer.decode("ascii")
    keys = trust.find(KeyUse.CODE, kid)
    require_signature(keys, province, issued, signature=to_der(r, s), signed=signed_part(raw))
    code = VerifiedCode(province, kind, cti, to_datetime(issued), to_datetime(expires), kid)
    require_time(code, issued, expires, moment)
    return code


def require_signature(
    keys: Sequence[TrustedKey], province: str, issued: int, *, signature: bytes, signed: bytes
) -> None:
    """Tries each key that may sign for this province at this time."""
    slug, detail = "code-issuer-unknown", "No trusted key for codes of this province and time."
    for key in keys:
        if key.province == province and key.not_before <= issued + SKEW_SECONDS and issued < key.not_after:
            try:
                key.public_key.verify(signature, signed, ES256)
            except InvalidSignature:
                slug, detail = "code-signature-invalid", "The signature does not fit the code."
            else:
                return
    raise CodeRefusedError(slug, detail)


def require_time(code: VerifiedCode, issued: int, expires: int, now: float) -> None:
    """Of what the server made just now: raises CodeRefusedError, with the code, since its signature is genuine."""
    if issued > now + SKEW_SECONDS:
        raise CodeRefusedError("code-not-yet-valid", "The code is from the future.", code)
    if expires <= now:
        raise CodeRefusedError("code-expired", "The code has expired.", code)
    if expires - issued > LONGEST_LIFE_SECONDS:
        raise CodeRefusedError("code-lifetime-excessive", "The code claims too long a life.", code)
