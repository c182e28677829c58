"""What verifiers of licences shown in hand (`SX4:`) are held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import cbor2

from tests.vectors.cases import KINDS, Case, alter, to_full_width, write_seconds
from tests.vectors.crafting import ISSUED, LIFE, NOW, make_claims, make_message, make_text, seal, turn_over
from tests.vectors.keys import CERTIFICATE, FEDERATION, HOME, LICENCE, PAPER, PEER_LICENCE, STRANGER, TestKey

LICENCE_NO = 0xFEDCBA9876543210
_SECOND = timedelta(seconds=1)
_EDDSA = {1: -8, 4: LICENCE.kid}
_LICENCE_AT = bytes.fromhex("3a0001117250")


def make_licence_claims(changes: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    """A dynamic code's, and the second handle."""
    return make_claims({-70003: seal(LICENCE_NO, bytes(range(0xC0, 0xC8))), **(changes or {})})


def make_licence(key: TestKey = LICENCE, claims: Mapping[Any, Any] | None = None, **changes: Any) -> bytes:
    """A licence's message: good, unless something is changed."""
    changes.setdefault("payload", cbor2.dumps(make_licence_claims(claims)))
    return make_message(key, **changes)


def make_licence_text(*given: Any, **changes: Any) -> str:
    return make_text(make_licence(*given, **changes), "SX4:")


def list_licence_cases() -> list[Case]:
    return [*_accepted(), *_malformed(), *_of_unknown_issuers(), *_refused(), *_forged(), *_out_of_time()]


def _read(kid: bytes, claims: Mapping[Any, Any] | None = None) -> dict[str, str]:
    full = make_licence_claims(claims)
    return {
        "form": "licence",
        "issuer": full[1],
        "kind": KINDS[full[-70001]],
        "issued_at": write_seconds(full[6]),
        "expires_at": write_seconds(full[4]),
        "token_id": full[7].hex(),
        "kid": kid.hex(),
        "licence_handle": full[-70003].hex(),
    }


def _accepted() -> Iterator[Case]:
    good, home = make_licence_text(), _read(LICENCE.kid)
    yield Case("licence: good", good, claims=home)
    yield Case("licence: good, in its last second", good, NOW + (LIFE - 1) * _SECOND, claims=home)
    yield Case("licence: good, from a clock 30 s ahead", good, NOW - 30 * _SECOND, claims=home)
    company = {-70001: 2}
    yield Case("licence: a company's", make_licence_text(claims=company), claims=_read(LICENCE.kid, company))
    care = {-70001: 3}
    yield Case("licence: a relative's", make_licence_text(claims=care), claims=_read(LICENCE.kid, care))
    longest = {4: ISSUED + 300}
    yield Case("licence: the longest life", make_licence_text(claims=longest), claims=_read(LICENCE.kid, longest))
    same = {-70003: seal()}
    yield Case("licence: of its holder's own number", make_licence_text(claims=same), claims=_read(LICENCE.kid, same))
    peer = {1: "32"}
    yield Case("licence: another province", make_licence_text(PEER_LICENCE, peer), claims=_read(PEER_LICENCE.kid, peer))
    yield Case("licence: s replaced by n - s", make_text(turn_over(make_licence()), "SX4:"), claims=home)
    yield Case("licence: as a hand scanner types it", f" {good.lower()}\r\n", claims=home)
    yield Case("licence: full-width", to_full_width(good), claims=home)


