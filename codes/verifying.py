"""Verifying a code with nothing but a trust list and the time.

Checked in this order: form, issuer, algorithm, signature, time. What the header claims decides nothing: the trust list
binds a kid to one key, one algorithm, one province and one use. A code has one encoding, so whatever is not byte for
byte as `layout` has it is refused; only then is it looked at more closely, to say what is wrong.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import NoReturn

import cbor2

from codes import base45, layout
from codes.errors import CodeRefusedError
from codes.keys import verifies
from codes.model import (
    ALGORITHM,
    KEY_ID,
    KID_BYTES,
    KIND_BY_NUMBER,
    PREFIX,
    KeyUse,
    Strictness,
    VerifiedCode,
)
from codes.model import ES256 as ES256_NUMBER
from codes.trust import TrustedKey, TrustList

_CODE_CHARACTERS = len(PREFIX) + -(-layout.CODE_BYTES * 3 // 2)
_LONGEST_READ = 1024
"""Characters of what a scanner read that are looked at: any real code is far shorter."""
_COSE_PARTS = 4
_COSE_TAG = 18


def verify(text: str, trust: TrustList, now: datetime) -> VerifiedCode:
    """The code's claims, or CodeRefusedError with the slug of the first check that fails."""
    raw = _decode(text)
    keys = _find_keys(raw, trust)
    payload = raw[layout.PAYLOAD_AT : layout.PAYLOAD_AT + layout.PAYLOAD.size]
    code = _read_payload(payload, raw[layout.KID_AT : layout.KID_AT + KID_BYTES])
    _verify_signature(raw, payload, _of_issuer(keys, code))
    _check_time(code, now)
    return code


def _decode(text: str) -> bytes:
    """The bytes behind the prefix, whatever case, white space or width a hand scanner put into them."""
    if len(text) != _CODE_CHARACTERS or not text.startswith(PREFIX):
        text = _tidy(text)
    try:
        return base45.decode(text[len(PREFIX) :])
    except ValueError:
        try:
            return base45.decode(_fold(text)[len(PREFIX) :])
        except ValueError:
            raise CodeRefusedError("code-malformed", "The code is not whole.") from None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


def _tidy(text: str) -> str:
    """No code ends with a space: its last character stands for the high part of one byte."""
    head = _fold(text[:_LONGEST_READ]).strip()
    if not head:
        raise CodeRefusedError("code-malformed", "Nothing was read.")
    if not head.startswith(PREFIX):
        raise CodeRefusedError("code-not-ours", "This is not a service code.")
    if len(text) > _LONGEST_READ:
        raise CodeRefusedError("code-malformed", "The code is far too long.")
    return head


def _find_keys(raw: bytes, trust: TrustList) -> list[TrustedKey]:
    """The keys that may have signed it, where all but payload and signature is as it must be."""
    kid = raw[layout.KID_AT : layout.KID_AT + KID_BYTES]
    if (
        len(raw) != layout.CODE_BYTES
        or raw[: layout.KID_AT] != layout.BEFORE_PROTECTED + layout.PROTECTED_HEAD
        or raw[layout.PAYLOAD_AT - len(layout.BEFORE_PAYLOAD) : layout.PAYLOAD_AT] != layout.BEFORE_PAYLOAD
        or raw[layout.SIGNATURE_AT - len(layout.BEFORE_SIGNATURE) : layout.SIGNATURE_AT] != layout.BEFORE_SIGNATURE
    ):
        _explain(raw, trust)
    keys = trust.find(KeyUse.CODE, kid)
    if not keys:
        raise CodeRefusedError("code-issuer-unknown", "No trusted key for codes bears this kid.")
    return keys


def _explain(raw: bytes, trust: TrustList) -> NoReturn:
    """What is wrong with bytes that are no `SX1:` code: another algorithm has a refusal of its own."""
    try:
        message = cbor2.loads(raw)
        parts = message.value
        header = cbor2.loads(parts[0])
        kid, algorithm = header[KEY_ID], header[ALGORITHM]
        shape = message.tag, len(parts), set(header), parts[1], type(kid), type(algorithm)
    except Exception:  # noqa: BLE001  hostile CBOR may fail in any way; all of them mean the same
        shape = None
    if shape != (_COSE_TAG, _COSE_PARTS, {ALGORITHM, KEY_ID}, {}, bytes, int):
        raise CodeRefusedError("code-malformed", "The code is not whole.")
    if not trust.find(KeyUse.CODE, kid):
        raise CodeRefusedError("code-issuer-unknown", "No trusted key for codes bears this kid.")
    if algorithm != ES256_NUMBER:
        raise CodeRefusedError("code-algorithm-refused", "The key is trusted for ES256 alone.")
    raise CodeRefusedError("code-malformed", "The code is not in its one encoding.")


def _read_payload(payload: bytes, kid: bytes) -> VerifiedCode:
    fields = layout.PAYLOAD.unpack(payload)
    kind = KIND_BY_NUMBER.get(fields[9])
    heads = (fields[0], fields[2], fields[4], fields[6], fields[8])
    if heads != layout.HEADS or kind is None:
        raise CodeRefusedError("code-malformed", "The code's claims are not in their one encoding.")
    return VerifiedCode(
        issuer=fields[1].decode("latin-1"),
        kind=kind,
        cti=fields[7],
        issued_at=datetime.fromtimestamp(fields[5], UTC),
        expires_at=datetime.fromtimestamp(fields[3], UTC),
        kid=kid,
    )


def _of_issuer(keys: list[TrustedKey], code: VerifiedCode) -> list[TrustedKey]:
    issued = code.issued_at.timestamp()
    good = [key for key in keys if key.province == code.issuer and key.not_before <= issued + Strictness.SKEW.value]
    good = [key for key in good if issued < key.not_after]
    if not good:
        raise CodeRefusedError("code-issuer-unknown", "The key is not this province's, or not of that time.")
    return good


def _verify_signature(raw: bytes, payload: bytes, keys: list[TrustedKey]) -> None:
    protected = raw[layout.PROTECTED_AT : layout.PROTECTED_AT + layout.PROTECTED_BYTES]
    signed = layout.SIGNED_HEAD + protected + layout.SIGNED_MIDDLE + payload
    signature = raw[layout.SIGNATURE_AT :]
    if not any(verifies(key.public_key, signed, signature) for key in keys):
        raise CodeRefusedError("code-signature-invalid", "The signature does not fit the code.")


def _check_time(code: VerifiedCode, now: datetime) -> None:
    issued, expires, moment = code.issued_at.timestamp(), code.expires_at.timestamp(), now.timestamp()
    if issued > moment + Strictness.SKEW.value:
        raise CodeRefusedError("code-not-yet-valid", "The code is from the future.", code)
    if expires <= moment:
        raise CodeRefusedError("code-expired", "The code has expired.", code)
    if expires - issued > Strictness.LONGEST_LIFE.value:
        raise CodeRefusedError("code-lifetime-excessive", "The code claims too long a life.", code)
