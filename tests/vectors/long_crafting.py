"""Paper codes and codes of phones put together by hand, right or wrong, as `crafting` does it with dynamic ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cbor2

from tests.vectors.crafting import ISSUED, NONCE, make_message, make_signed_part, make_text, seal
from tests.vectors.keys import CERTIFICATE, PAPER, PHONE, TestKey

PAPER_LIFE = 180 * 86400
CERTIFICATE_LIFE = 12 * 3600
LIST_NO, INDEX = 3, 70_000


class LongInt:
    """A number that CBOR writes with four bytes, however small it is."""

    def __init__(self, number: int) -> None:
        self.number = number


def encode(value: object) -> bytes:
    """Deterministic CBOR, but for the numbers that are said to be long."""
    if isinstance(value, LongInt):
        return b"\x1a" + value.number.to_bytes(4, "big")
    if isinstance(value, Mapping):
        pairs = ((cbor2.dumps(key), encode(part)) for key, part in value.items())
        return (0xA0 + len(value)).to_bytes(1, "big") + b"".join(key + part for key, part in pairs)
    if isinstance(value, list):
        return (0x80 + len(value)).to_bytes(1, "big") + b"".join(map(encode, value))
    return bytes(cbor2.dumps(value))


def make_standing(kind: int = 1, list_no: int = LIST_NO, index: int = INDEX) -> list[Any]:
    return [kind, LongInt(list_no), LongInt(index)]


def _changed(good: Mapping[Any, Any], changes: Mapping[Any, Any] | None) -> dict[Any, Any]:
    """With some changed, or left out where the change is None."""
    return {key: value for key, value in {**good, **(changes or {})}.items() if value is not None}


def make_paper_claims(changes: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    good = {1: "31", 4: ISSUED + PAPER_LIFE, 6: ISSUED, 7: seal() + NONCE, -70002: make_standing()}
    return _changed(good, changes)


def make_paper(key: TestKey = PAPER, claims: Mapping[Any, Any] | None = None, **changes: Any) -> bytes:
    """A paper code's message: good, unless something is changed."""
    changes.setdefault("payload", encode(make_paper_claims(claims)))
    return make_message(key, **changes)


def make_paper_text(*given: Any, **changes: Any) -> str:
    return make_text(make_paper(*given, **changes), "SX3:")


def make_confirmation(phone: TestKey = PHONE, changes: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    """cnf (RFC 8747): the phone's key, its y as a sign."""
    numbers = phone.private_key.public_key().public_numbers()
    good = {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: bool(numbers.y & 1)}
    return {1: _changed(good, changes)}


def make_certificate_claims(changes: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    good = {
        1: "31",
        4: ISSUED + CERTIFICATE_LIFE,
        6: ISSUED,
        7: seal(),
        8: make_confirmation(),
        -70002: make_standing(),
    }
    return _changed(good, changes)


def make_certificate(key: TestKey = CERTIFICATE, claims: Mapping[Any, Any] | None = None, **changes: Any) -> bytes:
    """A certificate's message, which is an array and a tag before it."""
    changes.setdefault("payload", encode(make_certificate_claims(claims)))
    return make_message(key, **changes)


def make_phone(
    phone: TestKey = PHONE,
    claims: Mapping[Any, Any] | None = None,
    *,
    certificate: bytes | None = None,
    header: Mapping[Any, Any] | None = None,
    unprotected: Mapping[Any, Any] | None = None,
    signature: bytes | None = None,
    payload: bytes | None = None,
    tag: int | None = 18,
) -> bytes:
    """A message of a phone's: good, unless something is changed."""
    held = make_certificate() if certificate is None else certificate
    protected = b"\xa2\x01\x26\x0d" + held if header is None else encode(header)
    body = payload if payload is not None else encode(_changed({6: ISSUED, 7: NONCE}, claims))
    signed = signature if signature is not None else phone.sign(make_signed_part(protected, body))
    parts = [protected, dict(unprotected or {}), body, signed]
    return bytes(cbor2.dumps(parts if tag is None else cbor2.CBORTag(tag, parts)))


def make_phone_text(*given: Any, **changes: Any) -> str:
    return make_text(make_phone(*given, **changes), "SX2:")