def _malformed() -> Iterator[Case]:
    good, raw = make_licence_text(), make_licence()
    texts = {
        "the prefix alone": "SX4:",
        "a character too few": good[:-1],
        "a group too few": good[:-3],
        "half of it": good[: len(good) // 2],
        "twice": good * 2,
        "not Base45": good[:50] + "_" + good[51:],
        "not CBOR": make_text(b"\xff" * len(raw), "SX4:"),
        "a dynamic code's prefix": good.replace("SX4:", "SX1:", 1),
        "a phone's prefix": good.replace("SX4:", "SX2:", 1),
        "a paper code's prefix": good.replace("SX4:", "SX3:", 1),
        "a dynamic code with a licence's prefix": make_text(make_message(), "SX4:"),
        "a dynamic code by a key for licences": make_text(make_message(LICENCE), "SX4:"),
        "not tagged": make_licence_text(tag=None),
        "tagged as a COSE_Mac0": make_licence_text(tag=17),
        "an unprotected header": make_licence_text(unprotected={4: LICENCE.kid}),
        "a header more": make_licence_text(header={1: -7, 4: LICENCE.kid, 2: [4]}),
        "no token id": make_licence_text(claims={7: None}),
        "a licence's handle of 15 bytes": make_licence_text(claims={-70003: bytes(15)}),
        "a licence's handle as text": make_licence_text(claims={-70003: "0123456789abcdef"}),
        "a licence's number in the open": make_licence_text(claims={-70003: LICENCE_NO}),
        "a place in a list instead": make_licence_text(claims={-70003: None, -70002: [1, 3, 70_000]}),
        "an unknown kind": make_licence_text(claims={-70001: 4}),
        "claims in another order": make_licence_text(
            payload=cbor2.dumps(dict(reversed(make_licence_claims().items())))
        ),
        "a claim more": make_licence_text(claims={5: ISSUED}),
        "expired before it was issued": make_licence_text(claims={4: ISSUED - 1}),
        "a signature of 63 bytes": make_licence_text(signature=bytes(63)),
        "bytes after the message": make_text(raw + b"\0", "SX4:"),
        "another algorithm, and no licence": make_licence_text(claims={-70003: None}, header=_EDDSA),
    }
    for name, text in texts.items():
        yield Case(f"licence malformed: {name}", text, refusal="code-malformed")


def _of_unknown_issuers() -> Iterator[Case]:
    texts = {
        "a key that no list names": make_licence_text(STRANGER),
        "a key for dynamic codes": make_licence_text(HOME),
        "a key for paper codes": make_licence_text(PAPER),
        "a key for certificates": make_licence_text(CERTIFICATE),
        "a key for requests between provinces": make_licence_text(FEDERATION),
        "another province's key": make_licence_text(PEER_LICENCE),
        "a province that no list names": make_licence_text(claims={1: "44"}),
        "another algorithm, and a key for dynamic codes": make_licence_text(HOME, header={1: -8, 4: HOME.kid}),
    }
    for name, text in texts.items():
        yield Case(f"licence issuer unknown: {name}", text, refusal="code-issuer-unknown")


def _refused() -> Iterator[Case]:
    for name, number in {"EdDSA": -8, "ES384": -35, "HMAC": 5}.items():
        text = make_licence_text(header={1: number, 4: LICENCE.kid})
        yield Case(f"licence algorithm: {name}", text, refusal="code-algorithm-refused")


def _forged() -> Iterator[Case]:
    raw, other = make_licence(), make_licence(claims={-70003: seal(LICENCE_NO + 1)})
    handle_at, licence_at = raw.index(b"\x07\x58\x18") + 3, raw.index(_LICENCE_AT) + len(_LICENCE_AT)
    handle, licence = raw[handle_at:][:16], raw[licence_at:][:16]
    messages = {
        "by another key under a trusted kid": make_licence(STRANGER, header={1: -7, 4: LICENCE.kid}),
        "by a peer's key under ours": make_licence(PEER_LICENCE, header={1: -7, 4: LICENCE.kid}),
        "one bit of the expiry": alter(raw, raw.index(b"\x04\x1a") + 5),
        "one bit of the holder's handle": alter(raw, handle_at),
        "one bit of the licence's handle": alter(raw, licence_at + 15),
        "another licence's handle": raw[:licence_at] + other[licence_at : licence_at + 16] + raw[licence_at + 16 :],
        "the two handles exchanged": raw.replace(handle, b"?" * 16)
        .replace(licence, handle)
        .replace(b"?" * 16, licence),
        "another kind": raw.replace(bytes.fromhex("3a0001117001"), bytes.fromhex("3a0001117002")),
        "the signature of another licence": raw[:-64] + other[-64:],
        "r = s = 0": raw[:-64] + bytes(64),
    }
    for name, message in messages.items():
        yield Case(f"licence signature: {name}", make_text(message, "SX4:"), refusal="code-signature-invalid")


def _out_of_time() -> Iterator[Case]:
    good = make_licence_text()
    yield Case("licence time: from 31 s ahead", good, NOW - 31 * _SECOND, refusal="code-not-yet-valid")
    yield Case("licence time: of the second in which it ends", good, NOW + LIFE * _SECOND, refusal="code-expired")
    yield Case("licence time: long expired", good, NOW + timedelta(hours=12), refusal="code-expired")
    longer = make_licence_text(claims={4: ISSUED + 301})
    yield Case("licence time: a life of 301 s", longer, refusal="code-lifetime-excessive")
