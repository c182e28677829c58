"""What verifiers of codes that phones make (`SX2:`) are held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import cbor2

from tests.vectors.cases import KINDS, Case, alter, to_full_width, write_seconds
from tests.vectors.crafting import ISSUED, NONCE, NOW, make_text, turn_over
from tests.vectors.keys import CERTIFICATE, HOME, PAPER, PEER_CERTIFICATE, PHONE, STRANGER
from tests.vectors.long_crafting import (
    CERTIFICATE_LIFE,
    make_certificate,
    make_certificate_claims,
    make_confirmation,
    make_phone,
    make_phone_text,
    make_standing,
)

_SECOND = timedelta(seconds=1)
_LIFE = 60


def list_phone_cases() -> list[Case]:
    return [*_accepted(), *_malformed(), *_of_unknown_issuers(), *_refused(), *_forged(), *_out_of_time()]


def _read(kid: bytes, claims: Mapping[Any, Any] | None = None, made: int = ISSUED) -> dict[str, str]:
    full = make_certificate_claims(claims)
    kind, list_no, index = full[-70002]
    return {
        "form": "phone",
        "issuer": full[1],
        "kind": KINDS[kind],
        "issued_at": write_seconds(made),
        "expires_at": write_seconds(min(made + _LIFE, full[4])),
        "token_id": (full[7] + NONCE).hex(),
        "kid": kid.hex(),
        "status": f"{list_no.number}:{index.number}",
    }


def _under(claims: Mapping[Any, Any] | None = None, **changes: Any) -> str:
    """A code under another certificate."""
    return make_phone_text(certificate=make_certificate(claims=claims, **changes))


def _accepted() -> Iterator[Case]:
    good, home = make_phone_text(), _read(CERTIFICATE.kid)
    yield Case("phone: good", good, claims=home)
    yield Case("phone: good, in its last second", good, NOW + (_LIFE - 1) * _SECOND, claims=home)
    yield Case("phone: good, from a clock 30 s ahead", good, NOW - 30 * _SECOND, claims=home)
    late = ISSUED + CERTIFICATE_LIFE - 30
    cut = make_phone_text(claims={6: late})
    at = NOW + (CERTIFICATE_LIFE - 1) * _SECOND
    yield Case("phone: cut short by the certificate's end", cut, at, claims=_read(CERTIFICATE.kid, made=late))
    early = make_phone_text(claims={6: ISSUED - 30})
    yield Case("phone: a clock behind the server's", early, claims=_read(CERTIFICATE.kid, made=ISSUED - 30))
    for kind, name in ((2, "a company's"), (3, "a relative's")):
        claims = {-70002: make_standing(kind=kind)}
        yield Case(f"phone: {name}", _under(claims), claims=_read(CERTIFICATE.kid, claims))
    peer = {1: "32"}
    text = make_phone_text(certificate=make_certificate(PEER_CERTIFICATE, peer))
    yield Case("phone: another province", text, claims=_read(PEER_CERTIFICATE.kid, peer))
    other = {8: make_confirmation(STRANGER)}
    text = make_phone_text(STRANGER, certificate=make_certificate(claims=other))
    yield Case("phone: a key whose y has the other sign", text, claims=home)
    yield Case("phone: s replaced by n - s", make_text(turn_over(make_phone()), "SX2:"), claims=home)
    yield Case("phone: as a hand scanner types it", f" {good.lower()}\r\n", claims=home)
    yield Case("phone: full-width", to_full_width(good), claims=home)


def _malformed() -> Iterator[Case]:
    good, raw = make_phone_text(), make_phone()
    uncompressed = PHONE.private_key.public_key().public_numbers().y.to_bytes(32, "big")
    texts = {
        "the prefix alone": "SX2:",
        "a character too few": good[:-1],
        "half of it": good[: len(good) // 2],
        "twice": good * 2,
        "a dynamic code's prefix": good.replace("SX2:", "SX1:", 1),
        "a paper code's prefix": good.replace("SX2:", "SX3:", 1),
        "the certificate alone": make_text(make_certificate(), "SX2:"),
        "no certificate": make_phone_text(header={1: -7, 4: CERTIFICATE.kid}),
        "a certificate in bytes": make_phone_text(header={1: -7, 13: make_certificate()}),
        "a certificate that is not tagged": make_phone_text(certificate=make_certificate(tag=None)),
        "a certificate without a key": _under({8: None}),
        "a certificate of a key with its whole y": _under({8: make_confirmation(changes={-3: uncompressed})}),
        "a certificate of a key on another curve": _under({8: make_confirmation(changes={-1: 2})}),
        "a certificate of a point beside the curve": _under({8: make_confirmation(changes={-2: _beside_curve()})}),
        "a certificate of an unknown kind": _under({-70002: make_standing(kind=9)}),
        "a certificate that expired before it was issued": _under({4: ISSUED - 1}),
        "a certificate with a nonce of its own": _under({7: bytes(24)}),
        "an unprotected header": make_phone_text(unprotected={4: CERTIFICATE.kid}),
        "not tagged": make_phone_text(tag=None),
        "no nonce": make_phone_text(claims={7: None}),
        "a nonce of 7 bytes": make_phone_text(claims={7: bytes(7)}),
        "a claim more": make_phone_text(claims={4: ISSUED + 60}),
        "made at no whole second": make_phone_text(claims={6: float(ISSUED)}),
        "a signature of 63 bytes": make_phone_text(signature=bytes(63)),
        "bytes after the message": make_text(raw + b"\0", "SX2:"),
    }
    for name, text in texts.items():
        yield Case(f"phone malformed: {name}", text, refusal="code-malformed")


def _beside_curve() -> bytes:
    """An x for which P-256 has no y."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(x for x in range(1, 99) if pow(x**3 - 3 * x + b, (prime - 1) // 2, prime) == prime - 1)
    return x.to_bytes(32, "big")


