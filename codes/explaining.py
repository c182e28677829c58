"""What is wrong with bytes that are not a code of their form: a good one of another algorithm has refusals of its own.

Only here is CBOR read freely, by cbor2 and within bounds, on the way to a refusal in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import msgspec

from codes.errors import CodeRefusedError
from codes.model import (
    ALGORITHM,
    CERTIFICATE,
    CONFIRMATION,
    CTI_BYTES,
    ES256,
    EXPIRES,
    HANDLE_BYTES,
    ISSUED,
    ISSUER,
    KEY_ID,
    KID_BYTES,
    KIND,
    LICENCE,
    NONCE_BYTES,
    STANDING,
    TOKEN_ID,
    KeyUse,
)
from codes.plain_cbor import load_plain
from codes.trust import TrustList

_LONGEST, _LONGEST_OF_PHONES = 512, 768
_TAG = 18
_STANDING_LENGTH = 3


class _Likeness(msgspec.Struct, frozen=True):
    """What can be told of a code that another algorithm may have signed."""

    kid: bytes
    algorithms: frozenset[int | str]
    issuer: str


def explain(raw: bytes, trust: TrustList) -> CodeRefusedError:
    """The refusal of an `SX1:` code: form, then issuer, then algorithm."""
    return _explain(raw, trust, KeyUse.CODE, lambda message: _read_signed(message, _is_dynamic))


def explain_paper(raw: bytes, trust: TrustList) -> CodeRefusedError:
    """Of an `SX3:` code."""
    return _explain(raw, trust, KeyUse.PAPER, lambda message: _read_signed(message, _is_paper))


def explain_licence(raw: bytes, trust: TrustList) -> CodeRefusedError:
    """Of an `SX4:` code."""
    return _explain(raw, trust, KeyUse.LICENCE, lambda message: _read_signed(message, _is_licence))


def explain_phone(raw: bytes, trust: TrustList) -> CodeRefusedError:
    """Of an `SX2:` code: the issuer is the certificate's, and both signatures have their algorithm."""
    return _explain(raw, trust, KeyUse.CERTIFICATE, _read_phone)


def _explain(raw: bytes, trust: TrustList, use: KeyUse, read: Callable[[Any], _Likeness | None]) -> CodeRefusedError:
    likeness = _read(raw, read, _LONGEST_OF_PHONES if use is KeyUse.CERTIFICATE else _LONGEST)
    if likeness is None or likeness.algorithms == frozenset({ES256}):  # with ES256 it would have our one encoding
        return CodeRefusedError("code-malformed", "The code is not whole.")
    if not any(key.province == likeness.issuer for key in trust.find(use, likeness.kid)):
        return CodeRefusedError("code-issuer-unknown", "No trusted key for codes of this province bears this kid.")
    return CodeRefusedError("code-algorithm-refused", "The key is trusted for ES256 alone.")


def _read(raw: bytes, read: Callable[[Any], _Likeness | None], longest: int) -> _Likeness | None:
    """None for anything but a COSE_Sign1 of our claims in deterministic encoding."""
    if len(raw) > longest:
        return None
    try:
        return read(_load(raw))
    except Exception:  # noqa: BLE001  hostile CBOR may fail in any way; all of them mean the same
        return None


def _read_signed(message: Any, has_our_claims: Callable[[dict[Any, Any]], bool]) -> _Likeness | None:
    header, claims = _open(message)
    if header.keys() != {ALGORITHM, KEY_ID} or not _is_kid(header[KEY_ID]) or not has_our_claims(claims):
        return None
    return _Likeness(header[KEY_ID], _algorithms(header), claims[ISSUER])


def _read_phone(message: Any) -> _Likeness | None:
    header, claims = _open(message)
    if header.keys() != {ALGORITHM, CERTIFICATE} or _types(claims) != {ISSUED: int, TOKEN_ID: bytes}:
        return None
    certificate = _read_signed(header[CERTIFICATE], _is_certificate)
    if certificate is None or len(claims[TOKEN_ID]) != NONCE_BYTES:
        return None
    return _Likeness(certificate.kid, certificate.algorithms | _algorithms(header), certificate.issuer)


def _open(message: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Header and claims; raises ValueError for what is no COSE_Sign1 with an empty unprotected header."""
    protected, unprotected, payload, signature = message.value
    if message.tag != _TAG or unprotected != {} or type(signature) is not bytes:
        raise ValueError("not a COSE_Sign1 as ours are")
    return _load(protected), _load(payload)


def _load(encoded: bytes) -> Any:
    """What is encoded, if this is its one encoding."""
    value = load_plain(encoded)
    if cbor2.dumps(value, canonical=True) != encoded:
        raise ValueError("not deterministic")
    return value


def _algorithms(header: dict[Any, Any]) -> frozenset[int | str]:
    if type(header[ALGORITHM]) not in {int, str}:
        raise ValueError("not an algorithm")
    return frozenset({header[ALGORITHM]})


def _is_kid(value: Any) -> bool:
    return type(value) is bytes and len(value) == KID_BYTES


def _types(claims: dict[Any, Any]) -> dict[Any, type]:
    return {key: type(value) for key, value in claims.items()}


def _is_dynamic(claims: dict[Any, Any]) -> bool:
    shape = {ISSUER: str, EXPIRES: int, ISSUED: int, TOKEN_ID: bytes, KIND: int}
    return _types(claims) == shape and len(claims[TOKEN_ID]) == CTI_BYTES


def _is_licence(claims: dict[Any, Any]) -> bool:
    handle = claims.pop(LICENCE, None)
    return type(handle) is bytes and len(handle) == HANDLE_BYTES and _is_dynamic(claims)


def _is_paper(claims: dict[Any, Any]) -> bool:
    shape = {ISSUER: str, EXPIRES: int, ISSUED: int, TOKEN_ID: bytes, STANDING: list}
    return _types(claims) == shape and len(claims[TOKEN_ID]) == CTI_BYTES and _is_standing(claims[STANDING])


def _is_certificate(claims: dict[Any, Any]) -> bool:
    shape = {ISSUER: str, EXPIRES: int, ISSUED: int, TOKEN_ID: bytes, CONFIRMATION: dict, STANDING: list}
    return _types(claims) == shape and len(claims[TOKEN_ID]) == HANDLE_BYTES and _is_standing(claims[STANDING])


def _is_standing(value: list[Any]) -> bool:
    return len(value) == _STANDING_LENGTH and all(type(part) is int for part in value)
