"""What is wrong with bytes that are not an `SX1:` code: a good one of another algorithm has refusals of its own.

Only here is CBOR read freely, by cbor2 and within bounds, on the way to a refusal in any case.
"""

from __future__ import annotations

from typing import Any

import cbor2
import msgspec

from codes.errors import CodeRefusedError
from codes.model import (
    ALGORITHM,
    CTI_BYTES,
    ES256,
    EXPIRES,
    ISSUED,
    ISSUER,
    KEY_ID,
    KID_BYTES,
    KIND,
    TOKEN_ID,
    KeyUse,
)
from codes.trust import TrustList

_LONGEST = 512
_TAG = 18


class _Likeness(msgspec.Struct, frozen=True):
    """What can be told of a code that another algorithm may have signed."""

    kid: bytes
    algorithm: int | str
    issuer: str


def explain(raw: bytes, trust: TrustList) -> CodeRefusedError:
    """The refusal: form, then issuer, then algorithm."""
    likeness = _read(raw)
    if likeness is None or likeness.algorithm == ES256:  # with ES256 it would have our one encoding
        return CodeRefusedError("code-malformed", "The code is not whole.")
    if not any(key.province == likeness.issuer for key in trust.find(KeyUse.CODE, likeness.kid)):
        return CodeRefusedError("code-issuer-unknown", "No trusted key for codes of this province bears this kid.")
    return CodeRefusedError("code-algorithm-refused", "The key is trusted for ES256 alone.")


def _read(raw: bytes) -> _Likeness | None:
    """None for anything but a COSE_Sign1 of our claims in deterministic encoding."""
    if len(raw) > _LONGEST:
        return None
    try:
        message = _load(raw)
        protected, unprotected, payload, signature = message.value
        header, claims = _load(protected), _load(payload)
        if message.tag != _TAG or not _has_our_shape(header, claims) or unprotected != {}:
            return None
        return _Likeness(header[KEY_ID], header[ALGORITHM], claims[ISSUER]) if type(signature) is bytes else None
    except Exception:  # noqa: BLE001  hostile CBOR may fail in any way; all of them mean the same
        return None


def _load(encoded: bytes) -> Any:
    """What is encoded, if this is its one encoding."""
    value = cbor2.loads(encoded)
    if cbor2.dumps(value, canonical=True) != encoded:
        raise ValueError("not deterministic")
    return value


def _has_our_shape(header: dict[Any, Any], claims: dict[Any, Any]) -> bool:
    return (
        {key: type(value) for key, value in claims.items()}
        == {ISSUER: str, EXPIRES: int, ISSUED: int, TOKEN_ID: bytes, KIND: int}
        and len(claims[TOKEN_ID]) == CTI_BYTES
        and header.keys() == {ALGORITHM, KEY_ID}
        and type(header[KEY_ID]) is bytes
        and len(header[KEY_ID]) == KID_BYTES
        and type(header[ALGORITHM]) in {int, str}
    )