def _of_unknown_issuers() -> Iterator[Case]:
    texts = {
        "a key that no list names": make_phone_text(certificate=make_certificate(STRANGER)),
        "a key for dynamic codes": make_phone_text(certificate=make_certificate(HOME)),
        "a key for paper codes": make_phone_text(certificate=make_certificate(PAPER)),
        "another province's key": make_phone_text(certificate=make_certificate(PEER_CERTIFICATE)),
        "a province that no list names": _under({1: "44"}),
        "a certificate that the phone made itself": make_phone_text(certificate=make_certificate(PHONE)),
    }
    for name, text in texts.items():
        yield Case(f"phone issuer unknown: {name}", text, refusal="code-issuer-unknown")


def _refused() -> Iterator[Case]:
    claims = {**make_certificate_claims(), -70002: [1, 3, 70_000]}
    payload = cbor2.dumps(claims, canonical=True)
    inner = make_certificate(header={1: -8, 4: CERTIFICATE.kid}, payload=payload)
    yield Case(
        "phone algorithm: a certificate by EdDSA",
        make_phone_text(certificate=inner),
        refusal="code-algorithm-refused",
    )
    plain = cbor2.loads(make_certificate(payload=payload))
    header = cbor2.dumps({1: -8, 13: plain}, canonical=True)
    raw = make_phone()
    body, signature = cbor2.dumps({6: ISSUED, 7: NONCE}, canonical=True), raw[-64:]
    text = make_text(cbor2.dumps(cbor2.CBORTag(18, [header, {}, body, signature])), "SX2:")
    yield Case("phone algorithm: the phone by EdDSA", text, refusal="code-algorithm-refused")


def _forged() -> Iterator[Case]:
    raw = make_phone()
    elsewhere = make_phone(claims={7: bytes(8)})
    messages = {
        "by another phone": make_phone(STRANGER),
        "a certificate by another key under a trusted kid": make_phone(
            certificate=make_certificate(STRANGER, header={1: -7, 4: CERTIFICATE.kid})
        ),
        "one bit of the certified key": alter(raw, raw.index(bytes.fromhex("215820")) + 40 - 30),
        "one bit of the certificate's expiry": alter(raw, raw.index(b"\x04\x1a") + 5),
        "one bit of the certificate's handle": alter(raw, raw.index(b"\x07\x50") + 3),
        "one bit of the time": alter(raw, len(raw) - 66 - 11),
        "one bit of the nonce": alter(raw, len(raw) - 67),
        "the signature of another code": raw[:-64] + elsewhere[-64:],
        "r = s = 0": raw[:-64] + bytes(64),
    }
    for name, message in messages.items():
        yield Case(f"phone signature: {name}", make_text(message, "SX2:"), refusal="code-signature-invalid")


def _out_of_time() -> Iterator[Case]:
    good = make_phone_text()
    yield Case("phone time: from 31 s ahead", good, NOW - 31 * _SECOND, refusal="code-not-yet-valid")
    yield Case("phone time: of the second in which it ends", good, NOW + _LIFE * _SECOND, refusal="code-expired")
    ahead = make_phone_text(claims={6: ISSUED + 3600})
    yield Case("phone time: made for later", ahead, refusal="code-not-yet-valid")
    before = make_phone_text(claims={6: ISSUED - 31})
    yield Case("phone time: before its certificate", before, NOW - 10 * _SECOND, refusal="code-not-yet-valid")
    over = make_phone_text(claims={6: ISSUED + CERTIFICATE_LIFE - 1})
    at = NOW + CERTIFICATE_LIFE * _SECOND
    yield Case("phone time: after its certificate's end", over, at, refusal="code-expired")
    longer = _under({4: ISSUED + CERTIFICATE_LIFE + 1})
    yield Case("phone time: a certificate of over 12 hours", longer, refusal="code-lifetime-excessive")
