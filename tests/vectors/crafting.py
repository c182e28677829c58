"""Codes put together by hand, right or wrong: CBOR by cbor2, signatures by `cryptography`, Base45 digit by digit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.vectors.keys import CURVE_ORDER, HANDLE_KEY, HOME, TestKey

NOW = datetime(2026, 7, 1, 4, 0, 0, tzinfo=UTC)
ISSUED = int(NOW.timestamp())
LIFE = 60
SUBJECT_NO = 0x0123456789ABCDEF
RANDOM = bytes(range(0xA0, 0xA8))
NONCE = bytes(range(0xB0, 0xB8))

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data: bytes) -> str:
    """RFC 9285, section 4, as it is written there."""
    text = ""
    for start in range(0, len(data), 2):
        group = data[start : start + 2]
        number = int.from_bytes(group, "big")
        for _ in range(3 if len(group) == 2 else 2):
            text += _ALPHABET[number % 45]
            number //= 45
    return text


def seal(subject_no: int = SUBJECT_NO, random: bytes = RANDOM) -> bytes:
    """A handle."""
    encryptor = Cipher(algorithms.AES256(HANDLE_KEY), modes.ECB()).encryptor()  # noqa: S305  one block
    return encryptor.update(subject_no.to_bytes(8, "big") + random)


def make_claims(changes: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    """A good code's claims, in order, with some changed, or left out where the change is None."""
    good: dict[Any, Any] = {1: "31", 4: ISSUED + LIFE, 6: ISSUED, 7: seal() + NONCE, -70001: 1}
    return {key: value for key, value in {**good, **(changes or {})}.items() if value is not None}


def make_signed_part(protected: bytes, payload: bytes) -> bytes:
    """Sig_structure (RFC 9052, section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def make_message(
    key: TestKey = HOME,
    claims: Mapping[Any, Any] | None = None,
    *,
    header: Mapping[Any, Any] | None = None,
    unprotected: Mapping[Any, Any] | None = None,
    payload: bytes | None = None,
    signature: bytes | None = None,
    tag: int | None = 18,
) -> bytes:
    """A COSE_Sign1, signed as it should be unless a signature is given."""
    protected = cbor2.dumps(dict(header) if header is not None else {1: -7, 4: key.kid})
    body = payload if payload is not None else cbor2.dumps(make_claims(claims))
    signed = signature if signature is not None else key.sign(make_signed_part(protected, body))
    parts = [protected, dict(unprotected or {}), body, signed]
    return cbor2.dumps(parts if tag is None else cbor2.CBORTag(tag, parts))


def make_text(raw: bytes, prefix: str = "SX1:") -> str:
    return prefix + base45(raw)


def make_code(key: TestKey = HOME, claims: Mapping[Any, Any] | None = None, **changes: Any) -> str:
    """The text of a code: good, unless something is changed."""
    return make_text(make_message(key, claims, **changes))


def turn_over(raw: bytes) -> bytes:
    """The same message with s replaced by n - s: ECDSA lets anybody do that, and it still verifies."""
    s = int.from_bytes(raw[-32:], "big")
    return raw[:-32] + (CURVE_ORDER - s).to_bytes(32, "big")
